// Functions that return or look at texts.
//
// callstack(stack_id), callstack(stack_id, FRAMES), callstack(stack_id, ARCHIVE) and
// callstack(stack_id, ARCHIVE, FRAMES). FRAMES is 'all' or 'python'; no archive can be attached under these
// names.
//
// regexp uses RE2, which takes linear time for every pattern. std::regex recurses over its text and overflows
// the stack on a long one.
#include <fmt/format.h>
#include <re2/re2.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/functions.hpp"
#include "archive/tables/tables.hpp"
#include "frames/frame_class.hpp"
#include "frames/frame_text.hpp"
#include "support/error.hpp"

namespace snapq::archive::sqlite {
namespace {

constexpr std::string_view k_all = "all";
constexpr std::string_view k_python = "python";

struct Wanted {
    std::string schema = "main";
    bool python_only = false;
};

bool is_frame_choice(std::string_view text) {
    return text == k_all || text == k_python;
}

Wanted wanted_in(int count, sqlite3_value** arguments) {
    Wanted wanted;
    for (int i = 1; i < count; ++i) {
        if (sqlite3_value_type(arguments[i]) == SQLITE_NULL) continue;
        const std::string_view text = text_argument(arguments[i]);
        if (is_frame_choice(text)) {
            wanted.python_only = text == k_python;
        } else if (i == 1) {
            wanted.schema = text;
        } else {
            throw_usage("callstack: the frames are 'python' or 'all', not '{}'", text);
        }
    }
    return wanted;
}

// Resets a kept statement at the end of its use, also when an exception leaves the function.
class Running {
public:
    Running(Statement& statement, std::int64_t stack_id) : m_statement(statement) {
        m_statement.bind(1, stack_id);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { m_statement.reset(); }
    [[nodiscard]] bool next() { return m_statement.step(); }

private:
    Statement& m_statement;
};

// The stored text; false if there is no such stack.
bool write_stored(Functions& functions, const std::string& schema, std::int64_t stack_id, std::string& text) {
    Statement& statement =
        functions.kept(fmt::format("SELECT callstack FROM {}.stacks WHERE stack_id = ?1", schema));
    Running stacks(statement, stack_id);
    if (!stacks.next()) return false;
    text = statement.text(0);
    return true;
}

// The lines of the Python frames, with the numbers that they have in the whole stack. Long texts are cut as
// the stored texts are.
void write_python(Functions& functions, const std::string& schema, std::int64_t stack_id, std::string& text) {
    Statement& statement = functions.kept(
        fmt::format("SELECT k.depth, f.filename, f.line, f.name FROM {0}.stack_frames AS k "
                    "JOIN {0}.frames AS f USING (frame_id) WHERE k.stack_id = ?1 ORDER BY k.depth",
                    schema));
    Running rows(statement, stack_id);
    std::size_t left_out = 0;
    while (rows.next()) {
        const std::string_view filename = statement.text(1);
        const std::string_view name = statement.text(3);
        if (!frames::is_python_frame(filename, name, statement.integer(2))) continue;
        if (left_out > 0 || text.size() + filename.size() + name.size() > tables::k_max_stack_text) {
            ++left_out;
            continue;
        }
        if (!text.empty()) text += '\n';
        frames::append_frame_line(static_cast<std::size_t>(statement.integer(0)), filename,
                                  statement.integer(2), name, text);
    }
    if (left_out > 0) text += fmt::format("\n... {} more frames", left_out);
}

void callstack(sqlite3_context* context, int count, sqlite3_value** arguments) {
    if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
    auto& functions = *static_cast<Functions*>(sqlite3_user_data(context));
    const Wanted wanted = wanted_in(count, arguments);
    const std::string schema = quoted_name(wanted.schema);
    const std::int64_t stack_id = sqlite3_value_int64(arguments[0]);
    std::string text;
    if (!write_stored(functions, schema, stack_id, text)) return sqlite3_result_null(context);
    if (wanted.python_only) {
        text.clear();
        write_python(functions, schema, stack_id, text);
    }
    result_text(context, text);
}

}  // namespace

void add_callstack(sqlite3* connection, Functions& functions) {
    for (int arguments = 1; arguments <= 3; ++arguments) {
        check(connection,
              sqlite3_create_function_v2(connection, "callstack", arguments, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                         &functions, guarded<callstack>, nullptr, nullptr, nullptr),
              "callstack");
    }
}

namespace {

// Memory of one compiled pattern, in bytes. A query may use several within its 48 MiB.
constexpr std::int64_t k_pattern_memory = std::int64_t{2} << 20;

// In bytes. The limit above holds for the compiled pattern only; while compiling, RE2 needs about a hundred
// times the length of the pattern.
constexpr std::size_t k_longest_pattern = std::size_t{64} << 10;

// A match cannot be interrupted, so its work is limited: instructions of the pattern times bytes of the text.
// The limit takes some seconds in the worst case; a stack of 1 MiB with a pattern of a thousand alternatives
// is below it.
constexpr double k_most_work = 1U << 30;

std::unique_ptr<RE2> compile(std::string_view pattern) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(k_pattern_memory);
    return std::make_unique<RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
}

void destroy(void* expression) {
    delete static_cast<RE2*>(expression);
}

void match(sqlite3_context* context, const RE2& expression, std::string_view text) {
    if (expression.ProgramSize() * static_cast<double>(text.size()) > k_most_work) {
        return result_error(
            context,
            fmt::format("regexp: this pattern ({} instructions) over a text of {} bytes takes too long",
                        expression.ProgramSize(), text.size()));
    }
    sqlite3_result_int(context,
                       RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), expression) ? 1 : 0);
}

void regexp(sqlite3_context* context, int, sqlite3_value** arguments) {
    const bool unknown =
        sqlite3_value_type(arguments[0]) == SQLITE_NULL || sqlite3_value_type(arguments[1]) == SQLITE_NULL;
    if (unknown) return sqlite3_result_null(context);
    // SQLite checks for interrupts only after thousands of its instructions, and each of them can be a match.
    if (!static_cast<Functions*>(sqlite3_user_data(context))->may_go_on()) {
        return sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    }
    const auto* kept = static_cast<const RE2*>(sqlite3_get_auxdata(context, 0));
    if (kept != nullptr) return match(context, *kept, text_argument(arguments[1]));
    const std::string_view pattern = text_argument(arguments[0]);
    if (pattern.size() > k_longest_pattern) {
        return result_error(context, fmt::format("regexp: the pattern has {} bytes, more than {}",
                                                 pattern.size(), k_longest_pattern));
    }
    std::unique_ptr<RE2> expression = compile(pattern);
    if (!expression->ok()) return result_error(context, "regexp: " + expression->error());
    match(context, *expression, text_argument(arguments[1]));
    // SQLite keeps the compiled pattern for the next row when the pattern is a constant.
    sqlite3_set_auxdata(context, 0, expression.release(), destroy);
}

}  // namespace

void add_regexp(sqlite3* connection, Functions& functions) {
    check(connection,
          sqlite3_create_function_v2(connection, "regexp", 2,
                                     SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, &functions,
                                     guarded<regexp>, nullptr, nullptr, nullptr),
          "regexp");
}

}  // namespace snapq::archive::sqlite
