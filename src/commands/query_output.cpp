#include "commands/query_output.hpp"

#include <algorithm>
#include <utility>

#include "support/error.hpp"

namespace snapq::commands {
namespace {

bool holds_one_result(render::RowFormat format) {
    return format == render::RowFormat::csv || format == render::RowFormat::tsv ||
           format == render::RowFormat::json || format == render::RowFormat::jsonl;
}

}  // namespace

TimeLimit::TimeLimit(double seconds)
    : m_end(Clock::now() +
            std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))) {}

void TimeLimit::watch(analysis::QuerySession& session, const std::string& message) const {
    session.database().check_progress([end = m_end] { return Clock::now() < end; });
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(m_end - Clock::now());
    session.database().limit_time(io::WorkClock::wall,
                                  io::Allowance{.time = left, .message = message, .exit_code = 1});
}

QueryOutput::QueryOutput(const render::RowOptions& options, RowLimit limit, ByteSink& sink,
                         std::function<bool()> is_closed)
    : m_options(options),
      m_limit(limit),
      m_sink(sink),
      m_is_closed(std::move(is_closed)),
      m_writer(render::make_row_writer(options, sink)) {}

void QueryOutput::write_each(std::vector<analysis::ResultRows>& results) {
    if (results.size() > 1 && holds_one_result(m_options.format)) {
        throw UsageError(fmt::format("there are {} statements, but the format {} can hold only one result",
                                     results.size(), render::name_of(m_options.format)))
            .with_hint("run them one by one, or use --format table, box, markdown or line");
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (i > 0) m_sink.write("\n");
        write(results[i]);
    }
}

void QueryOutput::write(analysis::ResultRows& rows) {
    m_writer->begin(rows.columns());
    std::uint64_t written = 0;
    write_rows(rows, {}, written);
    m_writer->end();
}

void QueryOutput::write_rows(analysis::ResultRows& rows, const LeadingCells& leading,
                             std::uint64_t& written) {
    std::vector<report::Cell> cells;
    while (!m_is_closed()) {
        const bool full = m_limit.rows && written >= *m_limit.rows;
        if (!rows.next()) return;
        if (full) {
            m_is_cut = true;
            return;
        }
        if (leading.cells.empty()) {
            m_writer->row(rows.cells());
        } else {
            cells = leading.cells;
            cells.insert(cells.end(), rows.cells().begin(), rows.cells().end());
            m_writer->row(cells);
        }
        ++written;
        ++m_row_count;
    }
}

void QueryOutput::add_common(analysis::ResultRows& rows, const LeadingCells& leading) {
    std::vector<std::string> columns = leading.columns;
    columns.insert(columns.end(), rows.columns().begin(), rows.columns().end());
    if (!m_common_begun) {
        m_common_begun = true;
        m_common_columns = columns;
        m_writer->begin(columns);
    } else if (columns != m_common_columns) {
        throw UsageError("the archives give different columns for this query")
            .with_hint("name the columns in SELECT");
    }
    write_rows(rows, leading, m_common_rows);
}

void QueryOutput::end_common() {
    if (m_common_begun) m_writer->end();
}

}  // namespace snapq::commands
