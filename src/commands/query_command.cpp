// `snapq query ARCHIVE [SQL]`
#include "commands/command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/query/named_queries.hpp"
#include "archive/archive_reader.hpp"
#include "commands/archive_argument.hpp"
#include "commands/messages.hpp"
#include "commands/options/query_options.hpp"
#include "commands/output.hpp"
#include "commands/query_output.hpp"
#include "commands/ranks.hpp"
#include "commands/shell/shell.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

class QueryCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "query"; }
    [[nodiscard]] std::string summary() const override {
        return "Query archives with SQL or built-in queries";
    }
    void configure(CLI::App& app) override { add_query_options(app, m_options); }
    void validate() override { check_query_options(m_options); }
    int run() override;

private:
    void list_named();
    void read_sql();
    [[nodiscard]] std::vector<archive::ArchiveReader> open_archives() const;
    int run_shell_on_archives();
    int run_query();
    void query_archives();
    void query_each_archive();
    void query_rank(const std::string& path, QueryOutput& output);
    [[nodiscard]] std::vector<analysis::ResultRows> prepare(analysis::QuerySession& session) const;
    void expect_format();
    // Sets the limits of time and, for a named query, of work. `archives` is for messages.
    void limit(analysis::QuerySession& session, const std::string& archives) const;
    // Runs `work` of a limited session. If a named query reaches its limit of work, this is an error of the
    // input.
    template <typename Work>
    void run_limited(const std::string& archives, Work&& work) const;
    [[nodiscard]] bool is_late() const { return m_time_limit && m_time_limit->is_over(); }
    [[nodiscard]] std::string limited_name(const std::string& archives) const;
    [[nodiscard]] std::string timeout_message() const;
    [[nodiscard]] QueryOutput make_output();
    void finish(const QueryOutput& output);

    QueryOptions m_options;
    std::string m_sql;
    std::optional<TimeLimit> m_time_limit;
    FileSink& m_sink = standard_output();
};

bool on_terminal() {
    return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

// SQL never begins with a dot, so such a text is a command of the shell.
void refuse_dot_command(const std::string& sql) {
    constexpr const char* k_blank = " \t\r\n";
    const std::size_t begin = std::min(sql.find_first_not_of(k_blank), sql.size());
    if (sql.compare(begin, 1, ".") != 0) return;
    throw UsageError(fmt::format("{} is a command of the interactive shell, not SQL",
                                 sql.substr(begin, sql.find_first_of(k_blank, begin) - begin)))
        .with_hint(
            "on a terminal, 'snapq query ARCHIVE' starts the shell; the schema in SQL: SELECT name, sql FROM "
            "sqlite_master");
}

void attach_all(analysis::QuerySession& session, const std::vector<AttachedArchive>& names,
                const std::vector<archive::ArchiveReader>& archives) {
    for (std::size_t i = 0; i < names.size(); ++i) session.attach(names[i].name, archives[i]);
}

}  // namespace

int QueryCommand::run() {
    if (m_options.list_named) {
        list_named();
        return 0;
    }
    if (m_options.lacks_query() && on_terminal()) return run_shell_on_archives();
    read_sql();
    return run_query();
}

void QueryCommand::list_named() {
    expect_format();
    const auto writer = render::make_row_writer(m_options.rows, m_sink);
    writer->begin({"name", "parameters", "answers"});
    for (const analysis::NamedQuery& query : analysis::named_queries()) {
        const std::string parameters = query.parameters();
        const std::vector<report::Cell> cells{query.name, std::string_view(parameters), query.description()};
        writer->row(cells);
    }
    writer->end();
}

void QueryCommand::read_sql() {
    const bool from_stdin = m_options.lacks_query() || m_options.sql == "-" || m_options.file == "-";
    if (m_options.lacks_query() && isatty(STDIN_FILENO) == 1) {
        throw UsageError("SQL is missing").with_hint("see 'snapq query --help', or --list-named");
    }
    if (from_stdin) {
        m_sql = read_sql_stdin();
    } else if (!m_options.named.empty()) {
        analysis::NamedStatement statement = analysis::named_statement(analysis::named_query(m_options.named),
                                                                       std::move(m_options.parameters));
        m_sql = statement.sql;
        m_options.parameters = std::move(statement.parameters);
    } else {
        m_sql = m_options.sql ? *m_options.sql : read_sql_file(m_options.file);
    }
    refuse_dot_command(m_sql);
}

// The archive, or the attached archives in their order.
std::vector<archive::ArchiveReader> QueryCommand::open_archives() const {
    std::vector<archive::ArchiveReader> archives;
    if (m_options.attached.empty()) archives.push_back(open_archive_argument(m_options.archive));
    for (const AttachedArchive& attached : m_options.attached) {
        archives.push_back(open_archive_argument(attached.path));
    }
    return archives;
}

int QueryCommand::run_shell_on_archives() {
    const std::vector<archive::ArchiveReader> archives = open_archives();
    analysis::QuerySession session(archives.front());
    attach_all(session, m_options.attached, archives);
    ShellOptions options;
    options.rows = m_options.rows;
    options.limit = m_options.limit;
    options.timeout = m_options.timeout;
    for (const archive::ArchiveReader& archive : archives) options.archives.push_back(archive.path());
    return run_shell(session, options);
}

int QueryCommand::run_query() {
    if (m_options.timeout) m_time_limit.emplace(*m_options.timeout);
    try {
        m_options.each ? query_each_archive() : query_archives();
        return 0;
    } catch (const archive::QueryInterrupted&) {
        if (!is_late()) throw;
        m_sink.flush();
        print_error(timeout_message());
        return 1;
    } catch (archive::StatementError& error) {
        if (error.offset() && m_options.named.empty()) error.with_hint(hint_with_position(error, m_sql));
        throw;
    }
}

template <typename Work>
void QueryCommand::run_limited(const std::string& archives, Work&& work) const {
    try {
        work();
    } catch (const archive::QueryInterrupted&) {
        if (is_late() || m_options.named.empty()) throw;
        throw InputError(limited_name(archives), std::string(archive::k_too_much_work));
    }
}

void QueryCommand::query_archives() {
    const std::vector<archive::ArchiveReader> archives = open_archives();
    analysis::QuerySession session(archives.front());
    attach_all(session, m_options.attached, archives);
    std::vector<std::string> paths;
    for (const archive::ArchiveReader& archive : archives) paths.push_back(archive.path());
    const std::string names = fmt::format("{}", fmt::join(paths, ", "));
    limit(session, names);
    run_limited(names, [&] {
        std::vector<analysis::ResultRows> results = prepare(session);
        if (!m_options.named.empty()) analysis::check_named_values(m_options.parameters, session.database());
        QueryOutput output = make_output();
        output.write_each(results);
        finish(output);
    });
}

void QueryCommand::query_each_archive() {
    const std::vector<std::string> paths = expand_archive_arguments({m_options.archive});
    QueryOutput output = make_output();
    std::vector<std::string> broken;
    for (const std::string& path : paths) {
        try {
            query_rank(path, output);
        } catch (const InputError&) {
            broken.push_back(path);
            if (paths.size() == 1) throw;
            m_sink.flush();
            print_failure(std::current_exception());
        }
        if (m_sink.is_closed()) break;
    }
    output.end_common();
    finish(output);
    if (!broken.empty()) {
        throw InputError(fmt::format("{} of {} archives could not be read: {}", broken.size(), paths.size(),
                                     fmt::join(broken, ", ")));
    }
}

void QueryCommand::query_rank(const std::string& path, QueryOutput& output) {
    m_sink.flush();  // opening may print a message
    const archive::ArchiveReader archive = open_archive_argument(path);
    analysis::QuerySession session(archive);
    limit(session, path);
    std::vector<analysis::ResultRows> results = prepare(session);
    if (results.size() > 1) throw_usage("--each accepts one statement, but there are {}", results.size());
    if (results.empty()) return;
    const std::string name = own_name(path);
    const auto rank = rank_of(archive);
    LeadingCells leading{{"archive", "rank"}, {std::string_view(name), report::Cell()}};
    if (rank) leading.cells[1] = *rank;
    run_limited(path, [&] { output.add_common(results.front(), leading); });
}

std::vector<analysis::ResultRows> QueryCommand::prepare(analysis::QuerySession& session) const {
    const auto missing = m_options.named.empty() ? analysis::MissingParameters::refused
                                                 : analysis::MissingParameters::are_null;
    return session.prepare(m_sql, m_options.parameters, missing);
}

void QueryCommand::expect_format() {
    const render::RowFormat format = m_options.rows.format;
    if (format == render::RowFormat::json || format == render::RowFormat::jsonl)
        m_sink.expect(render::WorkflowGuard::Content::json);
}

void QueryCommand::limit(analysis::QuerySession& session, const std::string& archives) const {
    if (m_time_limit) m_time_limit->watch(session, timeout_message());
    if (m_options.named.empty()) return;
    session.limit_own_work(limited_name(archives));
    session.shorten_names();
}

std::string QueryCommand::limited_name(const std::string& archives) const {
    return fmt::format("{}: named query {}", archives, m_options.named);
}

std::string QueryCommand::timeout_message() const {
    return fmt::format("the query took longer than --timeout {} s", *m_options.timeout);
}

QueryOutput QueryCommand::make_output() {
    expect_format();
    return {m_options.rows, m_options.limit, m_sink, [this] { return m_sink.is_closed(); }};
}

void QueryCommand::finish(const QueryOutput& output) {
    m_sink.flush();
    if (output.is_cut()) {
        say("snapq: note: the result has more rows than --max-rows {}\n", *m_options.limit.rows);
    }
}

std::unique_ptr<Command> make_query_command() {
    return std::make_unique<QueryCommand>();
}

}  // namespace snapq::commands
