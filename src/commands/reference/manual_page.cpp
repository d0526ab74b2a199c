#include "commands/reference/manual_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "commands/reference/option_text.hpp"
#include "commands/reference/version_text.hpp"
#include "support/text.hpp"
#include "support/version.hpp"

namespace snapq::commands {
namespace {

constexpr std::string_view k_examples = "Examples:\n";

std::vector<std::string> split(const std::string& text, std::string_view separator) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + separator.size();
    }
    return parts;
}

// Inside a paragraph, the texts break lines only where they are too long, not after a sentence. So a line
// that ends with a dot ends a paragraph.
std::vector<std::string> paragraphs_of(const std::string& block) {
    std::vector<std::string> paragraphs;
    bool continues = false;
    for (const std::string& line : split(block, "\n")) {
        if (continues) {
            paragraphs.back() += ' ' + line;
        } else {
            paragraphs.push_back(line);
        }
        continues = !line.ends_with('.');
    }
    return paragraphs;
}

// "Convert snapshots …." becomes "convert snapshots …".
std::string as_phrase(std::string text) {
    if (text.ends_with('.')) text.pop_back();
    if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
}

std::string uppercase(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

std::string bold(std::string_view text) {
    return fmt::format("\\fB{}\\fR", roff(text));
}

std::string italic(std::string_view text) {
    return fmt::format("\\fI{}\\fR", roff(text));
}

// "-o, --output OUT" or, for an argument, "INPUT".
std::string tag_of(const OptionText& option) {
    if (option.is_argument) return italic(option.names.front());
    std::vector<std::string> names;
    for (const std::string& name : option.names) names.push_back(bold(name));
    std::string tag = fmt::format("{}", fmt::join(names, ", "));
    if (option.value.empty()) return tag;
    return option.is_value_optional ? tag + "[=" + italic(option.value) + "]"
                                    : tag + " " + italic(option.value);
}

class Page {
public:
    Page(const CLI::App& program, const CLI::App& command) : m_program(program), m_command(command) {}

    std::string text() {
        header();
        arguments();
        options();
        commands();
        notes();
        exit_status();
        see_also();
        return std::move(m_text);
    }

private:
    [[nodiscard]] bool is_program() const { return &m_command == &m_program; }
    [[nodiscard]] std::string page_name(const CLI::App& command) const {
        const std::string& name = m_program.get_name();
        return &command == &m_program ? name : name + "-" + command.get_name();
    }

    void line(std::string_view text) { m_text += fmt::format("{}\n", text); }
    void section(std::string_view name) { line(fmt::format(".SH {}", name)); }
    // Writes a tag and, indented beside it or below it, its text.
    void entry(const std::string& tag, std::string_view text) {
        line(".TP");
        line(tag);
        line(roff(text));
    }

    void header() {
        const std::string name = page_name(m_command);
        const BuildInfo& build = build_info();
        // mandoc reads the date only with plain hyphens.
        line(fmt::format(".TH \"{}\" 1 \"{}\" \"snapq {}\" \"snapq manual\"", roff(uppercase(name)),
                         build.commit_date, program_version()));
        line(
            ".\\\" No hyphens at the end of a line, which would look like a part of a name, and no wide "
            "spaces.");
        line(".nr HY 0");
        line(".nh");
        line(".ad l");
        section("NAME");
        line(fmt::format("{} \\- {}", roff(name), roff(as_phrase(m_command.get_description()))));
        section("SYNOPSIS");
        line(fmt::format("{} {}",
                         bold(is_program() ? name : m_program.get_name() + " " + m_command.get_name()),
                         roff(usage_of(m_command))));
        section("DESCRIPTION");
        const std::string description = m_command.get_description();
        line(roff(description.ends_with('.') ? description : description + "."));
    }

    void arguments() {
        const std::vector<OptionText> arguments = arguments_of(m_command);
        if (arguments.empty()) return;
        section("ARGUMENTS");
        for (const OptionText& argument : arguments) entry(tag_of(argument), argument.description);
    }

    void options() {
        for (const OptionGroup& group : option_groups_of(m_command)) {
            if (group.name == "Options") {
                section("OPTIONS");
            } else {
                line(fmt::format(".SS \"{}\"", roff(group.name)));
            }
            for (const OptionText& option : group.options) entry(tag_of(option), option.description);
        }
    }

    void commands() {
        if (!is_program()) return;
        section("COMMANDS");
        for (const CLI::App* command : commands_of(m_program))
            entry(bold(page_name(*command)) + "(1)", command->get_description());
    }

    // Writes the examples and the text below them.
    void notes() {
        if (is_program()) return;
        bool has_heading = false;
        for (const std::string& block : split(m_command.get_footer(), "\n\n")) {
            if (block.starts_with(k_examples)) {
                examples(block.substr(k_examples.size()));
                continue;
            }
            for (const std::string& paragraph : paragraphs_of(block)) {
                if (paragraph.empty()) continue;
                if (has_heading) {
                    line(".PP");
                } else {
                    section("NOTES");
                }
                has_heading = true;
                line(roff(paragraph));
            }
        }
    }

    void examples(const std::string& block) {
        constexpr std::string_view k_indent = "  ";
        section("EXAMPLES");
        line(".EX");
        for (const std::string& example : split(block, "\n"))
            line(roff(example.starts_with(k_indent) ? example.substr(k_indent.size()) : example));
        line(".EE");
    }

    void exit_status() {
        section("EXIT STATUS");
        for (const ExitCode& exit : k_exit_codes) entry(bold(std::to_string(exit.code)), exit.meaning);
    }

    void see_also() {
        std::vector<std::string> pages;
        if (!is_program()) pages.push_back(bold(page_name(m_program)) + "(1)");
        for (const CLI::App* command : commands_of(m_program)) {
            if (command != &m_command) pages.push_back(bold(page_name(*command)) + "(1)");
        }
        section("SEE ALSO");
        line(fmt::format("{}", fmt::join(pages, ",\n")));
    }

    const CLI::App& m_program;
    const CLI::App& m_command;
    std::string m_text;
};

}  // namespace

std::string manual_page(const CLI::App& program, const CLI::App& command) {
    return Page(program, command).text();
}

namespace {

// roff replaces some plain characters by typographic ones, which cannot be copied into a shell.
std::string_view escape_of(char32_t code) {
    switch (code) {
        case '\\': return "\\(rs";
        case '-': return "\\-";
        case '\'': return "\\(aq";
        case '"': return "\\(dq";
        case '`': return "\\(ga";
        case '^': return "\\(ha";
        case '~': return "\\(ti";
        default: return {};
    }
}

}  // namespace

std::string roff(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const Utf8Character character = first_character(text);
        const bool begins_line = result.empty() || result.back() == '\n';
        if (const std::string_view escape = escape_of(character.code); !escape.empty()) {
            result += escape;
        } else if (character.code > 0x7e) {
            result += fmt::format("\\[u{:04X}]", static_cast<std::uint32_t>(character.code));
        } else {
            // A dot at the beginning of a line would be a request.
            if (begins_line && character.code == '.') result += "\\&";
            result += text.front();
        }
        text.remove_prefix(character.length);
    }
    return result;
}

}  // namespace snapq::commands
