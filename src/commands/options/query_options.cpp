#include "commands/options/query_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/query/named_queries.hpp"
#include "commands/options/option_checks.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

constexpr std::size_t k_most_attached = 10;  // SQLite's own limit

constexpr const char* k_query_examples =
    "Examples:\n"
    "  snapq query run.zip                                      a shell with history and completion\n"
    "  snapq query run.zip --named top-sites\n"
    "  snapq query run.zip \"SELECT * FROM devices\" --format line\n"
    "  snapq query run.zip --format csv -f question.sql > answer.csv\n"
    "  snapq query run.zip --named stacks-of-site --param site=%model.py% --format line\n"
    "  snapq query ranks/ --each \"SELECT device, peak_requested_bytes FROM devices\"\n"
    "  snapq query --attach base=a.zip --attach new=b.zip \\\n"
    "      \"SELECT site FROM new.stacks EXCEPT SELECT site FROM base.stacks\"\n"
    "\n"
    "Functions beside SQLite's own: format_bytes(n), regexp(pattern, text) as in site REGEXP 'model|loss' "
    "(RE2),\n"
    "callstack(stack_id), and the table alive_at(device, MOMENT) of all that is live at peak, reserved-peak, "
    "start,\n"
    "end, oom[:N], event:N, time:US, timestep:N or span:NAME. With --attach both take NAME as one more "
    "argument, and\n"
    "tables without a name in front are the first archive's.\n"
    "Archives are only read, and nothing is unpacked.";

void add_question(CLI::App& app, QueryOptions& options) {
    app.add_option("-f,--file", options.file, "Read the SQL from a file")->type_name("FILE");
    app.add_option("--named", options.named, "A ready-made question, see --list-named")->type_name("NAME");
    app.add_flag("--list-named", options.list_named, "List the ready-made questions");
    app.add_option(
           "--param", options.param_texts,
           "Value of :NAME in the SQL: an integer, a real number, else text; quotes force text (repeatable)")
        ->type_name("NAME=VALUE")
        ->type_size(1)
        ->allow_extra_args(false)
        ->take_all();
    app.add_option("--attach", options.attach_texts,
                   "An archive whose tables become NAME.table (repeatable, at most 10); the only positional "
                   "is then SQL")
        ->type_name("NAME=ARCHIVE")
        ->type_size(1)
        ->allow_extra_args(false)
        ->take_all();
    app.add_flag("--each", options.each,
                 "Ask every archive of a directory; the first columns are archive and rank");
}

void add_output(CLI::App& app, QueryOptions& options) {
    app.add_option("--format", options.format,
                   "table (default), box, csv, tsv, json, jsonl, markdown or line")
        ->type_name("FORMAT");
    app.add_flag("--no-header", options.no_header, "Leave out the column names");
    app.add_option("--null", options.rows.null_text, "What stands for NULL (JSON has its own)")
        ->type_name("TEXT");
    app.add_option("--width", options.rows.max_width,
                   "Cut the cells of table and box to N columns (0: never)")
        ->transform(whole_number())
        ->type_name("N");
    app.add_option("--max-rows", options.limit.rows, "Print at most N rows")
        ->transform(whole_number())
        ->type_name("N");
    app.add_option("--timeout", options.timeout, "Give up after so many seconds, with exit code 1")
        ->check(seconds())
        ->type_name("SECONDS");
}

void read_attachments(QueryOptions& options) {
    for (const std::string& text : options.attach_texts) {
        const std::size_t equals = text.find('=');
        if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
            throw_usage("--attach '{}': NAME=ARCHIVE is expected", text);
        }
        AttachedArchive attached{text.substr(0, equals), text.substr(equals + 1)};
        if (attached.name == "main" || attached.name == "temp") {
            throw_usage("--attach '{}': SQLite needs the name {} for itself", text, attached.name);
        }
        if (std::ranges::count(options.attached, attached.name, &AttachedArchive::name) > 0) {
            throw_usage("--attach '{}': the name {} is taken", text, attached.name);
        }
        options.attached.push_back(std::move(attached));
    }
    if (options.attached.size() > k_most_attached) {
        throw_usage("{} archives are to be attached, but SQLite takes {}", options.attached.size(),
                    k_most_attached);
    }
}

void assign_positionals(QueryOptions& options) {
    if (!options.attached.empty()) {
        if (options.each) throw_usage("--each and --attach do not go together");
        if (options.second_positional) {
            throw UsageError("with --attach the only positional is SQL, but there are two")
                .with_hint(fmt::format("write --attach NAME={}", options.first_positional));
        }
        if (!options.first_positional.empty()) options.sql = options.first_positional;
        return;
    }
    if (options.first_positional.empty())
        throw UsageError("ARCHIVE is missing").with_hint("see 'snapq query --help'");
    options.archive = options.first_positional;
    options.sql = options.second_positional;
}

void check_question(const QueryOptions& options) {
    if (options.sql && !options.file.empty()) {
        throw UsageError("both SQL and --file are given").with_hint("ask one question at a time");
    }
    if (!options.named.empty() && (options.sql || !options.file.empty())) {
        throw UsageError("both --named and SQL are given").with_hint("ask one question at a time");
    }
    const bool from_stdin = options.lacks_question() || options.file == "-" || options.sql == "-";
    if (options.archive == "-" && from_stdin) {
        throw_usage("standard input cannot be the archive and the SQL at once");
    }
    if (options.each && options.lacks_question()) throw_usage("--each needs SQL, --file or --named");
    if (!options.named.empty()) static_cast<void>(analysis::named_query(options.named));
}

void read_format(QueryOptions& options) {
    options.rows.header = !options.no_header;
    if (options.format.empty()) return;
    const auto format = render::row_format_named(options.format);
    if (!format) {
        throw_usage("--format '{}': one of {} is expected", options.format,
                    fmt::join(render::row_format_names(), ", "));
    }
    options.rows.format = *format;
}

}  // namespace

void add_query_options(CLI::App& app, QueryOptions& options) {
    app.add_option("ARCHIVE", options.first_positional,
                   "An archive, a raw snapshot ('-': standard input), or with --each a directory of them")
        ->type_name("");
    app.add_option("SQL", options.second_positional,
                   "The question. Without it, it is read from standard input, or typed in on a terminal")
        ->type_name("");
    add_question(app, options);
    add_output(app, options);
    app.footer(k_query_examples);
}

void check_query_options(QueryOptions& options) {
    read_format(options);
    for (const std::string& text : options.param_texts) {
        options.parameters.push_back(analysis::parse_parameter(text));
    }
    read_attachments(options);
    if (options.list_named) return;
    assign_positionals(options);
    check_question(options);
}

}  // namespace snapq::commands
