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

// A time limit that starts when the object is created.
class TimeLimit {
public:
    explicit TimeLimit(double seconds);

    // Makes the session's queries throw QueryInterrupted when the time is over. If SQLite does not return
    // from a query, the process ends with exit code 1 and the message.
    void watch(analysis::QuerySession& session, const std::string& message) const;
    [[nodiscard]] bool is_over() const { return Clock::now() >= m_end; }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point m_end;
};

struct RowLimit {
    std::optional<std::uint64_t> rows;  // of one statement; nullopt: all
};

// Cells that are added in front of every row, with their column names.
struct LeadingCells {
    std::vector<std::string> columns;
    std::vector<report::Cell> cells;
};

// Writes the rows of one or several statements (or archives) to one output.
class QueryOutput {
public:
    // `is_closed` returns true when the reader has closed its end; writing then stops.
    QueryOutput(const render::RowOptions& options, RowLimit limit, ByteSink& sink,
                std::function<bool()> is_closed);

    // Writes each statement as a separate result, with an empty line between two. Throws UsageError, before
    // anything is written, for several results in a format that can hold only one.
    void write_each(std::vector<analysis::ResultRows>& results);

    // Adds the rows to one common result, which the first call begins and end_common ends. Throws UsageError
    // when the columns differ from those of the first call.
    void add_common(analysis::ResultRows& rows, const LeadingCells& leading);
    void end_common();

    // Whether rows were left out because of the limit.
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
