// `snapq query ARCHIVE [SQL]`
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archive/archive_reader.hpp"
#include "commands/command.hpp"
#include "commands/options/query_options.hpp"
#include "commands/output.hpp"
#include "commands/query_output.hpp"

namespace snapq::commands {

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

}  // namespace snapq::commands
