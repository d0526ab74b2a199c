#include "timeline/tables/ooms.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "timeline/tables/allocator_rules.hpp"
#include "timeline/tables/makers.hpp"

namespace snapq::timeline {
namespace {

// In bytes. Sites are compared by this much of their text. The texts are kept, so they must be short.
constexpr std::size_t k_longest_site = 1024;

bool has_private_pool(const Layout& layout, const snapshot::Symbols& symbols) {
    bool found = false;
    layout.for_each_segment(
        [&](const SegmentLayout& segment) { found = found || is_private_pool(symbols, segment.range.pool); });
    return found;
}

// ---- what a free range is good for ----

// Part of a free range can be usable: the whole pages of an expandable segment.
struct Use {
    std::uint64_t usable = 0;
    std::string_view reason = {};  // why the rest is not
};

class Fitter {
public:
    Fitter(const FailedRequest& request, const AllocatorSettings& settings, const snapshot::Symbols& symbols,
           bool is_exact)
        : m_request(request), m_settings(settings), m_symbols(symbols), m_is_exact(is_exact) {}

    [[nodiscard]] Use use_of(const SegmentLayout& segment, const FreeRange& free) const {
        // Segments and pages without a block in use go back to the driver before a request fails, so they can
        // serve any request. A private pool in use keeps its segments; one that is not in use has none left
        // when a request fails.
        const bool can_be_released = !is_private_pool(m_symbols, segment.range.pool);
        if (can_be_released && segment.is_cached()) return {free.size};
        const std::string_view reason = reason_against(segment, free);
        if (reason.empty()) return {free.size};
        if (can_be_released && segment.range.expandable) return {whole_pages(segment, free), reason};
        return {0, reason};
    }

private:
    [[nodiscard]] bool is_same_pool(snapshot::TextId pool) const {
        const bool is_private = is_private_pool(m_symbols, pool);
        return is_private == is_private_pool(m_symbols, m_request.pool) &&
               (!is_private || pool == m_request.pool);
    }

    // Why the allocator does not give this range to the request; "" if it does.
    [[nodiscard]] std::string_view reason_against(const SegmentLayout& segment, const FreeRange& free) const {
        const AddressRanges::Range& range = segment.range;
        const bool is_small = segment.is_small();
        if (is_rest_of_block(segment, free, is_small)) return k_unusable_rest;
        if (!is_same_pool(range.pool)) return k_unusable_pool;
        if (range.stream && m_request.stream && *range.stream != *m_request.stream) return k_unusable_stream;
        if (is_small != is_small_request(m_request.size)) return k_unusable_size_class;
        if (exceeds_split_size(free.size)) return k_unusable_max_split_size;
        return {};
    }

    [[nodiscard]] bool exceeds_split_size(std::uint64_t size) const {
        const auto limit = static_cast<std::uint64_t>(m_settings.max_split_size);
        const auto asked = static_cast<std::uint64_t>(m_request.size);
        if (asked < limit) return size >= limit;
        return size >= asked + static_cast<std::uint64_t>(k_largest_unsplit_rest);
    }

    // The allocator does not split a rest of at most 1 MiB off a large block, so a free block there is always
    // larger. In an estimated layout a smaller gap belongs to the block before it.
    [[nodiscard]] bool is_rest_of_block(const SegmentLayout& segment, const FreeRange& free,
                                        bool is_small) const {
        return !m_is_exact && !is_small && !segment.range.expandable && free.offset > 0 &&
               free.size <= static_cast<std::uint64_t>(k_largest_small_request);
    }

    // The bytes of pages that lie wholly in the range. Pages are counted from the beginning of the segment;
    // its end is the end of a page, because whole pages are mapped.
    [[nodiscard]] static std::uint64_t whole_pages(const SegmentLayout& segment, const FreeRange& free) {
        const auto page = static_cast<std::uint64_t>(page_size(segment.is_small()));
        const std::uint64_t end = free.offset + free.size;
        const std::uint64_t first = free.offset / page * page + (free.offset % page == 0 ? 0 : page);
        const std::uint64_t last = end == segment.range.size ? end : end / page * page;
        return last > first ? last - first : 0;
    }

    const FailedRequest& m_request;
    const AllocatorSettings& m_settings;
    const snapshot::Symbols& m_symbols;
    bool m_is_exact;
};

// ---- sums ----

// The unusable bytes by reason, pool and stream.
class UnusableSums {
public:
    void add(std::string_view reason, const AddressRanges::Range& range, std::uint64_t bytes) {
        if (bytes == 0) return;
        Sum& sum = m_sums[{reason, range.pool, range.stream}];
        sum.bytes += bytes;
        sum.largest = std::max(sum.largest, bytes);
    }

    [[nodiscard]] std::vector<OomUnusableRow> rows() const {
        std::vector<OomUnusableRow> rows;
        for (const auto& [key, sum] : m_sums) {
            const auto& [reason, pool, stream] = key;
            rows.push_back({reason, pool, stream, saturated(sum.bytes), saturated(sum.largest)});
        }
        std::ranges::stable_sort(rows, std::ranges::greater(), &OomUnusableRow::bytes);
        if (rows.size() > k_max_unusable) rows.resize(k_max_unusable);
        rows.shrink_to_fit();  // they are kept
        return rows;
    }

private:
    struct Sum {
        WideBytes bytes = 0;
        std::uint64_t largest = 0;
    };
    std::map<std::tuple<std::string_view, snapshot::TextId, std::optional<std::int64_t>>, Sum> m_sums;
};

}  // namespace

RequestReader::RequestReader(const DeviceView& view) : m_view(view), m_classifier(view.snapshot.symbols) {}

FailedRequest RequestReader::request_of(std::int64_t event, const Layout& layout) {
    const snapshot::EventShape& shape = m_view.shape(event);
    FailedRequest request;
    request.size = shape.size;
    if (shape.has_stream) request.stream = shape.stream;
    request.pool = shape.pool;
    if (request.pool) return request;
    if (has_private_pool(layout, m_view.snapshot.symbols)) request.pool = pool_of_site(event, layout);
    if (request.pool.is_none()) request.pool = m_view.replay.default_pool;
    return request;
}

snapshot::TextId RequestReader::pool_of_site(std::int64_t event, const Layout& layout) {
    const snapshot::StackId stack = m_view.stack(event);
    if (stack.is_none()) return {};
    const std::uint32_t site = site_of(stack);
    for (std::uint32_t idx = m_view.elements_before(event); idx > 0; --idx) {
        const snapshot::StackId other = m_view.reader.stack(idx - 1);
        if (other.is_none() || site_of(other) != site) continue;
        if (const snapshot::TextId pool = pool_of(idx - 1, layout)) return pool;
    }
    return {};
}

std::uint32_t RequestReader::site_of(snapshot::StackId stack) {
    if (m_site_of_stack.empty()) m_site_of_stack.resize(m_view.snapshot.symbols.stack_count(), k_no_site);
    std::uint32_t& site = m_site_of_stack[stack.value()];
    if (site == k_no_site) {
        const auto next = static_cast<std::uint32_t>(m_sites.size());
        site = m_sites.try_emplace(m_classifier.classify(stack, k_longest_site).site, next).first->second;
    }
    return site;
}

snapshot::TextId RequestReader::pool_of(std::uint32_t idx, const Layout& layout) const {
    const snapshot::EventShape* shape = m_view.reader.shape(idx);
    if (shape != nullptr && !shape->pool.is_none()) return shape->pool;
    const AddressRanges::Range* range = layout.segment_at(m_view.reader.address(idx));
    return range != nullptr ? range->pool : snapshot::TextId();
}

OomFit fit_request(const Layout& layout, const FailedRequest& request, const AllocatorSettings& settings,
                   const snapshot::Symbols& symbols) {
    const Fitter fitter(request, settings, symbols, layout.is_exact());
    WideBytes usable = 0;
    std::uint64_t largest = 0;
    UnusableSums unusable;
    layout.for_each_segment([&](const SegmentLayout& segment) {
        segment.for_each_free([&](const FreeRange& free) {
            const Use use = fitter.use_of(segment, free);
            usable += use.usable;
            largest = std::max(largest, use.usable);
            unusable.add(use.reason, segment.range, free.size - use.usable);
        });
        for (const PlacedBlock& block : segment.blocks) {
            if (block.pending != 0) unusable.add(k_unusable_pending, segment.range, block.size);
        }
    });
    return {saturated(usable), saturated(largest), unusable.rows()};
}

namespace {

OomRow row_of_event(const DeviceView& view, const Curves& curves, std::int64_t event) {
    const snapshot::EventShape& shape = view.shape(event);
    OomRow row;
    row.event = event;
    row.time_us = view.time_us(event);
    if (shape.has_size) row.requested_bytes = shape.size;
    if (shape.has_device_free) row.device_free_bytes = shape.device_free;
    row.live_bytes = curves.live_after(event);
    row.reserved_bytes = curves.reserved_after(event);
    row.stack = view.stack(event);
    if (shape.has_stream) row.stream = shape.stream;
    row.pool = shape.pool;
    row.pool_is_inferred = shape.pool.is_none();
    return row;
}

// The bytes that the driver did not have; nullopt if the event does not say.
std::optional<WideBytes> missing_bytes(const OomRow& row) {
    if (!row.requested_bytes || !row.device_free_bytes) return std::nullopt;
    return WideBytes{*row.requested_bytes} - *row.device_free_bytes;
}

void set_request(OomRow& row, const AllocatorSettings& settings) {
    if (const auto missing = missing_bytes(row))
        row.short_bytes = saturated(std::max(*missing, WideBytes{0}));
    if (row.requested_bytes && *row.requested_bytes >= 0)
        row.segment_bytes = new_segment_size(*row.requested_bytes, settings);
}

// What the file lacks for a verdict, apart from the layout; "" if it lacks nothing.
std::string_view first_lack(const DeviceView& view, const OomRow& row) {
    if (!row.segment_bytes) return k_lacks_size;
    if (!row.device_free_bytes) return k_lacks_device_free;
    if (!view.final_segments_known() || !row.reserved_bytes) return k_lacks_segments;
    // Segment events can be left out of a recording. Without any, only the final segments are known.
    if (view.replay.reserved.events.empty() && !view.nothing_changes_between(row.event, view.last_event()))
        return k_lacks_segment_events;
    return {};
}

// One verdict is possible without a layout: not even all free bytes together would have been enough.
void decide_without_layout(OomRow& row, std::int64_t active_bytes, std::string_view lack) {
    const bool trusts_reserved = lack == k_lacks_layout || lack == k_lacks_detail;
    const auto missing = missing_bytes(row);
    if (trusts_reserved && missing && *missing > WideBytes{*row.reserved_bytes} - active_bytes) {
        row.fits_without_fragmentation = false;
    } else {
        row.verdict_lacks = lack;
    }
}

}  // namespace

OomEvents find_ooms(const DeviceView& view) {
    OomEvents ooms;
    for (std::int64_t event = 0; event <= view.last_event(); ++event) {
        if (view.shape(event).action != snapshot::Action::oom) continue;
        if (ooms.events.size() < k_max_oom_rows) ooms.events.push_back(event);
        ++ooms.count;
    }
    return ooms;
}

OomMaker::OomMaker(const DeviceView& view, const Curves& curves)
    : m_view(view), m_curves(curves), m_settings(allocator_settings(view.snapshot)), m_requests(view) {}

void OomMaker::add_detail(std::size_t number, std::int64_t event, const MemoryAt& memory) {
    Detail& detail = m_details[number];
    detail.largest_hole_bytes = memory.fragmentation.largest_hole_bytes;
    const snapshot::EventShape& shape = m_view.shape(event);
    if (memory.layout == nullptr || !shape.has_size || shape.size < 0) return;
    const FailedRequest request = m_requests.request_of(event, *memory.layout);
    detail.pool = request.pool;
    detail.fit = fit_request(*memory.layout, request, m_settings, m_view.snapshot.symbols);
}

void OomMaker::set_detail(const Detail& detail, OomRow& row) const {
    if (detail.pool) row.pool = detail.pool;
    if (!detail.fit || first_lack(m_view, row) == k_lacks_segment_events) return;
    row.usable_bytes = detail.fit->usable_bytes;
    row.usable_largest_bytes = detail.fit->usable_largest_bytes;
    row.unusable = detail.fit->unusable;
    if (const auto missing = missing_bytes(row))
        row.fits_without_fragmentation = *missing <= WideBytes{detail.fit->usable_bytes};
}

// A program that tries again after an OOM often changes nothing in between.
bool OomMaker::is_repetition(const OomRow& row, const OomRow& previous) const {
    return row.requested_bytes == previous.requested_bytes && row.stream == previous.stream &&
           row.stack == previous.stack && m_view.nothing_changes_between(previous.event, row.event);
}

std::vector<OomRow> OomMaker::rows(std::span<const std::int64_t> ooms) const {
    std::vector<OomRow> rows;
    if (ooms.empty()) return rows;
    rows.reserve(ooms.size());
    const std::vector<Interval> active = live_intervals(m_view, m_curves.cuts(), Measure::rounded);
    for (const std::int64_t event : ooms) {
        OomRow row = row_of_event(m_view, m_curves, event);
        set_request(row, m_settings);
        const auto detail = m_details.find(rows.size());
        if (detail != m_details.end()) {
            row.largest_hole_bytes = detail->second.largest_hole_bytes;
            set_detail(detail->second, row);
        } else if (!rows.empty() && is_repetition(row, rows.back())) {
            copy_verdict(rows.back(), row);
        }
        if (!row.fits_without_fragmentation) {
            std::string_view lack = first_lack(m_view, row);
            if (lack.empty()) lack = detail != m_details.end() ? k_lacks_layout : k_lacks_detail;
            decide_without_layout(row, active[interval_at(m_curves.cuts(), event)].first, lack);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

void OomMaker::copy_verdict(const OomRow& from, OomRow& to) {
    to.pool = from.pool;
    to.usable_bytes = from.usable_bytes;
    to.usable_largest_bytes = from.usable_largest_bytes;
    const auto missing = missing_bytes(to);
    if (missing && to.usable_bytes) to.fits_without_fragmentation = *missing <= WideBytes{*to.usable_bytes};
}

}  // namespace snapq::timeline
