#include <re2/re2.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/functions.hpp"
#include "support/error.hpp"

// Uses RE2, which takes linear time for every pattern. std::regex recurses over its text and overflows the
// stack on a long one.

namespace snapq::archive::sqlite {
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
