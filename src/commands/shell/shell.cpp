#include "commands/shell/shell.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <sstream>
#include <utility>

#include "analysis/query/named_queries.hpp"
#include "commands/app.hpp"
#include "commands/archive_argument.hpp"
#include "commands/messages.hpp"
#include "commands/shell/terminal.hpp"
#include "commands/shell/words.hpp"
#include "io/cleanup.hpp"
#include "render/escape.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"
#include "support/version.hpp"

namespace snapq::commands {
namespace {

// Columns. Without a limit, a cell with a stack would be thousands of columns wide. `.width` changes it.
constexpr std::size_t k_default_width = 120;

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

// The commands of other shells also work without a dot; no SQL statement begins with these words. Empty for
// every other line.
std::string plain_command(const std::string& line) {
    const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
    const std::string word = line.substr(begin, line.find_last_not_of(" \t\r;") + 1 - begin);
    return word == "help" || word == "exit" || word == "quit" ? "." + word : "";
}

bool is_on(const std::vector<std::string>& words) {
    if (words.size() == 2 && words[1] == "on") return true;
    if (words.size() == 2 && words[1] == "off") return false;
    throw_usage("{}: expected on or off", words[0]);
}

// While an object exists, it limits the work of a query of the program itself.
class OwnWork {
public:
    OwnWork(analysis::QuerySession& session, const std::string& what) : m_session(session) {
        session.limit_own_work(what);
    }
    OwnWork(const OwnWork&) = delete;
    OwnWork& operator=(const OwnWork&) = delete;
    ~OwnWork() { m_session.unlimit_work(); }

private:
    analysis::QuerySession& m_session;
};

class Shell {
public:
    Shell(analysis::QuerySession& session, ShellOptions options)
        : m_session(session),
          m_options(std::move(options)),
          m_signals(session.database()),
          m_editor(history_path(), vocabulary_of(session.database()), m_signals) {
        if (m_options.rows.max_width == 0) m_options.rows.max_width = k_default_width;
    }

    int run() {
        fmt::print("snapq {}: {}\nEnd SQL with a semicolon. Type help for the commands, exit to leave.\n",
                   program_version(),
                   render::printable(fmt::format("{}", fmt::join(m_options.archives, ", "))));
        std::string statement;
        while (!m_done) {
            std::string line;
            const auto outcome = m_editor.read_line(statement.empty() ? "snapq> " : "   ...> ", line);
            if (outcome == ShellEditor::Outcome::end) break;
            if (outcome == ShellEditor::Outcome::interrupted) {
                statement.clear();
            } else {
                add_line(line, statement);
            }
        }
        if (!m_done) fmt::print("\n");
        return 0;
    }

private:
    // Runs a complete statement; an unfinished one is kept in `statement`.
    void add_line(const std::string& line, std::string& statement) {
        const std::string command = line.starts_with('.') ? line : plain_command(line);
        if (statement.empty() && !command.empty()) {
            m_editor.remember(line);
            return guarded("", [&] { run_command(words_of(command)); });
        }
        statement += statement.empty() ? line : "\n" + line;
        if (is_blank(statement)) return statement.clear();
        if (!archive::ends_statement(statement)) return;
        m_editor.remember(statement);
        guarded(statement, [&] { run_sql(statement, analysis::MissingParameters::refused); });
        statement.clear();
    }

    // Prints errors instead of ending the shell.
    template <typename Action>
    void guarded(const std::string& sql, Action&& action) {
        m_signals.forget();
        try {
            m_session.show_whole_names();
            action();
        } catch (const archive::QueryInterrupted&) {
            std::fflush(stdout);
            say("{}\n", m_signals.interrupted() ? "interrupted" : why_stopped());
        } catch (const archive::StatementError& error) {
            print_error(error,
                        error.offset() && !sql.empty() ? hint_with_position(error, sql) : error.hint());
        } catch (const Error& error) {
            print_error(error, error.hint());
        }
    }

    [[nodiscard]] std::string why_stopped() const {
        if (m_session.database().is_out_of_work())
            return fmt::format("stopped: {}", archive::k_too_much_work);
        return std::string("stopped: the query took longer than --timeout");
    }

    static void print_error(const Error& error, const std::string& hint) {
        std::fflush(stdout);
        say("error: {}\n", render::printable(error.what()));
        if (!hint.empty()) say("{}\n", render::printable_lines(hint));
    }

    void run_sql(std::string_view sql, analysis::MissingParameters missing,
                 std::vector<analysis::Parameter> extra = {}) {
        const auto start = std::chrono::steady_clock::now();
        watch();
        std::uint64_t rows = 0;
        {
            auto results = m_session.prepare(sql, parameters_for(sql, std::move(extra)), missing);
            PagedSink sink(m_pages ? pager_command() : std::string());
            QueryOutput output(m_options.rows, m_options.limit, sink, [&] { return sink.is_closed(); });
            output.write_each(results);
            rows = output.row_count();
            if (output.is_cut()) say("the result has more rows than --max-rows\n");
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        if (m_times)
            fmt::print("{} in {:.3f} s\n", counted(static_cast<std::int64_t>(rows), "row"), took.count());
    }

    void watch() {
        std::optional<TimeLimit> limit;
        if (m_options.timeout) {
            limit.emplace(*m_options.timeout);
            limit->watch(m_session, "the statement does not end after --timeout, so the shell ends");
        }
        m_session.database().check_progress(
            [this, limit] { return !m_signals.interrupted() && !(limit && limit->is_over()); });
    }

    // Parameters stay set for all later statements, so the ones that a statement does not use are left out.
    [[nodiscard]] std::vector<analysis::Parameter> parameters_for(
        std::string_view sql, std::vector<analysis::Parameter> extra) const {
        std::vector<analysis::Parameter> used = std::move(extra);
        for (const analysis::Parameter& parameter : m_parameters) {
            const bool given = std::ranges::count(used, parameter.name, &analysis::Parameter::name) > 0;
            if (!given && sql.find(":" + parameter.name) != std::string_view::npos) used.push_back(parameter);
        }
        return used;
    }

    // ---- dot commands ----

    void run_command(const std::vector<std::string>& words) {
        const std::string& name = words[0];
        if (name == ".quit" || name == ".exit" || name == ".q") {
            m_done = true;
        } else if (name == ".help") {
            PagedSink(m_pages ? pager_command() : std::string()).write(help_text());
        } else if (name == ".tables") {
            list_tables(words.size() > 1 ? words[1] : "%");
        } else if (name == ".schema") {
            show_schema(words.size() > 1 ? words[1] : "%");
        } else if (name == ".named") {
            run_named(words);
        } else if (name == ".param") {
            set_parameter(words);
        } else if (name == ".read") {
            if (words.size() < 2) throw_usage(".read: expected a file name");
            const std::string sql =
                read_sql_file(fmt::format("{}", fmt::join(words.begin() + 1, words.end(), " ")));
            guarded(sql, [&] { run_sql(sql, analysis::MissingParameters::refused); });
        } else {
            change_setting(words);
        }
    }

    void change_setting(const std::vector<std::string>& words) {
        const std::string& name = words[0];
        if (name == ".mode") {
            set_mode(words);
        } else if (name == ".headers") {
            m_options.rows.header = is_on(words);
        } else if (name == ".timer") {
            m_times = is_on(words);
        } else if (name == ".pager") {
            m_pages = is_on(words);
        } else if (name == ".null") {
            m_options.rows.null_text = words.size() > 1 ? words[1] : "";
        } else if (name == ".width") {
            const auto parameter = analysis::parse_parameter("width=" + (words.size() == 2 ? words[1] : ""));
            const auto* width = std::get_if<std::int64_t>(&parameter.value);
            if (width == nullptr || *width < 0) throw_usage(".width: expected a number of columns");
            m_options.rows.max_width = static_cast<std::size_t>(*width);
        } else {
            throw UsageError(fmt::format("unknown command {}", name)).with_hint(".help lists all commands");
        }
    }

    void set_mode(const std::vector<std::string>& words) {
        if (words.size() == 1) return fmt::print("{}\n", render::name_of(m_options.rows.format));
        const auto format = render::row_format_named(words[1]);
        if (!format) throw_usage(".mode: expected one of {}", fmt::join(render::row_format_names(), ", "));
        m_options.rows.format = *format;
    }

    void list_tables(const std::string& pattern) {
        std::vector<analysis::Parameter> parameters{{"pattern", pattern}};
        run_sql(
            "SELECT schema, name, type, ncol AS columns FROM pragma_table_list"
            " WHERE name LIKE :pattern AND name NOT LIKE 'sqlite_%' AND type IN ('table', 'view')"
            " ORDER BY schema, type, name",
            analysis::MissingParameters::refused, std::move(parameters));
    }

    void show_schema(const std::string& pattern) {
        archive::Query query = m_session.database().prepare(
            "SELECT sql || ';' FROM sqlite_master WHERE name LIKE ?1 AND sql IS NOT NULL ORDER BY rowid");
        query.bind(1, pattern);
        PagedSink sink(m_pages ? pager_command() : std::string());
        while (query.next()) sink.write(render::printable_lines(query.text(0)) + "\n");
    }

    void run_named(const std::vector<std::string>& words) {
        if (words.size() == 1) {
            PagedSink sink(m_pages ? pager_command() : std::string());
            for (const analysis::NamedQuery& query : analysis::named_queries()) {
                sink.write(
                    fmt::format("{:<16} {:<22} {}\n", query.name, query.parameters(), query.description()));
            }
            return;
        }
        std::vector<analysis::Parameter> parameters;
        for (std::size_t i = 2; i < words.size(); ++i)
            parameters.push_back(analysis::parse_parameter(words[i]));
        const analysis::NamedQuery& query = analysis::named_query(words[1]);
        const std::string all_sql = std::string(query.sql) + std::string(query.at_sql);
        analysis::NamedStatement statement =
            analysis::named_statement(query, parameters_for(all_sql, std::move(parameters)));
        analysis::check_named_values(statement.parameters, m_session.database());
        const OwnWork limited(m_session, fmt::format("named query {}", query.name));
        m_session.shorten_names();  // until the next line
        run_sql(statement.sql, analysis::MissingParameters::are_null, std::move(statement.parameters));
    }

    void set_parameter(const std::vector<std::string>& words) {
        for (std::size_t i = 1; i < words.size(); ++i) {
            analysis::Parameter parameter = analysis::parse_parameter(words[i]);
            std::erase_if(m_parameters, [&](const auto& known) { return known.name == parameter.name; });
            m_parameters.push_back(std::move(parameter));
        }
        if (words.size() > 1) return;
        for (const analysis::Parameter& parameter : m_parameters) {
            fmt::print("{}\n", render::printable(
                                   fmt::format(":{} = {}", parameter.name, analysis::text_of(parameter))));
        }
    }

    analysis::QuerySession& m_session;
    ShellOptions m_options;
    TerminalGivenBack m_terminal;
    ShellSignals m_signals;
    ShellEditor m_editor;
    std::vector<analysis::Parameter> m_parameters;
    bool m_times = false;
    bool m_pages = true;
    bool m_done = false;
};

}  // namespace

int run_shell(analysis::QuerySession& session, const ShellOptions& options) {
    return Shell(session, options).run();
}

namespace {

// The signal that makes a system call of the main thread return. Without a handler, it has no effect.
constexpr int k_wake_signal = SIGURG;

}  // namespace

ShellSignals::ShellSignals(archive::Database& database) : m_database(database) {
    struct sigaction action {};
    sigemptyset(&action.sa_mask);
    action.sa_handler = [](int) {};  // without SA_RESTART, so that the call is interrupted
    sigaction(k_wake_signal, &action, &m_old_wake);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, &m_old_pipe);
    io::set_interrupt_action([this, main_thread = ::pthread_self()] { obey_interrupt(main_thread); });
}

ShellSignals::~ShellSignals() {
    io::set_interrupt_action({});
    sigaction(SIGPIPE, &m_old_pipe, nullptr);
    sigaction(k_wake_signal, &m_old_wake, nullptr);
}

void ShellSignals::obey_interrupt(pthread_t main_thread) {
    const std::scoped_lock lock(m_mutex);
    m_interrupted = true;
    m_database.interrupt();
    m_database.limit_time(
        io::WorkClock::wall,
        io::Allowance{
            .time = {}, .message = "the statement does not end, so the shell ends", .exit_code = 1});
    ::pthread_kill(main_thread, k_wake_signal);
}

void ShellSignals::forget() {
    const std::scoped_lock lock(m_mutex);
    m_interrupted = false;
    m_database.limit_time(io::WorkClock::wall, std::nullopt);
}

bool ShellSignals::wait_for_input(int fd) const {
    sigset_t wake{};
    sigset_t before{};
    sigemptyset(&wake);
    sigaddset(&wake, k_wake_signal);
    // Only ppoll lets the signal through, so it cannot arrive between the look at m_interrupted and the wait.
    ::pthread_sigmask(SIG_BLOCK, &wake, &before);
    pollfd input{fd, POLLIN, 0};
    while (!m_interrupted && ::ppoll(&input, 1, nullptr, &before) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return !m_interrupted;
}

}  // namespace snapq::commands
