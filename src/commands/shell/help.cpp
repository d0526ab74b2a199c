#include "commands/shell/help.hpp"

#include <fmt/format.h>

#include "analysis/moment.hpp"

namespace snapq::commands {

const std::vector<DotCommand>& dot_commands() {
    static const std::vector<DotCommand> commands{
        {".tables", "[PATTERN]", "tables and views, those LIKE a pattern"},
        {".schema", "[TABLE]", "how tables were made, with what their columns mean"},
        {".named", "[NAME [PARAM=VALUE…]]", "ask a ready-made question; without NAME list them"},
        {".mode", "[FORMAT]", "table, box, csv, tsv, json, jsonl, markdown or line"},
        {".headers", "on|off", "column names"},
        {".null", "[TEXT]", "what stands for NULL"},
        {".width", "N", "cut the cells of table and box to N columns; 0: never"},
        {".param", "[NAME=VALUE]", "give :NAME a value; without arguments list them"},
        {".read", "FILE", "run the SQL of a file"},
        {".timer", "on|off", "say how long each statement took"},
        {".pager", "on|off", "show long results through $PAGER (less -S)"},
        {".help", "", "this text"},
        {".quit", "", "leave; Ctrl-D does, too"},
    };
    return commands;
}

std::vector<std::string> dot_command_names() {
    std::vector<std::string> names;
    for (const DotCommand& command : dot_commands()) names.emplace_back(command.name);
    return names;
}

std::string help_text() {
    std::string text =
        "SQL statements end with a semicolon and may take several lines; Ctrl-C stops a statement.\n\n";
    for (const DotCommand& command : dot_commands()) {
        text +=
            fmt::format("{:<32}{}\n", fmt::format("{} {}", command.name, command.arguments), command.does);
    }
    text +=
        "\nFunctions beside SQLite's own (an attached archive's NAME may follow as last argument of the last "
        "two):\n"
        "format_bytes(n)                 1.5 GiB\n"
        "text REGEXP 'pattern'           a match of RE2 anywhere in the text; (?m) and (?i) are understood\n"
        "callstack(stack_id)             the whole stack, a frame a line\n"
        "alive_at(device, MOMENT)        a table: the allocations that are live then, for example\n"
        "                                SELECT sum(size) FROM alive_at(0, 'peak');\n"
        "\nMoments:\n";
    for (const analysis::MomentForm& form : analysis::moment_forms()) {
        text += fmt::format("{:<32}{}\n", form.form, form.meaning);
    }
    return text;
}

}  // namespace snapq::commands
