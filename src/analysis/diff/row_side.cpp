#include "analysis/diff/row_side.hpp"

#include <tuple>
#include <utility>

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

}  // namespace snapq::analysis
