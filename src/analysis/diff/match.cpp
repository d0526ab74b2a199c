#include "analysis/diff/match.hpp"

#include <fmt/format.h>

#include <tuple>
#include <utility>

#include "analysis/keys.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {

using report::DiffMaximum;
using report::DiffRow;

void JointMaximum::add(const std::optional<PartMaximum>& part) {
    if (!part) {
        m_known = false;
        return;
    }
    JointMaximum single;
    single.m_sum = part->bytes;
    single.m_exact = part->exact;
    single.m_varying = !part->constant && part->bytes != 0;
    single.m_event = part->event;
    add(single);
}

void JointMaximum::add(const JointMaximum& other) {
    m_known = m_known && other.m_known;
    m_sum = saturating_add(m_sum, other.m_sum);
    m_exact = m_exact && other.m_exact;
    if (!other.m_varying) return;
    // Maxima reached at the same event can be added.
    if (m_varying && m_event != other.m_event) m_exact = false;
    m_event = other.m_event;
    m_varying = true;
}

std::optional<DiffMaximum> JointMaximum::result(std::int64_t live) const {
    if (!m_known) return std::nullopt;
    return DiffMaximum{m_sum, m_exact || live == m_sum};
}

void RowSide::add(SidePart&& part) {
    bytes = saturating_add(bytes, part.bytes);
    count = saturating_add(count, part.count);
    older_bytes = saturating_add(older_bytes, part.older_bytes);
    maximum.add(part.maximum);
    set_op(part.op, part.maximum ? part.maximum->bytes : part.bytes);
    name_by(std::move(part));
    present = true;
}

void RowSide::add(RowSide&& other) {
    if (!other.present) return;
    bytes = saturating_add(bytes, other.bytes);
    count = saturating_add(count, other.count);
    older_bytes = saturating_add(older_bytes, other.older_bytes);
    maximum.add(other.maximum);
    set_op(other.op, other.op_bytes);
    name_by(std::move(other.largest));
    present = true;
}

std::int64_t RowSide::most_bytes() const {
    const std::optional<DiffMaximum> most = maximum.result(bytes);
    return most ? most->bytes : bytes;
}

void RowSide::name_by(SidePart&& part) {
    if (present && part.bytes < largest.bytes) return;
    const bool equal = present && part.bytes == largest.bytes;
    if (equal && std::tie(part.label, part.stack_id) >= std::tie(largest.label, largest.stack_id)) return;
    largest = std::move(part);
}

void RowSide::set_op(const std::string& new_op, std::int64_t new_bytes) {
    if (present && std::tie(new_bytes, op) <= std::tie(op_bytes, new_op)) return;
    op = new_op;
    op_bytes = new_bytes;
}

DiffRow make_row(const std::string& key, RowSide&& base, RowSide&& newer) {
    DiffRow row;
    row.key = key;
    row.base_bytes = base.bytes;
    row.base_count = base.count;
    row.base_older_bytes = base.older_bytes;
    row.base_max = base.maximum.result(base.bytes);
    row.new_bytes = newer.bytes;
    row.new_count = newer.count;
    row.new_older_bytes = newer.older_bytes;
    row.new_max = newer.maximum.result(newer.bytes);
    row.base_stack_id = base.largest.stack_id;
    row.new_stack_id = newer.largest.stack_id;
    SidePart& named_by = (newer.count > 0 ? newer : base).largest;
    row.label = std::move(named_by.label);
    row.op = std::move(named_by.op);
    return row;
}

const RowSide* RowMatcher::Pair::unmatched_side() const {
    if (!live() || base.present == newer.present) return nullptr;
    return base.present ? &base : &newer;
}

void RowMatcher::add_base(SidePart&& part) {
    add(std::move(part), &Pair::base);
}

void RowMatcher::add_new(SidePart&& part) {
    add(std::move(part), &Pair::newer);
}

void RowMatcher::add(SidePart&& part, RowSide Pair::*side) {
    Pair& pair = m_pairs[part.key];
    pair.fallback = std::move(part.fallback);
    (pair.*side).add(std::move(part));
}

std::map<std::string, RowMatcher::Unmatched> RowMatcher::unmatched() {
    std::map<std::string, Unmatched> groups;
    for (auto at = m_pairs.begin(); at != m_pairs.end(); ++at) {
        const RowSide* side = at->second.unmatched_side();
        if (side == nullptr || at->second.fallback.empty()) continue;
        Unmatched& group = groups[at->second.fallback];
        (side == &at->second.base ? group.base : group.newer).push_back(at);
    }
    return groups;
}

// Removes the unmatched keys of one fallback and makes them one row.
DiffRow RowMatcher::join(const std::string& fallback, const Unmatched& group) {
    const bool single = group.base.size() == 1 && group.newer.size() == 1;
    const std::string key = single ? group.newer[0]->first : fallback + " [changed callers]";
    Pair joint;
    for (const auto& at : group.base) joint.base.add(std::move(at->second.base));
    for (const auto& at : group.newer) joint.newer.add(std::move(at->second.newer));
    for (const auto& at : group.base) m_pairs.erase(at);
    for (const auto& at : group.newer) m_pairs.erase(at);
    return make_row(key, std::move(joint.base), std::move(joint.newer));
}

std::vector<DiffRow> RowMatcher::take() {
    std::vector<DiffRow> rows;
    for (const auto& [fallback, group] : unmatched()) {
        if (!group.base.empty() && !group.newer.empty()) rows.push_back(join(fallback, group));
    }
    for (auto& [key, pair] : m_pairs) {
        if (pair.live()) rows.push_back(make_row(key, std::move(pair.base), std::move(pair.newer)));
    }
    m_pairs.clear();
    return rows;
}

namespace {

using report::MaybeInteger;

// Memory for the lines below one function: about 200 lines.
constexpr std::size_t k_most_line_bytes = std::size_t{64} << 10U;
// Lines of both sides together. If a function has more, at least one side has too many to align.
constexpr std::size_t k_most_lines = 2 * k_most_aligned_lines;

std::vector<PathLine> path_lines(const std::map<LinePath, RowSide>& lines) {
    std::vector<PathLine> found;
    found.reserve(lines.size());
    for (const auto& [path, side] : lines) found.push_back({&path, side.most_bytes(), side.op});
    return found;
}

std::vector<RowSide*> sides_of(std::map<LinePath, RowSide>& lines) {
    std::vector<RowSide*> sides;
    sides.reserve(lines.size());
    for (auto& [path, side] : lines) sides.push_back(&side);
    return sides;
}

MaybeInteger number_of(const RowSide& side) {
    return side.present && side.largest.line->number >= 0 ? MaybeInteger(side.largest.line->number)
                                                          : std::nullopt;
}

std::string number_text(MaybeInteger number) {
    return number ? std::to_string(*number) : "?";
}

// ":22", or ":22 → 25" for a line that moved.
std::string line_text(const RowSide& base, const RowSide& newer) {
    if (!newer.present) return ":" + number_text(number_of(base));
    const std::string number = number_text(number_of(newer));
    if (!base.present || number_of(base) == number_of(newer)) return ":" + number;
    return fmt::format(":{} → {}", number_text(number_of(base)), number);
}

}  // namespace

LineMatcher::LineMatcher(Rows rows, UseRow use) : m_rows(rows), m_use(std::move(use)) {}

void LineMatcher::add(SidePart&& part, bool of_base) {
    if (part.line->function != m_function) {
        finish();
        m_function = part.line->function;
    }
    if (m_base.size() + m_newer.size() > k_most_lines && part.key != m_key) {
        m_cut = true;
        take_lines();
    }
    m_key = part.key;
    (of_base ? m_base : m_newer)[part.line->path].add(std::move(part));
}

void LineMatcher::finish() {
    take_lines();
    if (m_rows == Rows::functions) take_function();
    m_cut = false;
}

void LineMatcher::take_lines() {
    const std::vector<PathLine> base = path_lines(m_base);
    const std::vector<PathLine> newer = path_lines(m_newer);
    std::vector<RowSide*> base_sides = sides_of(m_base);
    std::vector<RowSide*> new_sides = sides_of(m_newer);
    for (const auto& [i, j] : m_cut ? pair_equal_paths(base, newer) : align_paths(base, newer)) {
        take_line(base_sides[i], new_sides[j]);
        base_sides[i] = new_sides[j] = nullptr;
    }
    for (RowSide* side : base_sides) {
        if (side != nullptr) take_line(side, nullptr);
    }
    for (RowSide* side : new_sides) {
        if (side != nullptr) take_line(nullptr, side);
    }
    m_base.clear();
    m_newer.clear();
}

void LineMatcher::take_line(RowSide* base, RowSide* newer) {
    RowSide none_of_base;
    RowSide none_of_new;
    RowSide& base_side = base != nullptr ? *base : none_of_base;
    RowSide& new_side = newer != nullptr ? *newer : none_of_new;
    if (m_rows == Rows::functions) {
        m_base_sum.add(RowSide(base_side));
        m_newer_sum.add(RowSide(new_side));
    }
    if (base_side.count == 0 && new_side.count == 0) return;
    DiffRow row = row_of_line(base_side, new_side);
    if (m_rows == Rows::lines) return m_use(std::move(row));
    if (!m_lines) m_lines.emplace(k_most_line_bytes);
    m_lines->add(std::move(row));
}

// The key names the line of the new side. A line that only the base has can have the same number as another
// line of the new side.
DiffRow LineMatcher::row_of_line(RowSide& base, RowSide& newer) const {
    std::string key = (newer.present ? newer : base).largest.key;
    if (!newer.present && m_newer.contains(base.largest.line->path)) key += " [removed]";
    const std::string line = line_text(base, newer);
    const MaybeInteger base_line = number_of(base);
    const MaybeInteger new_line = number_of(newer);
    const std::size_t at = (newer.count > 0 ? newer : base).largest.line->label_at;
    DiffRow row = make_row(key, std::move(base), std::move(newer));
    std::string label = row.label.raw();
    label.insert(at, line);
    if (!row.op.empty()) label += fmt::format(" ({})", row.op.raw());
    row.label = std::move(label);
    row.base_line = base_line;
    row.new_line = new_line;
    return row;
}

void LineMatcher::take_function() {
    if (m_base_sum.count > 0 || m_newer_sum.count > 0) {
        DiffRow row = make_row(m_function, std::move(m_base_sum), std::move(m_newer_sum));
        row.op = {};  // the op of one line is not the op of the function
        row.lines = m_lines->take();
        const report::OtherDiffRows& others = m_lines->others();
        if (others.count > 0) {
            row.other_lines = others.count;
            row.lines.push_back(others.sum);
            row.lines.back().key = k_other;
            row.lines.back().label = fmt::format("[{} other lines]", others.count);
        }
        m_use(std::move(row));
    }
    m_base_sum = m_newer_sum = RowSide{};
    m_lines.reset();
}

}  // namespace snapq::analysis
