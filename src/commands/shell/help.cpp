#include "commands/shell/help.hpp"

#include <fmt/format.h>

#include "analysis/moment.hpp"

namespace snapq::commands {

const std::vector<DotCommand>& dot_commands() {
    static const std::vector<DotCommand> commands{
        {".tables", "[PATTERN]", "list tables and views, or those LIKE PATTERN"},
        {".schema", "[TABLE]", "show CREATE statements with the meaning of columns"},
        {".named", "[NAME [PARAM=VALUE…]]", "run a built-in query; without NAME list them"},
        {".mode", "[FORMAT]", "set the format: table, box, csv, tsv, json, jsonl, markdown or line"},
        {".headers", "on|off", "print column names"},
        {".null", "[TEXT]", "set the text for NULL"},
        {".width", "N", "in table and box, cut cells to N columns; 0: do not cut"},
        {".param", "[NAME=VALUE]", "set the value of :NAME; without arguments list all"},
        {".read", "FILE", "run the SQL in FILE"},
        {".timer", "on|off", "print the time of each statement"},
        {".pager", "on|off", "show long results in $PAGER (default: less -S)"},
        {".help", "", "show this text; also: help"},
        {".quit", "", "leave the shell; also: quit, exit, Ctrl-D"},
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
        "\nFunctions in addition to SQLite's:\n"
        "format_bytes(n)                 1.5 GiB\n"
        "address(n)                      0x7f3a5c000000, also for negative numbers\n"
        "device_name(n)                  host for device -1, else the number\n"
        "parse_bytes('1.5GiB')           1610612736\n"
        "median(x), percentile(x, p)     aggregates; p from 0 to 100\n"
        "text REGEXP 'pattern'           whether the pattern (RE2) matches anywhere in the text\n"
        "callstack(stack_id)             the whole stack, one frame per line\n"
        "callstack(stack_id, 'python')   the same without C++ frames\n"
        "event_of(device, MOMENT)        the event of a moment; NULL if the device does not have it\n"
        "\nTables with arguments, for example SELECT sum(size) FROM alive_at(0, 'peak');\n"
        "alive_at(device, MOMENT)        the allocations that are live at the moment\n"
        "live_at(device, MOMENT)         their sums by stack and origin\n"
        "blocks_at(device, MOMENT)       the segments at the moment, cut into blocks\n"
        "All functions of a stack or a moment accept the NAME of an attached archive: callstack as its\n"
        "second argument, the others as their last.\n"
        "\nMoments:\n";
    for (const analysis::MomentForm& form : analysis::moment_forms()) {
        text += fmt::format("{:<32}{}\n", form.form, form.meaning);
    }
    return text;
}

}  // namespace snapq::commands
