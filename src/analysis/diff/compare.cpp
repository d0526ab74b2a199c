#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "analysis/diff/match.hpp"
#include "analysis/diff/side.hpp"
#include "analysis/row_groups.hpp"
#include "archive/sqlite/row_sorter.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::DiffRow;
using TopDiffRows = TopRows<DiffRow, report::OtherDiffRows>;

// Keys held in memory at a time; each takes a few hundred bytes.
constexpr std::size_t k_most_keys = 1536;

struct Requested {
    std::int64_t base = 0;
    std::int64_t newer = 0;
};

void take_rows(RowMatcher& matcher, TopDiffRows& to) {
    for (DiffRow& row : matcher.take()) to.add(std::move(row));
}

// Parts of the same group can match.
const std::string& group_of(const SidePart& part) {
    if (part.line) return part.line->function;
    return part.fallback.empty() ? part.key : part.fallback;
}

// Numbers with a space between two.
LinePath path_in(std::string_view text) {
    LinePath path;
    while (!text.empty()) {
        std::int64_t number = 0;
        const char* end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
        path.push_back(number);
        text.remove_prefix(std::min(static_cast<std::size_t>(end - text.data()) + 1, text.size()));
    }
    return path;
}

// Sorts parts by their group, then by their key.
class SortedParts {
public:
    void add(const SidePart& part, bool of_base) {
        const auto maximum = part.maximum.value_or(PartMaximum{});
        const auto line = part.line.value_or(PartLine{});
        m_rows.bind(k_group, std::string_view(group_of(part)));
        m_rows.bind(k_key, std::string_view(part.key));
        m_rows.bind(k_of_base, std::int64_t{of_base});
        m_rows.bind(k_fallback, std::string_view(part.fallback));
        m_rows.bind(k_label, std::string_view(part.label));
        m_rows.bind(k_op, std::string_view(part.op));
        m_rows.bind(k_line, part.line ? std::optional(line.number) : std::nullopt);
        const std::string path = fmt::format("{}", fmt::join(line.path, " "));
        m_rows.bind(k_path, std::string_view(path));
        m_rows.bind(k_label_at, static_cast<std::int64_t>(line.label_at));
        m_rows.bind(k_stack_id, part.stack_id);
        m_rows.bind(k_bytes, part.bytes);
        m_rows.bind(k_count, part.count);
        m_rows.bind(k_older, part.older_bytes);
        m_rows.bind(k_maximum, part.maximum ? std::optional(maximum.bytes) : std::nullopt);
        m_rows.bind(k_event, maximum.event);
        m_rows.bind(k_constant, std::int64_t{maximum.constant});
        m_rows.bind(k_exact, std::int64_t{maximum.exact});
        m_rows.add();
    }

    [[nodiscard]] bool next() { return m_rows.next(); }
    [[nodiscard]] std::string_view group() const { return m_rows.text(k_group); }
    [[nodiscard]] bool of_base() const { return m_rows.integer(k_of_base) != 0; }
    [[nodiscard]] SidePart part() const {
        SidePart part;
        part.key = m_rows.text(k_key);
        part.fallback = m_rows.text(k_fallback);
        part.label = m_rows.text(k_label);
        part.op = m_rows.text(k_op);
        if (!m_rows.is_null(k_line)) {
            part.line = PartLine{std::string(group()), m_rows.integer(k_line), path_in(m_rows.text(k_path)),
                                 static_cast<std::size_t>(m_rows.integer(k_label_at))};
        }
        part.stack_id = m_rows.maybe_integer(k_stack_id);
        part.bytes = m_rows.integer(k_bytes);
        part.count = m_rows.integer(k_count);
        part.older_bytes = m_rows.integer(k_older);
        if (!m_rows.is_null(k_maximum)) {
            part.maximum = PartMaximum{m_rows.integer(k_maximum), m_rows.maybe_integer(k_event),
                                       m_rows.integer(k_constant) != 0, m_rows.integer(k_exact) != 0};
        }
        return part;
    }

private:
    enum Column {
        k_group,
        k_key,
        k_of_base,
        k_fallback,
        k_label,
        k_op,
        k_line,
        k_path,
        k_label_at,
        k_stack_id,
        k_bytes,
        k_count,
        k_older,
        k_maximum,
        k_event,
        k_constant,
        k_exact,
        k_columns
    };

    archive::RowSorter m_rows{k_columns, 2};
};

// The parts are sorted so that those that can match follow each other, and few keys are held at a time. A
// site with very many stacks is matched in several batches: parts of one key stay together, but stacks whose
// callers changed are then paired within their batch only. Small comparisons take the same path: SQLite sorts
// them in memory, which costs about 1 ms for 100 stacks and 10 ms for 2000.
class SortedMatcher {
public:
    SortedMatcher(LineMatcher::Rows rows, TopDiffRows& to)
        : m_to(to), m_lines(rows, [&to](DiffRow&& row) { to.add(std::move(row)); }) {}

    void add(SidePart&& part, bool of_base) {
        std::int64_t& sum = of_base ? m_requested.base : m_requested.newer;
        sum = saturating_add(sum, part.bytes);
        part.line ? m_lines.add(std::move(part), of_base) : add_by_key(std::move(part), of_base);
    }

    Requested finish() {
        m_lines.finish();
        take_rows(m_by_key, m_to);
        return m_requested;
    }

private:
    void add_by_key(SidePart&& part, bool of_base) {
        const bool may_cut =
            group_of(part) != m_group || (m_by_key.keys() > 2 * k_most_keys && part.key != m_key);
        if (may_cut && m_by_key.keys() >= k_most_keys) take_rows(m_by_key, m_to);
        m_group = group_of(part);
        m_key = part.key;
        of_base ? m_by_key.add_base(std::move(part)) : m_by_key.add_new(std::move(part));
    }

    TopDiffRows& m_to;
    LineMatcher m_lines;
    RowMatcher m_by_key;
    std::string m_group;
    std::string m_key;
    Requested m_requested;
};

}  // namespace

void compare_rows(report::DiffDevice& device, const SideDevice* base, const SideDevice* newer, KeyKind by,
                  std::size_t most_bytes) {
    SortedParts parts;
    for (const SideDevice* side : {base, newer}) {
        if (side != nullptr) side->each_part([&](SidePart&& part) { parts.add(part, side == base); });
    }
    TopDiffRows rows(most_bytes);
    SortedMatcher matcher(by == KeyKind::function ? LineMatcher::Rows::functions : LineMatcher::Rows::lines,
                          rows);
    while (parts.next()) matcher.add(parts.part(), parts.of_base());
    const Requested requested = matcher.finish();
    if (base != nullptr) device.requested.base = requested.base;
    if (newer != nullptr) device.requested.newer = requested.newer;
    device.rows = rows.take();
    device.others = rows.others();
}

}  // namespace snapq::analysis
