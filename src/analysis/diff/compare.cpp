#include <string>
#include <utility>

#include "analysis/diff/sections.hpp"
#include "analysis/top_rows.hpp"
#include "archive/sqlite/row_sorter.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::DiffRow;
using TopDiffRows = TopRows<DiffRow, report::OtherDiffRows>;

// Keys held in memory at a time; each takes a few hundred bytes.
constexpr std::size_t k_most_keys = 2048;

struct Requested {
    std::int64_t base = 0;
    std::int64_t newer = 0;
};

void take_rows(RowMatcher& matcher, TopDiffRows& to) {
    for (DiffRow& row : matcher.take()) to.add(std::move(row));
}

void add_part(SidePart&& part, bool of_base, RowMatcher& matcher, Requested& requested) {
    std::int64_t& sum = of_base ? requested.base : requested.newer;
    sum = saturating_add(sum, part.bytes);
    of_base ? matcher.add_base(std::move(part)) : matcher.add_new(std::move(part));
}

// Sorts parts by their fallback (by their key if they have no fallback), then by their key.
class SortedParts {
public:
    void add(const SidePart& part, bool of_base) {
        const auto maximum = part.maximum.value_or(PartMaximum{});
        m_rows.bind(k_group, std::string_view(part.fallback.empty() ? part.key : part.fallback));
        m_rows.bind(k_key, std::string_view(part.key));
        m_rows.bind(k_of_base, std::int64_t{of_base});
        m_rows.bind(k_fallback, std::string_view(part.fallback));
        m_rows.bind(k_label, std::string_view(part.label));
        m_rows.bind(k_stack_id, part.stack_id);
        m_rows.bind(k_bytes, part.bytes);
        m_rows.bind(k_count, part.count);
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
        part.stack_id = m_rows.maybe_integer(k_stack_id);
        part.bytes = m_rows.integer(k_bytes);
        part.count = m_rows.integer(k_count);
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
        k_stack_id,
        k_bytes,
        k_count,
        k_maximum,
        k_event,
        k_constant,
        k_exact,
        k_columns
    };

    archive::RowSorter m_rows{k_columns, 2};
};

// Parts that can match follow each other, so few keys are held at a time. A site with very many stacks is
// matched in several batches: parts of one key stay together, but stacks whose callers changed are then
// paired within their batch only. Small comparisons take the same path: SQLite sorts them in memory, which
// costs about 1 ms for 100 stacks and 10 ms for 2000.
void match_sorted(const SideDevice* base, const SideDevice* newer, TopDiffRows& to, Requested& requested) {
    SortedParts parts;
    for (const SideDevice* side : {base, newer}) {
        if (side != nullptr) side->each_part([&](SidePart&& part) { parts.add(part, side == base); });
    }
    RowMatcher matcher;
    std::string group;
    std::string key;
    while (parts.next()) {
        SidePart part = parts.part();
        const bool may_cut = parts.group() != group || (matcher.keys() > 2 * k_most_keys && part.key != key);
        if (may_cut && matcher.keys() >= k_most_keys) take_rows(matcher, to);
        group = parts.group();
        key = part.key;
        add_part(std::move(part), parts.of_base(), matcher, requested);
    }
    take_rows(matcher, to);
}

}  // namespace

void compare_rows(report::DiffDevice& device, const SideDevice* base, const SideDevice* newer,
                  std::size_t most_bytes) {
    TopDiffRows rows(most_bytes);
    Requested requested;
    match_sorted(base, newer, rows, requested);
    if (base != nullptr) device.requested.base = requested.base;
    if (newer != nullptr) device.requested.newer = requested.newer;
    device.rows = rows.take();
    device.others = rows.others();
}

}  // namespace snapq::analysis
