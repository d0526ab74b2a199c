// Runs the statements of a query and writes their rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/query/query.hpp"
#include "render/row_writer.hpp"

namespace snapq::commands {

// From the moment it is made.
class TimeLimit {
public:
    explicit TimeLimit(double seconds);

    // Makes the session's questions end when the time is over (with QueryInterrupted).
    void watch(analysis::QuerySession& session) const;
    [[nodiscard]] bool is_over() const { return Clock::now() >= m_end; }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point m_end;
};

struct RowLimit {
    std::optional<std::uint64_t> rows;  // of one statement; nullopt: all
};

// Cells that stand in front of every row, with their column names.
struct LeadingCells {
    std::vector<std::string> columns;
    std::vector<report::Cell> cells;
};

// How the rows of one or several statements (or archives) follow each other in one output.
class QueryOutput {
public:
    // `is_closed` tells that nobody reads any more.
    QueryOutput(const render::RowOptions& options, RowLimit limit, ByteSink& sink,
                std::function<bool()> is_closed);

    // Every statement is a result of its own, with an empty line between two. Formats that hold one result
    // only refuse a second with a UsageError, before anything is written.
    void write_each(std::vector<analysis::ResultRows>& results);

    // Adds the rows to one common result, which begin_common opens and end_common closes. Throws UsageError
    // when their columns differ from the first's.
    void add_common(analysis::ResultRows& rows, const LeadingCells& leading);
    void end_common();

    // Rows that were left out by the limit were there.
    [[nodiscard]] bool is_cut() const { return m_is_cut; }
    [[nodiscard]] std::uint64_t row_count() const { return m_row_count; }

private:
    void write(analysis::ResultRows& rows);
    void write_rows(analysis::ResultRows& rows, const LeadingCells& leading, std::uint64_t& written);

    render::RowOptions m_options;
    RowLimit m_limit;
    ByteSink& m_sink;
    std::function<bool()> m_is_closed;
    std::unique_ptr<render::RowWriter> m_writer;
    std::vector<std::string> m_common_columns;
    std::uint64_t m_common_rows = 0;
    bool m_common_begun = false;
    bool m_is_cut = false;
    std::uint64_t m_row_count = 0;
};

}  // namespace snapq::commands
