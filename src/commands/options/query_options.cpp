#include "commands/options/query_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/query/named_queries.hpp"
#include "commands/options/option_values.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

constexpr std::size_t k_most_attached = 10;  // limit of SQLite

constexpr const char* k_query_examples =
    "Examples:\n"
    "  snapq query run.zip                                      a shell with history and completion\n"
    "  snapq query run.zip --named top-sites\n"
    "  snapq query run.zip \"SELECT * FROM devices\" --format line\n"
    "  snapq query run.zip --format csv -f query.sql > result.csv\n"
    "  snapq query run.zip --named stacks-of-site --param site=%model.py% --format line\n"
    "  snapq query ranks/ --each \"SELECT device, peak_requested_bytes FROM devices\"\n"
    "  snapq query --attach base=a.zip --attach new=b.zip \\\n"
    "      \"SELECT site FROM new.stacks EXCEPT SELECT site FROM base.stacks\"\n"
    "\n"
    "Functions in addition to SQLite's: format_bytes(n), parse_bytes('1GiB'), address(n),\n"
    "device_name(n), median(x), percentile(x, p),\n"
    "regexp(pattern, text) as in site REGEXP 'model|loss' (RE2),\n"
    "callstack(stack_id), callstack(stack_id, 'python'), event_of(device, MOMENT), and the\n"
    "table-valued functions alive_at(device, MOMENT) with the allocations live at a moment,\n"
    "live_at(device, MOMENT) with their sums by stack, blocks_at(device, MOMENT) with the\n"
    "segments and blocks. MOMENT: peak, reserved-peak, start, end, oom[:N], event:N, time:US,\n"
    "+1.5ms (since the first event; us, ms, s, min), timestep:N, span:NAME, span:NAME#N,\n"
    "step:N.\n"
    "With --attach, callstack accepts NAME as its second argument and the others as their\n"
    "last one, and tables without NAME belong to the first archive.\n"
    "Archives are opened read-only, and nothing is unpacked.";

void add_query_source(CLI::App& app, QueryOptions& options) {
    app.add_option("-f,--file", options.file, "Read the SQL from a file")->type_name("FILE");
    app.add_option("--named", options.named, "Run a built-in query (see --list-named)")->type_name("QUERY");
    app.add_flag("--list-named", options.list_named, "List the built-in queries and their parameters");
    app.add_option("--param", options.param_texts,
                   "Value of :NAME in the SQL: an integer, a real number, NULL, or text; quotes force text "
                   "(repeatable)")
        ->type_name("NAME=VALUE")
        ->type_size(1)
        ->allow_extra_args(false)
        ->take_all();
    app.add_option(
           "--attach", options.attach_texts,
           "Archive whose tables become NAME.table (repeatable, at most 10); the only positional argument is "
           "then SQL")
        ->type_name("NAME=ARCHIVE")
        ->type_size(1)
        ->allow_extra_args(false)
        ->take_all();
    app.add_flag("--each", options.each,
                 "Query every archive in a directory; the first columns are archive and rank");
}

void add_output(CLI::App& app, QueryOptions& options) {
    app.add_option("--format", options.format,
                   "table (default), box, csv, tsv, json, jsonl, markdown or line")
        ->type_name("FORMAT");
    app.add_flag("--no-header", options.no_header, "Do not print column names");
    app.add_option("--null", options.rows.null_text, "Text for NULL (not used in JSON)")->type_name("TEXT");
    app.add_option("--width", options.rows.max_width,
                   "In table and box, cut cells to N columns (0: do not cut)")
        ->transform(whole_number())
        ->type_name("N");
    add_csv_safe_option(app, options.csv_safe);
    app.add_option("--max-rows", options.limit.rows, "Print at most N rows")
        ->transform(whole_number())
        ->type_name("N");
    app.add_option("--timeout", options.timeout, "Stop after this number of seconds, with exit code 1")
        ->check(seconds())
        ->type_name("SECONDS");
}

void read_attachments(QueryOptions& options) {
    for (const std::string& text : options.attach_texts) {
        const std::size_t equals = text.find('=');
        if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
            throw_usage("--attach '{}': expected NAME=ARCHIVE", text);
        }
        AttachedArchive attached{text.substr(0, equals), text.substr(equals + 1)};
        if (attached.name == "main" || attached.name == "temp") {
            throw_usage("--attach '{}': the name {} is reserved by SQLite", text, attached.name);
        }
        if (std::ranges::count(options.attached, attached.name, &AttachedArchive::name) > 0) {
            throw_usage("--attach '{}': the name {} is already used", text, attached.name);
        }
        options.attached.push_back(std::move(attached));
    }
    if (options.attached.size() > k_most_attached) {
        throw_usage("cannot attach {} archives; SQLite supports {}", options.attached.size(),
                    k_most_attached);
    }
}

void assign_positionals(QueryOptions& options) {
    if (!options.attached.empty()) {
        if (options.each) throw_usage("--each and --attach cannot be combined");
        if (options.second_positional) {
            throw UsageError("with --attach the only positional argument is SQL, but there are two")
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

void check_query_source(const QueryOptions& options) {
    if (options.sql && !options.file.empty()) {
        throw UsageError("SQL and --file cannot be combined").with_hint("run one query at a time");
    }
    if (!options.named.empty() && (options.sql || !options.file.empty())) {
        throw UsageError("--named and SQL cannot be combined").with_hint("run one query at a time");
    }
    const bool from_stdin = options.lacks_query() || options.file == "-" || options.sql == "-";
    if (options.archive == "-" && from_stdin) {
        throw_usage("standard input cannot be both the archive and the SQL");
    }
    if (options.each && options.lacks_query()) throw_usage("--each needs SQL, --file or --named");
    if (!options.named.empty()) static_cast<void>(analysis::named_query(options.named));
}

void read_format(QueryOptions& options) {
    options.rows.header = !options.no_header;
    if (options.csv_safe) options.rows.formulas = render::Formulas::disarmed;
    if (options.format.empty()) return;
    const auto format = render::row_format_named(options.format);
    if (!format) {
        throw_usage("--format '{}': expected one of {}", options.format,
                    fmt::join(render::row_format_names(), ", "));
    }
    options.rows.format = *format;
}

void check_csv_safe(const QueryOptions& options) {
    const render::RowFormat format = options.rows.format;
    if (!options.csv_safe || format == render::RowFormat::csv || format == render::RowFormat::tsv) return;
    throw_usage("--csv-safe requires --format csv or tsv");
}

}  // namespace

void add_query_options(CLI::App& app, QueryOptions& options) {
    app.add_option("ARCHIVE", options.first_positional,
                   "Archive or raw snapshot ('-': standard input); with --each a directory of them")
        ->type_name("");
    app.add_option(
           "SQL", options.second_positional,
           "Query to run. Without it, SQL is read from standard input; on a terminal, the shell starts")
        ->type_name("");
    add_query_source(app, options);
    add_output(app, options);
    app.footer(k_query_examples);
}

void check_query_options(QueryOptions& options) {
    read_format(options);
    check_csv_safe(options);
    for (const std::string& text : options.param_texts) {
        options.parameters.push_back(analysis::parse_parameter(text));
    }
    read_attachments(options);
    if (options.list_named) return;
    assign_positionals(options);
    check_query_source(options);
}

}  // namespace snapq::commands
