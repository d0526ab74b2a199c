#include "commands/help_formatter.hpp"

#include <fmt/format.h>

#include <algorithm>

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

// CLI11 describes a value as "TEXT:{zip,dir}"; the help shows "zip|dir".
std::string value_name(const CLI::Option& option) {
    const std::string described = option.get_type_name();
    const std::size_t open = described.find('{');
    const std::size_t close = described.find('}');
    if (open == std::string::npos || close == std::string::npos) {
        const std::string type = described.substr(0, described.find(':'));
        return type == "INT" || type == "UINT" ? "N" : type;
    }
    std::string choices = described.substr(open + 1, close - open - 1);
    std::ranges::replace(choices, ',', '|');
    return choices;
}

std::string option_names(const CLI::Option& option) {
    std::string names;
    for (const std::string& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
    for (const std::string& name : option.get_lnames()) names += (names.empty() ? "--" : ", --") + name;
    return names;
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
    std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
    const std::size_t end = text.find_last_not_of('\n');
    return text.substr(0, end + 1) + '\n';
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
    std::string usage = "\nUsage: " + name;
    if (!app->get_subcommands({}).empty()) return usage + " COMMAND [OPTIONS]\n";
    usage += " [OPTIONS]";
    for (const CLI::Option* option : app->get_options()) {
        if (!option->get_positional()) continue;
        const std::string shown = option->get_name(true) + (option->get_expected_max() > 1 ? "..." : "");
        usage += option->get_required() ? " " + shown : " [" + shown + "]";
    }
    return usage + '\n';
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
    if (is_positional) return entry(option->get_name(true), option->get_description());
    std::string left = option_names(*option);
    const bool is_flag = option->get_expected_max() == 0 || option->get_type_size() == 0;
    const std::string value = value_name(*option);
    if (!is_flag) left += " " + value;
    if (is_flag && value.find('|') != std::string::npos) left += "[=" + value + "]";
    std::string description = option->get_description();
    if (!is_flag && !option->get_default_str().empty()) {
        description += fmt::format(" (default: {})", option->get_default_str());
    }
    return entry(left, description);
}

std::string HelpFormatter::make_subcommand(const CLI::App* app) const {
    return entry(app->get_name(), app->get_description());
}

}  // namespace snapq::commands
