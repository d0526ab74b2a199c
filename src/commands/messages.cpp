#include "commands/messages.hpp"

#include <cstdio>

#include "archive/sqlite/database.hpp"
#include "commands/github.hpp"
#include "render/escape.hpp"
#include "render/terminal_text.hpp"
#include "support/error.hpp"

namespace snapq::commands {

void print_error(std::string_view message, std::string_view hint) {
    std::string text = fmt::format("snapq: error: {}\n", render::printable(message));
    if (!hint.empty()) text += fmt::format("snapq: hint: {}\n", render::printable_lines(hint));
    say_text(text);
}

void print_failure(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const Error& known) {
        print_error(known.what(), known.hint());
    } catch (const std::exception& other) {
        print_error(other.what());
    }
}

std::string hint_with_position(const archive::SqlError& error, std::string_view sql) {
    const std::string position = render::mark_position(sql, *error.offset());
    return error.hint().empty() ? position : fmt::format("{}\n{}", position, error.hint());
}

void say_text(const std::string& text) {
    std::string said;
    is_workflow_guarded() ? render::WorkflowGuard().append(said, text) : static_cast<void>(said = text);
    std::fwrite(said.data(), 1, said.size(), stderr);
}

}  // namespace snapq::commands
