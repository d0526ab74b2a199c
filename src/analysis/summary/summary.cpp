#include "analysis/summary/summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "analysis/categories.hpp"
#include "analysis/category_rules.hpp"
#include "analysis/figures.hpp"
#include "analysis/row_access.hpp"
#include "analysis/summary/sections.hpp"
#include "analysis/summary/verdict.hpp"
#include "archive/sqlite/database.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::ArchiveSummary;
using report::DeviceFigures;
using report::DeviceSummary;

std::optional<report::Key> peak_site(archive::Database& database, const DeviceFigures& figures,
                                     bool in_window) {
    if (!figures.has_trace || figures.peak_event.value_or(-1) < 0) return std::nullopt;
    // In a window, the highest state may be the one at its beginning, which no allocation in the window has
    // reached.
    if (in_window && !figures.peak_timestep) return std::nullopt;
    return StackKeys(database, KeyKind::site).key_of(figures.peak_stack_id, false);
}

std::vector<report::CurvePoint> read_curve(archive::Database& database, std::int64_t device) {
    archive::Query rows = database.prepare(
        "SELECT event, requested_bytes, reserved_bytes FROM timeline WHERE device = ?1 ORDER BY event");
    rows.bind(1, device);
    std::vector<report::CurvePoint> curve;
    while (rows.next()) curve.push_back({rows.integer(0), rows.integer(1), rows.maybe_integer(2)});
    return curve;
}

// If the rows are sites, the sites in other sections have the same names as the rows.
Grouping sites_like(const Grouping& rows) {
    Grouping sites;
    if (rows.by == KeyKind::site) sites.site_depth = rows.site_depth;
    return sites;
}

// The memory for the rows of all devices together, divided among the devices that have not been read yet.
class RowRoom {
public:
    RowRoom(archive::Database& database, const SummaryOptions& options, std::size_t devices)
        : m_stacks(database, options.stacks), m_room(options.grouping.most_bytes), m_devices(devices) {}

    // Bytes of memory for the rows of the next device while they are collected: enough for some hundred rows,
    // of which the first ones are kept.
    [[nodiscard]] std::size_t next_share() {
        constexpr std::size_t k_least = std::size_t{64} << 10U;
        const std::size_t share = m_room / std::max<std::size_t>(m_devices, 1);
        if (m_devices > 0) --m_devices;
        return std::max(share, std::min(m_room, k_least));
    }

    // Counts the memory of the rows that are kept, and adds their stacks.
    void keep(std::vector<report::LiveRow>& rows) {
        for (report::LiveRow& row : rows) {
            m_room -= std::min(m_room, bytes_of(row));
            row.stack = m_stacks.frames_of(row.stack_id);
        }
    }

private:
    StackFrameReader m_stacks;
    std::size_t m_room;
    std::size_t m_devices;
};

// Shows the calls in place of the rows.
void show_tree(archive::Database& database, const LiveAt& at, const CallTreeOptions& options,
               DeviceSummary& summary) {
    summary.top = std::vector<report::LiveRow>();
    summary.others = std::nullopt;
    summary.other_keys = 0;
    summary.tree = call_tree(database, summary.figures.device, at, options);
}

// The categories at the moment of the rows. With rules, the moment need not be prepared, and `rows` may have
// them already.
std::vector<report::CategoryBytes> categories_of(archive::Database& database, std::int64_t device,
                                                 const LiveAt& at, const Grouping& grouping,
                                                 const report::LiveRows& rows,
                                                 std::vector<bool>& used_rules) {
    if (grouping.rules && grouping.by == KeyKind::category) {
        merge_matches(used_rules, rows.used_rules);
        return categories_in(rows);
    }
    if (grouping.rules) return ruled_categories_at(database, device, at, grouping, used_rules);
    if (at.prepared.empty()) return {};
    return categories_at(database, device, at.prepared).value_or(std::vector<report::CategoryBytes>());
}

// What the devices of a summary have in common.
struct Shared {
    RowRoom room;
    std::vector<bool> used_rules{};  // of the user's rules for categories
};

DeviceSummary summarize_device(archive::Database& database, const DeviceFigures& figures,
                               const SummaryOptions& options, const LiveAt& at, Shared& shared) {
    DeviceSummary summary;
    summary.figures = figures;
    summary.peak_site = peak_site(database, figures, options.window.has_value());
    summary.at = text_of(options.at);
    summary.at_event = at.event;
    if (options.window) summary.window = text_of(*options.window);
    summary.by = options.tree ? k_by_tree : name_of(options.grouping.by);
    const LiveAt peak = peak_of(options.window, figures);
    Grouping grouping = options.grouping;
    grouping.most_bytes = shared.room.next_share();
    report::LiveRows rows = live_rows(database, figures.device, at, grouping);
    summary.peak_sites =
        largest_sites(options.grouping.by == KeyKind::site && at == peak
                          ? rows.rows
                          : live_rows(database, figures.device, peak, sites_like(options.grouping)).rows);
    if (options.with_details)
        summary.categories = categories_of(database, figures.device, at, grouping, rows, shared.used_rules);
    move_top_rows(std::move(rows), options.top, summary);
    if (options.tree) {
        show_tree(database, at, *options.tree, summary);
    } else {
        shared.room.keep(summary.top);
    }
    if (!at.prepared.empty()) summary.fragmentation = fragmentation_at(database, figures.device, at.prepared);
    summary.category_basis = meta_text(database, "category_basis");
    if (options.with_curve) summary.curve = read_curve(database, figures.device);
    if (!options.with_details) return summary;
    summary.pending = pending_at(database, figures.device, at.prepared);
    summary.leaks = leak_suspects(database, figures.device);
    summary.steps = step_summary(database, figures.device);
    summary.remarks = device_remarks(database, figures, summary.leaks);
    summary.advice = device_advice(database, figures);
    return summary;
}

// With a window, it adds only the errors inside the window.
void add_oom_reports(archive::Database& database, const std::vector<DeviceFigures>& all,
                     const std::optional<Window>& window, DeviceSummary& summary) {
    if (summary.figures.oom_events.value_or(0) == 0) return;
    std::vector<std::int64_t> others;
    for (const DeviceFigures& figures : all) {
        const bool is_comparable = figures.device != k_host_device;
        if (is_comparable && figures.device != summary.figures.device) others.push_back(figures.device);
    }
    summary.ooms = oom_reports(database, summary.figures.device, others);
    if (!window) return;
    std::erase_if(summary.ooms, [&](const report::OomReport& oom) {
        return !overlaps(*window, database, summary.figures.device, oom.event, oom.last_event);
    });
}

bool is_wanted(const SummaryOptions& options, const DeviceFigures& figures) {
    return !options.device || *options.device == figures.device;
}

void require_device(const std::vector<DeviceFigures>& devices, const SummaryOptions& options) {
    if (!options.device ||
        std::ranges::any_of(devices, [&](const auto& one) { return is_wanted(options, one); }))
        return;
    std::vector<std::int64_t> numbers;
    for (const DeviceFigures& figures : devices) numbers.push_back(figures.device);
    throw no_such_device(*options.device, numbers);
}

// If only some devices have the moment, such as an OOM, the user wants to see these.
void add_devices(archive::Database& database, const SummaryOptions& options, ArchiveSummary& summary) {
    const std::vector<DeviceFigures> devices = device_figures(database);
    require_device(devices, options);
    std::exception_ptr without_moment;
    const std::size_t shown_devices = options.device ? 1 : std::max<std::size_t>(devices.size(), 1);
    Shared shared{RowRoom(database, options, shown_devices)};
    SummaryOptions of_device = options;
    if (of_device.tree) of_device.tree->most_bytes /= shown_devices;
    for (const DeviceFigures& figures : devices) {
        if (!is_wanted(options, figures)) continue;
        LiveAt at;
        DeviceFigures shown = figures;
        try {
            if (options.window) shown = figures_within(*options.window, database, figures);
            at = live_at(options.at, options.window, database, shown);
        } catch (const Error& error) {
            if (!without_moment) without_moment = std::current_exception();
            summary.remarks.emplace_back(
                fmt::format("{} is left out: {}", device_label(figures.device), error.what()));
            continue;
        }
        summary.devices.push_back(summarize_device(database, shown, of_device, at, shared));
        add_oom_reports(database, devices, options.window, summary.devices.back());
    }
    if (summary.devices.empty() && without_moment) std::rethrow_exception(without_moment);
    if (!options.grouping.rules || !options.with_details) return;
    const std::string where = fmt::format("live at {}", text_of(options.at));
    std::ranges::move(options.grouping.rules->remarks_on_unused(shared.used_rules, where),
                      std::back_inserter(summary.remarks));
}

void add_origin(archive::Database& database, ArchiveSummary& summary) {
    archive::Query rows = database.prepare(
        "SELECT abbreviate(key), abbreviate(value) FROM meta WHERE key IN ('rank', 'preexisting', "
        "'cpu_device') OR key LIKE 'label.%'");
    while (rows.next()) {
        const std::string_view key = rows.text(0);
        if (key == "rank") {
            summary.rank = rows.maybe_integer(1);
        } else if (key == "cpu_device") {
            summary.cpu_device = rows.maybe_integer(1);
        } else if (key == "preexisting") {
            summary.preexisting_freed = rows.text(1) == "freed";
        } else {
            constexpr std::string_view k_prefix = "label.";
            summary.labels.emplace(key.substr(k_prefix.size()), rows.text(1));
        }
    }
}

ArchiveSummary summarized(const archive::ArchiveReader& archive, archive::Database& database,
                          const SummaryOptions& options) {
    ArchiveSummary summary;
    summary.archive = archive.path();
    add_origin(database, summary);
    summary.anomalies = file_anomalies(database);
    add_devices(database, options, summary);
    std::ranges::move(archive_remarks(summary), std::back_inserter(summary.remarks));
    return summary;
}

}  // namespace

void move_top_rows(report::LiveRows&& live, std::size_t top, DeviceSummary& summary) {
    summary.live_bytes = live.total_bytes;
    summary.live_count = live.total_count;
    summary.older = live.others.older;
    for (const report::LiveRow& row : live.rows) {
        summary.older.bytes = saturating_add(summary.older.bytes, row.older.bytes);
        summary.older.count = saturating_add(summary.older.count, row.older.count);
    }
    for (std::size_t i = top; top > 0 && i < live.rows.size(); ++i) live.others.add(live.rows[i]);
    if (top > 0 && live.rows.size() > top) {
        live.rows.resize(top);
        live.rows.shrink_to_fit();  // else each device keeps the memory of all rows that were found
    }
    if (live.others.keys > 0) {
        report::LiveRow others;
        others.key = k_other;
        others.bytes = live.others.bytes;
        others.count = live.others.count;
        others.older = live.others.older;
        others.label = fmt::format("[{} other{}]", live.others.keys, live.others.keys == 1 ? "" : "s");
        summary.other_keys = live.others.keys;
        summary.others = std::move(others);
    }
    summary.top = std::move(live.rows);
}

void keep_top_rows(DeviceSummary& device, std::size_t top) {
    report::LiveRows rows;
    rows.rows = std::move(device.top);
    rows.total_bytes = device.live_bytes;
    rows.total_count = device.live_count;
    if (device.others)
        rows.others = {device.other_keys, device.others->bytes, device.others->count, device.others->older};
    move_top_rows(std::move(rows), top, device);
}

ArchiveSummary summarize(const archive::ArchiveReader& archive, const SummaryOptions& options) {
    return naming_archive(archive.path(), [&] {
        return archive::with_own_sql(archive.path(), [&] {
            if (archive::is_snapviewer(archive.kind())) return summarize_snapviewer(archive, options);
            archive::Database database = archive.open_database();
            return summarized(archive, database, options);
        });
    });
}

ArchiveSummary summarize(const archive::ArchiveReader& archive, archive::Database& database,
                         const SummaryOptions& options) {
    return naming_archive(archive.path(), [&] {
        return archive::with_own_sql(archive.path(), [&] { return summarized(archive, database, options); });
    });
}

}  // namespace snapq::analysis
