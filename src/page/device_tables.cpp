#include "page/device_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "analysis/query/named_queries.hpp"
#include "page/html_writer.hpp"
#include "support/devices.hpp"
#include "support/text.hpp"

namespace snapq::page {
namespace {

struct ShownTable {
    std::string_view query;
    std::string_view title;
    // Where that of the query speaks of its parameters, which a page does not have; else empty.
    std::string_view description;
};

// In the order in which the page lists them.
constexpr std::array k_tables{
    ShownTable{
        "top-sites", "Sites at the peak",
        "Sites that hold the most memory at the peak, with their shares; the timeline has them at every "
        "moment"},
    ShownTable{"growth", "Growth", {}},
    ShownTable{"leaks", "Possible leaks", {}},
    ShownTable{"steps", "Steps", {}},
    ShownTable{"ooms", "Out-of-memory errors",
               "Bytes asked for, bytes that could have served the request, and what would have helped"},
    ShownTable{"pending", "Pending frees",
               "Memory that the program had freed before the peak, but that another stream may still use "
               "(record_stream)"},
    ShownTable{"spans", "Annotated spans", {}},
    ShownTable{"pools", "Pools",
               "Pools and streams at the peak: what they hold from the driver, and how much of it is used, "
               "cached, or in holes (estimated from the trace)"},
    ShownTable{"by-stream", "Streams", {}},
    ShownTable{"fragmentation", "Fragmentation", {}},
    ShownTable{"settings", "Allocator settings", {}},
    ShownTable{"anomalies", "Anomalies", {}},
    ShownTable{"largest", "Largest allocations", {}},
    ShownTable{"churn", "Frequent allocations", {}},
};

// The expression in the SQL that limits the rows; -1: no limit.
constexpr std::string_view k_limit = "coalesce(:top, 20)";
constexpr std::string_view k_largest = "largest";

bool is_count(std::string_view name) {
    constexpr std::array<std::string_view, 6> k_counts{"allocations", "count",           "segments",
                                                       "holes",       "cached_segments", "waits"};
    return std::ranges::find(k_counts, name) != k_counts.end();
}

bool is_event(std::string_view name) {
    constexpr std::array<std::string_view, 4> k_events{"event", "alloc", "end", "first_freed"};
    return name.ends_with("_event") || std::ranges::find(k_events, name) != k_events.end();
}

void write_cell(json::JsonWriter& to, const report::Cell& cell) {
    if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
        write_integer(to, *integer);
    } else if (const auto* real = std::get_if<double>(&cell)) {
        to.value(*real);
    } else if (const auto* text = std::get_if<std::string_view>(&cell)) {
        to.value(UntrustedText(abbreviate(*text)));
    } else {
        to.null();
    }
}

// One query, as the page shows it.
class Table {
public:
    explicit Table(const ShownTable& table)
        : m_name(table.query), m_title(table.title), m_description(table.description) {
        const analysis::NamedQuery& query = analysis::named_query(m_name);
        if (m_description.empty()) m_description = query.description();
        m_sql = with_plain_sizes(m_name == k_largest ? largest_by_number(query.sql) : query.sql, m_sizes);
    }

    void write(JsonBlock& to, analysis::QuerySession& session, const report::DeviceFigures& figures,
               const std::string& largest) {
        constexpr std::int64_t k_no_limit = -1;
        std::vector<analysis::Parameter> parameters{{"device", figures.device}, {"rows", largest}};
        if (m_sql.find(k_limit) != std::string::npos) parameters.push_back({"top", k_no_limit});
        std::erase_if(parameters, [&](const analysis::Parameter& parameter) {
            return m_sql.find(":" + parameter.name) == std::string::npos;
        });
        analysis::ResultRows rows =
            std::move(session.prepare(m_sql, parameters, analysis::MissingParameters::are_null).front());
        m_columns = rows.columns();
        m_device = figures.device;
        std::int64_t found = 0;
        while (rows.next()) {
            if (!is_of_device(rows.cells())) continue;
            if (found == 0) begin(to.json());
            if (++found > static_cast<std::int64_t>(k_most_table_rows)) continue;
            write_row(to.json(), rows.cells());
            to.relieve();
        }
        if (found == 0) return;
        if (m_name == k_largest) found = std::max(found, figures.allocation_count.value_or(0));
        end(to.json(), std::max<std::int64_t>(0, found - static_cast<std::int64_t>(k_most_table_rows)));
    }

private:
    // The table of anomalies also has rows of other devices and of the whole file.
    [[nodiscard]] bool is_of_device(std::span<const report::Cell> cells) const {
        if (m_columns.front() != "device") return true;
        if (const auto* number = std::get_if<std::int64_t>(&cells.front())) return *number == m_device;
        return report::is_null(cells.front()) || m_device == k_host_device;
    }

    // The queries return sizes as texts for people, and the most important size also in bytes. On the page,
    // both would be the same.
    [[nodiscard]] bool is_shown(const std::string& column) const {
        if (column == "device") return false;
        const bool is_plain = column == "bytes" || column.ends_with("_bytes");
        return m_sizes.empty() || !is_plain || m_sizes.contains(column);
    }

    void begin(json::JsonWriter& to) const {
        to.begin_object();
        to.key("name").value(m_name);
        to.key("title").value(m_title);
        to.key("description").value(m_description);
        to.key("columns").begin_array();
        for (const std::string& column : m_columns) {
            if (!is_shown(column)) continue;
            to.begin_object().key("name").value(column).key("unit");
            write_unit(to, column);
            to.end_object();
        }
        to.end_array();
        to.key("rows").begin_array();
    }

    void write_unit(json::JsonWriter& to, const std::string& column) const {
        if (m_sizes.contains(column)) {
            to.value("bytes");
        } else if (is_count(column)) {
            to.value("count");
        } else if (is_event(column)) {
            to.value("event");
        } else {
            to.null();
        }
    }

    void write_row(json::JsonWriter& to, std::span<const report::Cell> cells) const {
        to.begin_array();
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (is_shown(m_columns[i])) write_cell(to, cells[i]);
        }
        to.end_array();
    }

    static void end(json::JsonWriter& to, std::int64_t left_out) {
        to.end_array();
        to.key("left_out").value(left_out);
        to.end_object();
    }

    std::string_view m_name;
    std::string_view m_title;
    std::string_view m_description;
    std::set<std::string> m_sizes;  // the columns that are sizes
    std::string m_sql;
    std::vector<std::string> m_columns;
    std::int64_t m_device = 0;
};

// The query for pending frees reads all allocations. Most archives have table `pending`, which tells without
// them that there are none.
bool may_have_rows(std::string_view table, archive::Database& database) {
    if (table != "pending") return true;
    return database.integer(
               "SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = "
               "'pending') OR EXISTS (SELECT 1 FROM pending WHERE moment = 'peak' AND count > 0)") != 0;
}

}  // namespace

std::string largest_by_number(std::string_view sql) {
    constexpr std::string_view k_begin = "(SELECT * FROM allocations WHERE ";
    constexpr std::string_view k_end = ") AS a";
    const std::size_t begin = sql.find(k_begin) + k_begin.size();
    const std::size_t end = sql.find(k_end, begin);
    return fmt::format("{}device = :device AND idx IN (SELECT value FROM json_each(:rows)){}",
                       sql.substr(0, begin), sql.substr(end));
}

void write_tables(JsonBlock& to, analysis::QuerySession& session, const report::DeviceFigures& figures,
                  const std::string& largest) {
    to.json().key("tables").begin_array();
    for (const ShownTable& table : k_tables) {
        if (may_have_rows(table.query, session.database())) Table(table).write(to, session, figures, largest);
    }
    to.json().end_array();
}

namespace {

constexpr std::string_view k_function = "format_bytes";

// The length of the text in parentheses at the beginning of `sql`, which has no parenthesis in a quoted text.
std::size_t parenthesised_length(std::string_view sql) {
    int depth = 0;
    for (std::size_t at = 0; at < sql.size(); ++at) {
        if (sql[at] == '(') ++depth;
        if (sql[at] == ')' && --depth == 0) return at + 1;
    }
    return sql.size();
}

// The name in ` AS NAME` or ` AS "NAME"` at the beginning of `sql`; empty if something else is there.
std::string_view column_name_in(std::string_view sql) {
    constexpr std::string_view k_as = " AS ";
    if (!sql.starts_with(k_as)) return {};
    sql.remove_prefix(k_as.size());
    if (sql.starts_with('"')) return sql.substr(1, sql.find('"', 1) - 1);
    return sql.substr(0, sql.find_first_of(", \n"));
}

}  // namespace

std::string with_plain_sizes(std::string_view sql, std::set<std::string>& sizes) {
    std::string plain;
    for (std::size_t at = sql.find(k_function); at != std::string_view::npos; at = sql.find(k_function)) {
        plain += sql.substr(0, at);
        sql.remove_prefix(at + k_function.size());
        const std::size_t length = parenthesised_length(sql);
        const std::string_view name = column_name_in(sql.substr(length));
        if (name.empty()) {
            plain += k_function;
        } else {
            sizes.emplace(name);
        }
    }
    plain += sql;
    return plain;
}

}  // namespace snapq::page
