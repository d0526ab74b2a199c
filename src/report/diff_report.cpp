#include "report/diff_report.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "report/live_rows.hpp"

namespace snapq::report {

std::string_view name_of(DiffStatus status) {
    switch (status) {
        case DiffStatus::added: return "added";
        case DiffStatus::removed: return "removed";
        case DiffStatus::grown: return "grown";
        case DiffStatus::shrunk: return "shrunk";
        case DiffStatus::same: break;
    }
    return "same";
}

MaybeInteger DiffFigure::delta() const {
    if (!base || !newer) return std::nullopt;
    return saturating_subtract(*newer, *base);
}

DiffStatus DiffRow::status() const {
    if (base_count == 0 && new_count > 0) return DiffStatus::added;
    if (new_count == 0 && base_count > 0) return DiffStatus::removed;
    if (delta() > 0) return DiffStatus::grown;
    return delta() < 0 ? DiffStatus::shrunk : DiffStatus::same;
}

std::string_view DiffRow::why() const {
    if (base_count == 0 || new_count == 0) return "";
    return change_reason({base_bytes, base_count}, {new_bytes, new_count});
}

void add_to(DiffRow& sum, const DiffRow& row) {
    sum.base_bytes = saturating_add(sum.base_bytes, row.base_bytes);
    sum.new_bytes = saturating_add(sum.new_bytes, row.new_bytes);
    sum.base_count = saturating_add(sum.base_count, row.base_count);
    sum.new_count = saturating_add(sum.new_count, row.new_count);
    sum.base_older_bytes = saturating_add(sum.base_older_bytes, row.base_older_bytes);
    sum.new_older_bytes = saturating_add(sum.new_older_bytes, row.new_older_bytes);
}

bool comes_before(const DiffRow& a, const DiffRow& b) {
    const auto rank = [](const DiffRow& row) {
        return std::pair(distance_between(row.new_bytes, row.base_bytes),
                         std::max(row.base_bytes, row.new_bytes));
    };
    if (rank(a) != rank(b)) return rank(a) > rank(b);
    return a.key < b.key;
}

std::size_t bytes_of(const DiffRow& row) {
    std::size_t bytes = sizeof(row) + row.key.raw().size() + row.label.raw().size() + row.op.raw().size();
    for (const UntrustedText& frame : row.stack) bytes += sizeof(frame) + frame.raw().size();
    for (const DiffRow& line : row.lines) bytes += bytes_of(line);
    return bytes;
}

void OtherDiffRows::add(const DiffRow& row) {
    ++count;
    add_to(sum, row);
    largest_delta = std::max(largest_delta, row.delta());
}

DiffRow DiffDevice::total() const {
    DiffRow sum = others.sum;
    sum.key = sum.label = "TOTAL";
    for (const DiffRow& row : rows) add_to(sum, row);
    // The maximum of the total is the peak of the device, not the sum of the maxima of the rows.
    if (peak_requested.base) sum.base_max = DiffMaximum{*peak_requested.base, true};
    if (peak_requested.newer) sum.new_max = DiffMaximum{*peak_requested.newer, true};
    return sum;
}

namespace {

DiffFigure compared_bytes(const DiffDevice& device) {
    const auto at_peak = [](const auto& at) { return !at || at->moment == "peak"; };
    return at_peak(device.base_at) && at_peak(device.new_at) ? device.peak_requested : device.requested;
}

}  // namespace

std::int64_t RankChange::Device::distance() const {
    const MaybeInteger delta = bytes.delta();
    return delta ? distance_between(*delta, 0) : std::numeric_limits<std::int64_t>::max();
}

RankChange change_of(const RankDiff& rank) {
    RankChange change{rank.rank, rank.report.newer, {}};
    for (const DiffDevice& device : rank.report.devices)
        change.devices.push_back({device.device, compared_bytes(device)});
    change.devices.shrink_to_fit();
    return change;
}

}  // namespace snapq::report
