#include "analysis/diff_match.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "snapq/support/saturating.hpp"

namespace snapq::analysis {
namespace {

using report::DiffMaximum;
using report::DiffRow;

// The maximum over time of several parts together, as far as their own maxima tell it.
class JointMaximum {
public:
    void add(const std::optional<PartMaximum>& part) {
        if (!part) {
            m_known = false;
            return;
        }
        m_sum = saturating_add(m_sum, part->bytes);
        if (!part->exact) m_exact = false;
        if (part->constant || part->bytes == 0) return;
        // Reached at the same event, the maxima do add up.
        if (m_varying && m_event != part->event) m_exact = false;
        m_event = part->event;
        m_varying = true;
    }

    // `live`: what the parts held together at the compared moment.
    [[nodiscard]] std::optional<DiffMaximum> result(std::int64_t live) const {
        if (!m_known) return std::nullopt;
        return DiffMaximum{m_sum, m_exact || live == m_sum};
    }

private:
    std::int64_t m_sum = 0;
    std::optional<std::int64_t> m_event;
    bool m_varying = false;
    bool m_exact = true;
    bool m_known = true;
};

// All parts of one key on one side.
struct Side {
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    bool present = false;  // at any time
    std::vector<const SidePart*> parts;

    void add(const SidePart& part) {
        bytes = saturating_add(bytes, part.bytes);
        count = saturating_add(count, part.count);
        present = true;
        parts.push_back(&part);
    }
    void add(const Side& other) {
        for (const SidePart* part : other.parts) add(*part);
    }
    [[nodiscard]] std::optional<DiffMaximum> maximum() const {
        JointMaximum joint;
        for (const SidePart* part : parts) joint.add(part->maximum);
        return joint.result(bytes);
    }
};

struct Pair {
    Side base;
    Side newer;

    void add(const Pair& other) {
        base.add(other.base);
        newer.add(other.newer);
    }
    [[nodiscard]] bool live() const { return base.count > 0 || newer.count > 0; }
    // The one live side of a key that the other side never had.
    [[nodiscard]] const Side* lonely() const {
        if (!live() || base.present == newer.present) return nullptr;
        return base.present ? &base : &newer;
    }
};

// Ordered, so that nothing depends on the order of an archive's rows.
using Pairs = std::map<std::string, Pair>;

const SidePart* heaviest(const Side& side) {
    const SidePart* best = nullptr;
    for (const SidePart* part : side.parts) {
        if (best == nullptr || part->bytes > best->bytes ||
            (part->bytes == best->bytes &&
             std::tie(part->label, part->stack_id) < std::tie(best->label, best->stack_id))) {
            best = part;
        }
    }
    return best;
}

DiffRow make_row(const std::string& key, const Pair& pair) {
    DiffRow row;
    row.key = key;
    row.base_bytes = pair.base.bytes;
    row.base_count = pair.base.count;
    row.base_max = pair.base.maximum();
    row.new_bytes = pair.newer.bytes;
    row.new_count = pair.newer.count;
    row.new_max = pair.newer.maximum();
    if (const SidePart* part = heaviest(pair.base)) row.base_stack_id = part->stack_id;
    if (const SidePart* part = heaviest(pair.newer)) row.new_stack_id = part->stack_id;
    row.label = heaviest(pair.newer.count > 0 ? pair.newer : pair.base)->label;
    return row;
}

Pairs match_by_key(const std::vector<SidePart>& base, const std::vector<SidePart>& newer) {
    Pairs pairs;
    for (const SidePart& part : base) pairs[part.key].base.add(part);
    for (const SidePart& part : newer) pairs[part.key].newer.add(part);
    return pairs;
}

struct Leftovers {
    std::vector<Pairs::iterator> base;
    std::vector<Pairs::iterator> newer;
};

std::map<std::string, Leftovers> leftovers_of(Pairs& pairs) {
    std::map<std::string, Leftovers> groups;
    for (auto at = pairs.begin(); at != pairs.end(); ++at) {
        const Side* side = at->second.lonely();
        if (side == nullptr) continue;
        const std::string& fallback = side->parts.front()->fallback;
        if (fallback.empty()) continue;
        Leftovers& group = groups[fallback];
        (side == &at->second.base ? group.base : group.newer).push_back(at);
    }
    return groups;
}

// Takes the partners out of `pairs` and makes them one row.
DiffRow join_leftovers(Pairs& pairs, const std::string& fallback, const Leftovers& group) {
    Pair joint;
    for (const auto& at : group.base) joint.add(at->second);
    for (const auto& at : group.newer) joint.add(at->second);
    const bool single = group.base.size() == 1 && group.newer.size() == 1;
    DiffRow row = make_row(single ? group.newer[0]->first : fallback + " [changed callers]", joint);
    for (const auto& at : group.base) pairs.erase(at);
    for (const auto& at : group.newer) pairs.erase(at);
    return row;
}

}  // namespace

void sort_rows(std::vector<DiffRow>& rows) {
    const auto rank = [](const DiffRow& row) {
        return std::pair(distance_between(row.new_bytes, row.base_bytes),
                         std::max(row.base_bytes, row.new_bytes));
    };
    std::ranges::sort(rows, [&](const DiffRow& a, const DiffRow& b) {
        if (rank(a) != rank(b)) return rank(a) > rank(b);
        return a.key < b.key;
    });
}

std::vector<DiffRow> match_rows(const std::vector<SidePart>& base, const std::vector<SidePart>& newer) {
    Pairs pairs = match_by_key(base, newer);
    std::vector<DiffRow> rows;
    for (const auto& [fallback, group] : leftovers_of(pairs)) {
        if (group.base.empty() || group.newer.empty()) continue;
        rows.push_back(join_leftovers(pairs, fallback, group));
    }
    for (const auto& [key, pair] : pairs) {
        if (pair.live()) rows.push_back(make_row(key, pair));
    }
    sort_rows(rows);
    return rows;
}

}  // namespace snapq::analysis
