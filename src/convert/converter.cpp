#include "convert/converter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "convert/archive_build.hpp"
#include "convert/device_timeline.hpp"
#include "convert/estimate.hpp"
#include "convert/read_ahead.hpp"
#include "input/open_input.hpp"
#include "snapshot/decoder.hpp"
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

// Reports how many bytes of the file have been read. This can be fewer than the unpacked bytes.
class ProgressSource : public ByteSource {
public:
    ProgressSource(ByteSource& source, const Progress& progress, std::uint64_t total)
        : m_source(source), m_progress(progress), m_total(total) {}

    std::size_t read(std::span<char> into) override {
        const std::size_t got = m_source.read(into);
        if (m_progress) m_progress("reading", m_source.consumed(), m_total);
        return got;
    }
    [[nodiscard]] std::uint64_t consumed() const override { return m_source.consumed(); }

private:
    ByteSource& m_source;
    const Progress& m_progress;
    std::uint64_t m_total;
};

snapshot::Snapshot decode(input::OpenedInput& input, const Progress& progress) {
    try {
        ReadAhead ahead(input.payload());
        ProgressSource source(ahead, progress, input.file_size().value_or(0));
        return input.kind() == input::PayloadKind::json ? snapshot::decode_json(source)
                                                        : snapshot::decode_pickle(source);
    } catch (const InputError& error) {
        throw input.located(error);
    }
}

std::vector<std::unique_ptr<DeviceTimeline>> replay(const input::OpenedInput& input,
                                                    const snapshot::Snapshot& snapshot,
                                                    const ConvertOptions& options) {
    try {
        return build_timelines(snapshot, options.device, options.preexisting, options.points);
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

}  // namespace

report::ConvertReport convert_file(const std::string& input_path, const std::string& output,
                                   const ConvertOptions& options, const Progress& progress) {
    PhaseClock clock;
    report::ConvertReport report;
    std::optional<ArchiveTarget> target;
    if (!options.dry_run) target.emplace(output, options);

    input::OpenedInput input = input::open_input(input_path);
    const snapshot::Snapshot snapshot = decode(input, progress);
    input.finish();
    return_free_memory();  // most of it was used by the memo of the pickle
    report.input = input.display_name();
    report.input_bytes = input.file_bytes();
    clock.end_phase("decode", report.input_bytes, 0);

    const auto devices = replay(input, snapshot, options);
    fill_counts(report, snapshot, devices);
    report.warnings = warnings_of(snapshot, devices, options.preexisting);
    clock.end_phase("replay", 0, 0);

    if (target) {
        const SourceFacts source{input.source_name(), report.input_bytes, input.kind_text()};
        const BuiltArchive built = target->write(snapshot, devices, source, options, progress);
        report.output = output;
        report.output_bytes = built.bytes;
        report.timeline_bytes = built.timeline_bytes;
        report.database_bytes = built.database_bytes;
        clock.end_phase("write", built.timeline_bytes + built.database_bytes, built.bytes);
    } else {
        const SizeEstimate estimate = estimate_sizes(snapshot, devices, options);
        report.output_bytes = estimate.archive_bytes;
        report.timeline_bytes = estimate.timeline_bytes;
        report.database_bytes = estimate.database_bytes;
        clock.end_phase("estimate", 0, 0);
    }
    report.phases = clock.take();
    return report;
}

}  // namespace snapq::convert
