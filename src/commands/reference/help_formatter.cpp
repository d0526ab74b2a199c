#include "commands/reference/help_formatter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "commands/reference/option_text.hpp"
#include "render/terminal_text.hpp"

namespace snapq::commands {
namespace {

constexpr std::size_t k_width = 80;
constexpr std::size_t k_description_column = 26;

// A name on the left, its description on the right. A long name has its own line.
std::string entry(const std::string& left, const std::string& description) {
    std::string text = "  " + left;
    if (text.size() + 2 > k_description_column) {
        text += '\n' + std::string(k_description_column, ' ');
    } else {
        text.resize(k_description_column, ' ');
    }
    return text + render::wrap(description, k_width, k_description_column) + '\n';
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
    std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
    const std::size_t end = text.find_last_not_of('\n');
    return text.substr(0, end + 1) + '\n';
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
    return fmt::format("\nUsage: {} {}\n", name, usage_of(*app));
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
    const OptionText text = text_of(*option);
    if (is_positional) return entry(text.names.front(), text.description);
    std::string left = fmt::format("{}", fmt::join(text.names, ", "));
    if (text.is_value_optional) {
        left += "[=" + text.value + "]";
    } else if (!text.value.empty()) {
        left += " " + text.value;
    }
    return entry(left, text.description);
}

std::string HelpFormatter::make_subcommand(const CLI::App* app) const {
    return entry(app->get_name(), app->get_description());
}

}  // namespace snapq::commands
