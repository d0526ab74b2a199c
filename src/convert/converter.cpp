#include "convert/converter.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "convert/archive_build.hpp"
#include "convert/device_timeline.hpp"
#include "convert/snapshot_file.hpp"
#include "convert/threads.hpp"
#include "support/error.hpp"
#include "support/process.hpp"

namespace snapq::convert {
namespace {

// Measures the phases of a conversion. Each phase begins at the end of the previous one; the first begins
// when the clock is created.
class PhaseClock {
public:
    void end_phase(std::string name, std::uint64_t bytes_in, std::uint64_t bytes_out) {
        const ProcessUsage now = process_usage();
        m_phases.push_back({std::move(name), now.wall_seconds - m_start.wall_seconds,
                            now.cpu_seconds - m_start.cpu_seconds, bytes_in, bytes_out, now.rss_bytes,
                            now.peak_bytes});
        m_start = now;
    }
    [[nodiscard]] std::vector<report::PhaseReport> take() { return std::move(m_phases); }

private:
    ProcessUsage m_start = process_usage();
    std::vector<report::PhaseReport> m_phases;
};

std::vector<std::unique_ptr<DeviceTimeline>> replay(const input::OpenedInput& input,
                                                    const snapshot::Snapshot& snapshot,
                                                    const ConvertOptions& options) {
    try {
        return build_timelines(snapshot, options.device, options.preexisting, options.points,
                               snapshot.expansion_budget->bytes_read());
    } catch (const InputError& error) {
        throw error.in_file(input.display_name());
    }
}

void fill_counts(report::ConvertReport& report, const snapshot::Snapshot& snapshot,
                 const std::vector<std::unique_ptr<DeviceTimeline>>& devices) {
    report.devices = devices.size();
    report.stacks = snapshot.symbols.stack_count();
    for (const auto& device : devices) {
        if (device->replay.trace != nullptr) report.events += device->replay.trace->events.size();
        report.allocations += device->replay.elements.size();
        report.points += device->stacked_timeline.point_count();
    }
}

// Converts one decoded snapshot. `target` is null in a dry run.
report::ConvertReport convert_snapshot(const SnapshotFile& file, const snapshot::Snapshot& snapshot,
                                       std::uint64_t source_bytes, const std::string& key,
                                       ArchiveTarget* target, const ConvertOptions& options,
                                       const Progress& progress, PhaseClock& clock) {
    report::ConvertReport report;
    report.input = file.input().display_name();
    report.key = key;
    report.input_bytes = source_bytes;
    clock.end_phase("decode", report.input_bytes, 0);

    const auto devices = replay(file.input(), snapshot, options);
    fill_counts(report, snapshot, devices);
    clock.end_phase("replay", 0, 0);

    std::int64_t cut_texts = 0;
    if (target != nullptr) {
        const SourceFacts source{file.input().source_name(), report.input_bytes, file.input().kind_text(),
                                 key};
        const BuiltArchive built = target->write(snapshot, devices, source, options, progress);
        report.output_bytes = built.bytes;
        report.timeline_bytes = built.timeline_bytes;
        report.database_bytes = built.database_bytes;
        cut_texts = built.cut_texts;
        clock.end_phase("write", built.timeline_bytes + built.database_bytes, built.bytes);
    } else {
        const SizeEstimate estimate = estimate_sizes(snapshot, devices, options);
        report.output_bytes = estimate.archive_bytes;
        report.timeline_bytes = estimate.timeline_bytes;
        report.database_bytes = estimate.database_bytes;
        clock.end_phase("estimate", 0, 0);
    }
    report.warnings = warnings_of(snapshot, devices, options.preexisting, cut_texts);
    report.phases = clock.take();
    return report;
}

// Converts all snapshots of a file, value by value.
class PartsConversion {
public:
    PartsConversion(const std::string& path, const NamePart& name, const ConvertOptions& options,
                    const std::function<void(const report::ConvertReport&)>& on_done,
                    const Progress& progress)
        : m_file(path, progress),
          m_name(name),
          m_options(options),
          m_on_done(on_done),
          m_progress(progress) {}

    void run() {
        while (auto value = m_file.next()) {
            // Checks the containers before the last archives are written.
            if (m_file.at_end()) m_file.finish();
            convert_value(*value);
        }
    }

private:
    void convert_value(snapshot::DecodedValue& value) {
        ++m_value_count;
        const bool is_last = m_file.at_end();
        if (is_last && m_part_count == 0 && value.snapshot_count() == 0) refuse(value);
        m_value_bytes += value.bytes();
        if (value.snapshot_count() == 0) {
            m_other_bytes += value.bytes();
        } else if (value.unclear_key()) {
            refuse_unclear(value.unclear_key()->path());
        }
        // All names are checked before the first archive is written.
        std::vector<PartTarget> targets;
        for (std::size_t i = 0; i < value.snapshot_count(); ++i) {
            const bool is_only = is_last && m_value_count == 1 && value.snapshot_count() == 1;
            targets.push_back(m_name({value.key(i), m_part_count++, is_only}));
        }
        for (std::size_t i = 0; i < targets.size(); ++i) convert_part(value, i, targets[i]);
    }

    void convert_part(snapshot::DecodedValue& value, std::size_t index, const PartTarget& to) {
        if (to.keep) return report_kept(value.key(index).path(), to);
        snapshot::Snapshot snapshot = m_file.take(value, index);
        return_free_memory();
        count_surplus(snapshot, m_other_bytes + m_file.surplus_bytes());
        ConvertOptions options = m_options;
        options.rank = to.rank;
        std::optional<ArchiveTarget> target;
        if (!options.dry_run) target.emplace(to.output, options);
        report::ConvertReport report =
            convert_snapshot(m_file, snapshot, source_bytes(), value.key(index).path(),
                             target ? &*target : nullptr, options, m_progress, m_clock);
        if (target) report.output = to.output;
        m_on_done(report);
    }

    void report_kept(const std::string& key, const PartTarget& to) const {
        report::ConvertReport report;
        report.input = m_file.input().display_name();
        report.key = key;
        report.output = to.output;
        report.kept = true;
        m_on_done(report);
    }

    // In bytes. The length of a pipe is known only at its end. Before that, it is the length of the values so
    // far, because how much the thread that reads ahead has read differs from run to run.
    [[nodiscard]] std::uint64_t source_bytes() const {
        if (m_file.at_end()) return m_file.input().file_bytes();
        return m_file.input().file_size().value_or(m_value_bytes);
    }

    [[noreturn]] void refuse(const snapshot::DecodedValue& value) const {
        try {
            value.refuse();
        } catch (const InputError& error) {
            throw m_file.input().located(error);
        }
    }

    [[noreturn]] void refuse_unclear(const std::string& key) const {
        InputError error(
            m_file.input().display_name(),
            fmt::format("{}: a dict or list that is in the file before, but was not complete there, so "
                        "a snapshot in it would be lost",
                        key));
        error.with_hint("save a copy.deepcopy() of this value");
        throw error;
    }

    SnapshotFile m_file;
    const NamePart& m_name;
    const ConvertOptions& m_options;
    const std::function<void(const report::ConvertReport&)>& m_on_done;
    const Progress& m_progress;
    PhaseClock m_clock;
    std::size_t m_value_count = 0;
    std::size_t m_part_count = 0;
    std::uint64_t m_value_bytes = 0;  // of the values so far, unpacked
    std::uint64_t m_other_bytes = 0;  // of the values so far that hold no snapshot
};

// `target` is null in a dry run.
report::ConvertReport convert_only(const std::string& input, ArchiveTarget* target,
                                   const ConvertOptions& options, const Progress& progress,
                                   PhaseClock& clock) {
    SnapshotFile file(input, progress);
    const OnlySnapshot only = read_only_snapshot(file, input);
    file.finish();
    return_free_memory();  // most of it was used by the memo of the pickle
    return convert_snapshot(file, only.snapshot, file.input().file_bytes(), only.key, target, options,
                            progress, clock);
}

}  // namespace

report::ConvertReport convert_file(const std::string& input, const std::string& output,
                                   const ConvertOptions& options, const Progress& progress) {
    PhaseClock clock;
    std::optional<ArchiveTarget> target;
    if (!options.dry_run) target.emplace(output, options);
    report::ConvertReport report = convert_only(input, target ? &*target : nullptr, options, progress, clock);
    if (target) report.output = output;
    return report;
}

report::ConvertReport convert_file(const std::string& input, const io::TempFile& output,
                                   const ConvertOptions& options, const Progress& progress) {
    PhaseClock clock;
    ArchiveTarget target(output);
    return convert_only(input, &target, options, progress, clock);
}

void convert_parts(const std::string& input, const NamePart& name, const ConvertOptions& options,
                   const std::function<void(const report::ConvertReport&)>& on_done,
                   const Progress& progress) {
    PartsConversion(input, name, options, on_done, progress).run();
}

namespace {

report::ConvertReport kept_report(const BatchItem& item) {
    report::ConvertReport report;
    report.input = item.input;
    report.output = item.output;
    report.kept = true;
    return report;
}

BatchResult run_item(const BatchItem& item, const Progress& progress) {
    BatchResult result;
    try {
        if (item.name_part) {
            convert_parts(
                item.input, item.name_part, item.options,
                [&](const report::ConvertReport& report) { result.reports.push_back(report); }, progress);
        } else if (item.keeps_output && item.keeps_output()) {
            result.reports.push_back(kept_report(item));
        } else {
            result.reports.push_back(convert_file(item.input, item.output, item.options, progress));
        }
    } catch (...) {
        result.error = std::current_exception();
    }
    return result;
}

}  // namespace

unsigned default_threads() {
    constexpr unsigned k_enough = 4;
    return std::clamp(std::thread::hardware_concurrency(), 1U, k_enough);
}

void convert_batch(const std::vector<BatchItem>& items, unsigned jobs,
                   const std::function<void(const BatchItem&, const BatchResult&)>& on_done,
                   const Progress& progress) {
    // Results are small, so any number of them may wait for one large file.
    in_order<BatchResult>(
        items.size(), jobs, [&](std::size_t i) { return run_item(items[i], progress); },
        [&](std::size_t i, const BatchResult& result) { on_done(items[i], result); }, items.size());
}

}  // namespace snapq::convert
