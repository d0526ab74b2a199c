#include "analysis/summary/sections.hpp"

#include <fmt/format.h>

#include <map>
#include <unordered_map>
#include <utility>

#include "analysis/figures.hpp"
#include "analysis/live_rows.hpp"
#include "analysis/row_access.hpp"

namespace snapq::analysis {
namespace {

using report::OomReport;

constexpr std::size_t k_top_sites = 5;
// A limit, because a program may run out of memory and recover any number of times. Table `oom` has all
// events.
constexpr std::size_t k_most_reports = 100;

OomReport read_report(const archive::Query& row, std::int64_t number) {
    OomReport oom;
    oom.number = number;
    oom.event = oom.last_event = row.integer(0);
    oom.time_us = row.maybe_integer(1);
    oom.asked_bytes = row.maybe_integer(2);
    oom.device_free_bytes = row.maybe_integer(3);
    oom.requested_bytes = row.maybe_integer(4);
    oom.reserved_bytes = row.maybe_integer(5);
    oom.short_bytes = row.maybe_integer(6);
    oom.largest_hole_bytes = row.maybe_integer(7);
    if (!row.is_null(8)) oom.fits_without_fragmentation = row.integer(8) != 0;
    oom.stack_id = row.maybe_integer(9);
    oom.stream = row.maybe_integer(10);
    oom.pool = maybe_text(row, 11);
    oom.pool_inferred = row.integer(12) != 0;
    oom.segment_bytes = row.maybe_integer(13);
    oom.usable_bytes = row.maybe_integer(14);
    oom.usable_largest_bytes = row.maybe_integer(15);
    oom.verdict_lacks = row.text(16);
    return oom;
}

std::vector<OomReport> grouped_events(archive::Database& database, std::int64_t device) {
    archive::Query rows = database.prepare(
        "SELECT event, time_us, requested_bytes, device_free_bytes, live_bytes, reserved_bytes, short_bytes, "
        "largest_hole_bytes, fits_without_fragmentation, stack_id, stream, abbreviate(pool_id), "
        "pool_inferred, "
        "segment_bytes, usable_bytes, usable_largest_bytes, abbreviate(verdict_lacks) FROM oom "
        "WHERE device = ?1 ORDER BY event");
    rows.bind(1, device);
    std::vector<OomReport> reports;
    std::map<std::pair<report::MaybeInteger, report::MaybeInteger>, std::size_t> by_request;
    for (std::int64_t number = 0; rows.next(); ++number) {
        const auto request = std::pair(rows.maybe_integer(9), rows.maybe_integer(2));
        const auto found = by_request.find(request);
        if (found != by_request.end()) {
            ++reports[found->second].attempts;
            reports[found->second].last_event = rows.integer(0);
        } else if (reports.size() < k_most_reports) {
            by_request.emplace(request, reports.size());
            reports.push_back(read_report(rows, number));
        }
    }
    return reports;
}

void add_unusable(archive::Database& database, std::int64_t device, const StreamNames& streams,
                  OomReport& oom) {
    constexpr std::int64_t k_most_rows = 100;  // as many as the conversion writes
    archive::Query rows = database.prepare(fmt::format(
        "SELECT abbreviate(reason), abbreviate(pool_id), stream, bytes, largest_bytes FROM oom_unusable "
        "WHERE {} AND event = ?2 ORDER BY bytes DESC LIMIT ?3",
        rows_of_device(database, "oom_unusable", device)));
    rows.bind(1, device);
    rows.bind(2, oom.event);
    rows.bind(3, k_most_rows);
    while (rows.next()) {
        report::UnusableMemory memory{.reason = std::string(rows.text(0)),
                                      .pool = maybe_text(rows, 1),
                                      .stream = rows.maybe_integer(2),
                                      .bytes = rows.integer(3),
                                      .largest_bytes = rows.integer(4)};
        if (memory.stream) memory.stream_label = streams.name_of(*memory.stream);
        oom.unusable.push_back(std::move(memory));
    }
    if (oom.stream) oom.stream_label = streams.name_of(*oom.stream);
}

using BytesByKey = std::unordered_map<UntrustedText, std::int64_t>;

BytesByKey bytes_at_peak(archive::Database& database, std::int64_t device) {
    BytesByKey bytes;
    for (const report::LiveRow& row :
         live_rows(database, device, {.event = -1, .prepared = "peak"}, {}).rows) {
        bytes[row.key] = row.bytes;
    }
    return bytes;
}

void add_top_sites(OomReport& oom, report::LiveRows&& live, const std::vector<BytesByKey>& others) {
    for (report::LiveRow& row : live.rows) {
        if (oom.top.size() == k_top_sites) break;
        report::OomSite site{std::move(row), {}};
        for (const BytesByKey& bytes : others) {
            const auto found = bytes.find(site.row.key);
            site.other_bytes.push_back(found == bytes.end() ? 0 : found->second);
        }
        oom.top.push_back(std::move(site));
    }
}

}  // namespace

std::vector<OomReport> oom_reports(archive::Database& database, std::int64_t device,
                                   std::span<const std::int64_t> others) {
    std::vector<OomReport> reports = grouped_events(database, device);
    if (reports.empty()) return reports;
    std::vector<BytesByKey> bytes_of_others;
    for (const std::int64_t other : others) bytes_of_others.push_back(bytes_at_peak(database, other));
    StackKeys keys(database, KeyKind::site);
    const StreamNames streams(database, device);
    for (OomReport& oom : reports) {
        add_unusable(database, device, streams, oom);
        oom.site = keys.key_of(oom.stack_id, false);
        oom.other_devices.assign(others.begin(), others.end());
        const std::string moment = fmt::format("oom:{}", oom.number);
        oom.fragmentation = fragmentation_at(database, device, moment);
        // Events after the prepared ones have figures, but their sites would need a scan of all allocations.
        if (!oom.fragmentation) continue;
        add_top_sites(oom,
                      live_rows(database, device, live_at_named(moment, oom.event, database, device), {}),
                      bytes_of_others);
    }
    return reports;
}

}  // namespace snapq::analysis
