#include <fmt/format.h>
#include <sqlite3.h>

#include <string>
#include <string_view>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/functions.hpp"
#include "archive/tables/tables.hpp"
#include "frames/frame_class.hpp"
#include "frames/frame_text.hpp"
#include "support/error.hpp"

// callstack(stack_id), callstack(stack_id, FRAMES), callstack(stack_id, ARCHIVE) and
// callstack(stack_id, ARCHIVE, FRAMES). FRAMES is 'all' or 'python'; no archive can be attached under these
// names.

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

}  // namespace snapq::archive::sqlite
