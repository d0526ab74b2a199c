#include "analysis/diff/side.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "analysis/diff/parts.hpp"
#include "analysis/figures.hpp"
#include "analysis/row_access.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::DeviceFigures;
using report::DiffMoment;
using report::MaybeInteger;

// Reads an archive of snapq.
class SideReader {
public:
    SideReader(archive::Database& database, Moment moment, const DiffOptions& options,
               const StableFiles& files)
        : m_database(database),
          m_moment(std::move(moment)),
          m_window(options.window),
          m_parts(database, options, files) {}

    // Whether the device has the moment, and the window if there is one.
    [[nodiscard]] bool has_moment(const DeviceFigures& figures);
    // With the peaks inside the window, if there is one.
    [[nodiscard]] DeviceFigures figures_of(const DeviceFigures& figures) {
        return m_window ? figures_within(*m_window, m_database, figures) : figures;
    }
    // Sets all members except SideDevice::each_part.
    [[nodiscard]] SideDevice read(const DeviceFigures& figures, const LiveAt& at);
    [[nodiscard]] LiveAt live_at(const DeviceFigures& figures) {
        return analysis::live_at(m_moment, m_window, m_database, figures);
    }
    void each_part(std::int64_t device, const LiveAt& at, const UsePart& use) {
        m_parts.each_part(device, at, use);
    }
    [[nodiscard]] const std::vector<bool>& used_rules() const { return m_parts.used_rules(); }

private:
    [[nodiscard]] DiffMoment describe(const DeviceFigures& figures, const LiveAt& at);
    [[nodiscard]] MaybeInteger time_of(std::int64_t device, std::int64_t event);
    [[nodiscard]] MaybeInteger reserved_at(const DeviceFigures& figures, const LiveAt& at);
    // A column of table `timeline` at this event; nullopt if the table has no point there.
    [[nodiscard]] MaybeInteger timeline_value(const char* sql, std::int64_t device, std::int64_t event);

    archive::Database& m_database;
    Moment m_moment;
    std::optional<Window> m_window;
    PartReader m_parts;
};

bool SideReader::has_moment(const DeviceFigures& figures) {
    const auto has = [&](const Moment& moment) {
        return find_event(moment, m_database, figures.device).has_value();
    };
    return has(m_moment) && (!m_window || (has(m_window->from) && has(m_window->to)));
}

MaybeInteger SideReader::timeline_value(const char* sql, std::int64_t device, std::int64_t event) {
    archive::Query row = m_database.prepare(sql);
    row.bind(1, device);
    row.bind(2, event);
    if (!row.next()) return std::nullopt;
    return row.maybe_integer(0);
}

MaybeInteger SideReader::time_of(std::int64_t device, std::int64_t event) {
    return timeline_value("SELECT time_us FROM timeline WHERE device = ?1 AND event = ?2", device, event);
}

DiffMoment SideReader::describe(const DeviceFigures& figures, const LiveAt& at) {
    DiffMoment moment;
    moment.moment = text_of(m_moment);
    const bool in_window =
        m_moment.kind == Moment::Kind::peak || m_moment.kind == Moment::Kind::reserved_peak;
    if (m_window && in_window) moment.window = text_of(*m_window);
    moment.event = at.event;
    moment.event_count = figures.event_count.value_or(0);
    moment.has_trace = figures.has_trace;
    moment.complete = figures.complete;
    const bool peak = m_moment.kind == Moment::Kind::peak;
    if (peak) moment.timestep = figures.peak_timestep;
    const MaybeInteger time = peak ? figures.peak_time_us : time_of(figures.device, at.event);
    if (time && figures.first_time_us) moment.after_us = saturating_subtract(*time, *figures.first_time_us);
    if (peak && figures.peak_stack_id) {
        moment.site = StackKeys(m_database, KeyKind::site).key_of(figures.peak_stack_id, false).label;
    }
    return moment;
}

MaybeInteger SideReader::reserved_at(const DeviceFigures& figures, const LiveAt& at) {
    if (m_moment.kind == Moment::Kind::peak) return figures.reserved_at_peak_bytes;
    if (!at.prepared.empty()) {
        const auto fragmentation = fragmentation_at(m_database, figures.device, at.prepared);
        if (fragmentation) return fragmentation->reserved_bytes;
    }
    return timeline_value("SELECT reserved_bytes FROM timeline WHERE device = ?1 AND event = ?2",
                          figures.device, at.event);
}

SideDevice SideReader::read(const DeviceFigures& figures, const LiveAt& at) {
    SideDevice device;
    device.figures = figures;
    device.at = describe(figures, at);
    device.reserved = reserved_at(figures, at);
    return device;
}

// Shared by the devices of a side, which read their parts from it.
struct OpenSide {
    OpenSide(const archive::ArchiveReader& archive, const Moment& at, const DiffOptions& options,
             const StableFiles& files)
        : path(archive.path()),
          database(archive.open_database()),
          reader(database, at, options, files),
          stacks(database, options.stacks) {}

    std::string path;
    archive::Database database;
    SideReader reader;
    StackFrameReader stacks;
};

SideDevice open_device(const std::shared_ptr<OpenSide>& side, const DeviceFigures& whole) {
    const DeviceFigures figures = side->reader.figures_of(whole);
    const LiveAt at = side->reader.live_at(figures);
    SideDevice device = side->reader.read(figures, at);
    device.each_part = [side, number = figures.device, at](const UsePart& use) {
        naming_archive(side->path, [&] {
            archive::with_own_sql(side->path, [&] { side->reader.each_part(number, at, use); });
        });
        side->database.release_memory();  // the other side reads next, and both share one memory limit
    };
    device.add_calls = [side, number = figures.device, at](CallTreeComparison& calls, CallSide which) {
        naming_archive(side->path, [&] {
            archive::with_own_sql(side->path, [&] { calls.add(which, side->database, number, at); });
        });
        side->database.release_memory();
    };
    device.frames_of = [side](MaybeInteger stack_id) {
        return naming_archive(side->path, [&] {
            return archive::with_own_sql(side->path, [&] { return side->stacks.frames_of(stack_id); });
        });
    };
    return device;
}

Settings read_settings(archive::Database& database) {
    Settings settings;
    archive::Query rows = database.prepare("SELECT abbreviate(key), abbreviate(value) FROM settings");
    while (rows.next()) settings.emplace(rows.text(0), rows.text(1));
    return settings;
}

void read_meta(archive::Database& database, Side& side) {
    side.settings = read_settings(database);
    side.viewer_device = database.integer("SELECT value FROM meta WHERE key = 'viewer_device'");
    side.freed_only = database.integer("SELECT value = 'freed' FROM meta WHERE key = 'preexisting'") != 0;
    // A recording either has C++ frames in its stacks or has none at all, so 1000 stacks are enough. The
    // query ends at the first one that has some.
    side.cpp_frames = database.integer(
                          "SELECT EXISTS (SELECT 1 FROM (SELECT kind FROM stacks WHERE depth > 0 LIMIT 1000) "
                          "WHERE kind IN ('cpp', 'mixed'))") != 0;
}

Side read_own_side(const archive::ArchiveReader& archive, const Moment& at, const DiffOptions& options,
                   const StableFiles& files) {
    const auto open = std::make_shared<OpenSide>(archive, at, options, files);
    Side side;
    side.used_rules = [open] { return open->reader.used_rules(); };
    read_meta(open->database, side);
    std::optional<DeviceFigures> first_without;
    for (const DeviceFigures& figures : device_figures(open->database)) {
        side.present.insert(figures.device);
        side.has_trace |= figures.has_trace;
        if (options.device && figures.device != *options.device) continue;
        if (open->reader.has_moment(figures)) {
            side.devices.emplace(figures.device, open_device(open, figures));
            continue;
        }
        side.without_moment.insert(figures.device);
        if (!first_without) first_without = figures;
    }
    // Throws the error that says which moments exist.
    if (side.devices.empty() && first_without) static_cast<void>(open_device(open, *first_without));
    return side;
}

}  // namespace

std::vector<report::DiffSetting> settings_that_differ(const Settings& base, const Settings& newer) {
    std::map<std::string, report::DiffSetting> both;
    for (const auto& [key, value] : base) both[key].base = value;
    for (const auto& [key, value] : newer) both[key].newer = value;
    std::vector<report::DiffSetting> different;
    for (auto& [key, setting] : both) {
        if (setting.base == setting.newer) continue;
        setting.key = key;
        different.push_back(setting);
    }
    return different;
}

Side read_side(const archive::ArchiveReader& archive, const Moment& at, const DiffOptions& options,
               const StableFiles& files) {
    return archive::is_snapviewer(archive.kind()) ? read_snapviewer_side(archive, at, options, files)
                                                  : read_own_side(archive, at, options, files);
}

}  // namespace snapq::analysis
