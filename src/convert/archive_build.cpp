#include "convert/archive_build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <filesystem>
#include <optional>
#include <utility>

#include "archive/archive_writer.hpp"
#include "archive/database_builder.hpp"
#include "archive/manifest.hpp"
#include "convert/ordered_chunks.hpp"
#include "frames/phase.hpp"
#include "frames/stack_class.hpp"
#include "io/temporaries.hpp"
#include "support/error.hpp"
#include "support/version.hpp"

namespace snapq::convert {
namespace {

// The number of database chunks in a job. With several chunks in a job, threads synchronise less often.
constexpr std::uint64_t k_database_job = 16;

// The expansion budget is charged this many bytes for each point of a timeline, about its compressed size,
// but for all timelines at most this many eighths of what is left of the budget.
constexpr std::uint64_t k_bytes_of_point = 4;
constexpr std::uint64_t k_most_eighths_of_timelines = 7;

archive::Manifest describe(const snapshot::Snapshot& snapshot,
                           const std::vector<std::unique_ptr<DeviceTimeline>>& devices,
                           const SourceFacts& source, const ConvertOptions& options) {
    std::vector<const timeline::Replay*> replays;
    archive::Manifest manifest;
    manifest.snapq_version = program_version();
    manifest.source_name = source.name;
    manifest.source_bytes = source.bytes;
    manifest.source_kind = source.kind;
    manifest.source_key = source.key;
    manifest.labels = options.labels;
    manifest.rank = options.rank;
    manifest.preexisting = options.preexisting;
    manifest.viewer_device = viewer_device(devices);
    for (const auto& device : devices) {
        manifest.devices.push_back(device->replay.device);
        replays.push_back(&device->replay);
        manifest.timeline_exact &= device->stacked_timeline.exact();
    }
    manifest.anomalies = archive::anomaly_records(snapshot, replays);
    return manifest;
}

// Decides which entries the archive has and how each is produced.
class ArchiveBuild {
public:
    ArchiveBuild(const snapshot::Snapshot& snapshot,
                 const std::vector<std::unique_ptr<DeviceTimeline>>& devices, const SourceFacts& source,
                 const ConvertOptions& options, const Progress& progress)
        : m_snapshot(snapshot),
          m_devices(devices),
          m_options(options),
          m_progress(progress),
          m_method(options.layout == Layout::zip ? options.compression : zip::Compression::store) {
        for (const auto& device : devices) m_total_points += device->stacked_timeline.point_count();
        m_manifest = describe(snapshot, devices, source, options);
    }

    // The plan of all entries, in the order of the archive. `database` is an empty file, open for reading and
    // writing. With `database_is_in_place`, it already is the file of its entry in the output directory.
    [[nodiscard]] std::vector<archive::EntryPlan> plan(int database, bool database_is_in_place) {
        std::vector<archive::EntryPlan> entries;
        entries.push_back(plan_timeline(find_device(m_manifest.viewer_device), true, database));
        entries.push_back(plan_database(database, database_is_in_place));
        for (const auto& device : m_devices) {
            const bool is_viewer = device->replay.device == m_manifest.viewer_device;
            if (is_viewer || device->replay.elements.size() == 0) continue;
            entries.push_back(plan_timeline(device.get(), false, database));
        }
        return entries;
    }
    [[nodiscard]] const archive::Manifest& manifest() const { return m_manifest; }
    // For the manifest, when the database has been written.
    [[nodiscard]] archive::CompleteManifest complete_manifest() const {
        return
            [this](archive::Manifest& manifest) { archive::add_cut_texts(manifest.anomalies, m_cut_texts); };
    }
    [[nodiscard]] std::int64_t cut_texts() const { return m_cut_texts; }
    [[nodiscard]] zip::Compression method() const { return m_method; }

private:
    [[nodiscard]] const DeviceTimeline* find_device(std::int64_t number) const {
        const auto found = std::ranges::find_if(
            m_devices, [&](const auto& device) { return device->replay.device == number; });
        return found == m_devices.end() ? nullptr : found->get();
    }

    // `device` is null for a snapshot without devices, which has an empty timeline. The first worker of the
    // first entry builds the database while the other workers already write the text.
    archive::EntryPlan plan_timeline(const DeviceTimeline* device, bool is_viewer, int database) {
        const std::size_t shards = device == nullptr ? 0 : device->stacked_timeline.shards().size();
        OrderedChunks::Plan plan = common_plan();
        plan.count_jobs = [shards] { return std::max<std::size_t>(1, shards); };
        plan.produce = [this, device, shards](std::size_t job, ChunkEmitter& emitter) {
            if (job == 0) emitter.text("[");
            if (job < shards) render(*device, job, emitter);
            if (job + 1 >= shards) emitter.text("]\n");
        };
        if (is_viewer) plan.prelude = [this, database] { build_database(database); };
        archive::EntryPlan entry;
        entry.device = device == nullptr ? m_manifest.viewer_device : device->replay.device;
        entry.name = archive::timeline_entry(*entry.device, m_manifest.viewer_device);
        entry.elements = device == nullptr ? 0 : device->replay.elements.size();
        entry.chunks = start_later(std::move(plan));
        return entry;
    }

    void render(const DeviceTimeline& device, std::size_t job, ChunkEmitter& emitter) {
        const timeline::Shard& shard = device.stacked_timeline.shards()[job];
        device.stacked_timeline.render(shard, [&](std::string_view text) { emitter.text(text); });
        if (m_progress) m_progress("writing", m_points_done += shard.points, m_total_points);
    }

    void build_database(int database) {
        const frames::StackPhases phases(m_snapshot.symbols);
        std::deque<timeline::DeviceTables> tables;  // a deque does not move its elements when it grows
        std::vector<archive::DeviceContents> contents;
        for (const auto& device : m_devices) {
            tables.push_back(tabulate(m_snapshot, phases, *device));
            contents.push_back({&device->replay, &tables.back(), &device->stacked_timeline});
        }
        snapshot::ExpansionBudget& budget = *m_snapshot.expansion_budget;
        // The timelines are a part of the archive, too.
        budget.charge_written(std::min(m_total_points * k_bytes_of_point,
                                       budget.left_to_write() / 8 * k_most_eighths_of_timelines));
        frames::StackClassifier classifier(m_snapshot.symbols);
        frames::StackHasher hasher(m_snapshot.symbols, 2 * budget.most_written());
        m_cut_texts =
            archive::build_database(database, {m_snapshot, m_manifest, contents, phases,
                                               [&](snapshot::StackId stack, std::size_t longest) {
                                                   return classifier.classify(stack, longest);
                                               },
                                               [&](snapshot::StackId stack) { return hasher.hash(stack); }});
    }

    archive::EntryPlan plan_database(int database, bool is_in_place) {
        OrderedChunks::Plan plan = common_plan();
        plan.content = archive::Content::pages;
        plan.count_jobs = [database] {
            const archive::DatabaseChunks chunks(database);
            return static_cast<std::size_t>((chunks.count() + k_database_job - 1) / k_database_job);
        };
        plan.produce = [database](std::size_t job, ChunkEmitter& emitter) {
            const archive::DatabaseChunks chunks(database);
            std::string pages;
            const std::uint64_t end = std::min<std::uint64_t>(chunks.count(), (job + 1) * k_database_job);
            for (std::uint64_t number = job * k_database_job; number < end; ++number) {
                chunks.read(number, pages);
                emitter.chunk(pages);
            }
        };
        archive::EntryPlan entry;
        entry.name = archive::k_database_entry;
        entry.chunks = start_later(std::move(plan));
        entry.is_written = is_in_place;
        return entry;
    }

    [[nodiscard]] OrderedChunks::Plan common_plan() const {
        OrderedChunks::Plan plan;
        plan.threads = m_options.threads;
        plan.method = m_method;
        plan.level = m_options.level;
        return plan;
    }

    zip::ChunkSource* start_later(OrderedChunks::Plan plan) {
        m_sources.push_back(std::make_unique<OrderedChunks>(std::move(plan)));
        return m_sources.back().get();
    }

    const snapshot::Snapshot& m_snapshot;
    const std::vector<std::unique_ptr<DeviceTimeline>>& m_devices;
    const ConvertOptions& m_options;
    const Progress& m_progress;
    archive::Manifest m_manifest;
    zip::Compression m_method;
    std::uint64_t m_total_points = 0;
    std::atomic<std::int64_t> m_cut_texts = 0;
    std::atomic<std::uint64_t> m_points_done = 0;
    std::vector<std::unique_ptr<OrderedChunks>> m_sources;
};

BuiltArchive sizes_of(const archive::Manifest& manifest) {
    BuiltArchive built;
    for (const archive::ManifestEntry& entry : manifest.entries) {
        (entry.name == archive::k_database_entry ? built.database_bytes : built.timeline_bytes) += entry.size;
        built.bytes += entry.compressed_size;
    }
    return built;
}

// Adds the name of the output to errors. SQLite and the zip writer cannot name it, because they only have a
// file descriptor.
template <typename Work>
BuiltArchive with_output_name(const std::string& output, Work&& work) {
    try {
        return work();
    } catch (const SystemError& error) {
        constexpr std::string_view k_without_name = "cannot write the archive: ";
        std::string_view what = error.what();
        if (what.find(output) != std::string_view::npos) throw;
        if (what.starts_with(k_without_name)) what.remove_prefix(k_without_name.size());
        SystemError named(fmt::format("cannot write {}: {}", output, what));
        named.with_hint(error.hint());
        throw named;
    }
}

}  // namespace

ArchiveTarget::ArchiveTarget(const std::string& output, const ConvertOptions& options) : m_output(output) {
    if (options.layout == Layout::zip) {
        m_file = std::make_unique<io::OutputFile>(output, options.force);
    } else {
        m_directory =
            std::make_unique<io::OutputDirectory>(output, options.force, archive::archive_directory());
    }
}

ArchiveTarget::ArchiveTarget(const io::TempFile& file) : m_output(file.name()), m_unnamed(&file) {}

BuiltArchive ArchiveTarget::write(const snapshot::Snapshot& snapshot,
                                  const std::vector<std::unique_ptr<DeviceTimeline>>& devices,
                                  const SourceFacts& source, const ConvertOptions& options,
                                  const Progress& progress) {
    return with_output_name(m_output, [&] {
        // Each build is created after the file of its database: its threads write to the file until its
        // destructor joins them.
        const auto begin = [&] { return ArchiveBuild(snapshot, devices, source, options, progress); };
        if (m_directory) {
            const io::Fd database = m_directory->create(std::string(archive::k_database_entry));
            ArchiveBuild build = begin();
            const auto entries = build.plan(database.get(), true);
            BuiltArchive built = sizes_of(archive::write_directory_archive(
                *m_directory, build.manifest(), entries, build.complete_manifest()));
            built.cut_texts = build.cut_texts();
            m_directory->commit();
            return built;
        }
        const int fd = m_file ? m_file->fd() : m_unnamed->fd();
        const io::TempFile database = m_file ? m_file->scratch() : io::TempFile();
        ArchiveBuild build = begin();
        const auto entries = build.plan(database.fd(), false);
        BuiltArchive built = sizes_of(archive::write_zip_archive(fd, build.method(), build.manifest(),
                                                                 entries, build.complete_manifest()));
        built.cut_texts = build.cut_texts();
        built.bytes = io::file_size(fd);
        if (m_file) m_file->commit();
        return built;
    });
}

namespace {

// Number of shards rendered for each device, spread evenly over the trace.
constexpr std::size_t k_sampled_shards = 8;

// The bytes of a row in the tables that grow with the input, without texts. Measured on real snapshots.
constexpr std::uint64_t k_allocation_row = 93;
constexpr std::uint64_t k_other_event_row = 60;
constexpr std::uint64_t k_block_row = 85;
constexpr std::uint64_t k_curve_row = 45;
constexpr std::uint64_t k_frame_row = 40;
constexpr std::uint64_t k_stack_frame_row = 13;
constexpr std::uint64_t k_callstack_line = 10;       // "(12) FILE:345:NAME" without FILE and NAME
constexpr double k_callstack_space = 1.25;           // long texts leave pages partly unused
constexpr std::uint64_t k_empty_database = 370'000;  // 16 KiB for each table and index

// Raw size divided by compressed size for pages with rows. Empty pages compress to almost nothing.
double database_ratio(zip::Compression method) {
    return method == zip::Compression::deflate ? 5.0 : 6.0;
}

struct Sample {
    std::uint64_t points = 0;
    std::uint64_t text = 0;
    std::uint64_t compressed = 0;
};

Sample sample_device(const DeviceTimeline& device, archive::ChunkCompressor& compressor) {
    Sample sample;
    const auto& shards = device.stacked_timeline.shards();
    const std::size_t stride = std::max<std::size_t>(1, shards.size() / k_sampled_shards);
    for (std::size_t i = 0; i < shards.size(); i += stride) {
        ChunkEmitter emitter(compressor, [&](const zip::Chunk& chunk) {
            sample.text += chunk.raw_size;
            sample.compressed += chunk.bytes.size();
        });
        device.stacked_timeline.render(shards[i], [&](std::string_view piece) { emitter.text(piece); });
        emitter.flush();
        sample.points += shards[i].points;
    }
    return sample;
}

std::uint64_t scale(std::uint64_t sampled, std::uint64_t points, std::uint64_t of_points) {
    if (of_points == 0) return 0;
    return static_cast<std::uint64_t>(static_cast<double>(sampled) * static_cast<double>(points) /
                                      static_cast<double>(of_points));
}

// Every frame has one row in its table, and a line in the text of each stack that contains it, as long as all
// these texts have at most `most` bytes.
std::uint64_t stack_bytes(const snapshot::Symbols& symbols, std::uint64_t most) {
    std::vector<std::uint64_t> text(symbols.frame_count());
    std::uint64_t bytes = 0;
    for (std::uint32_t i = 0; i < text.size(); ++i) {
        const snapshot::Frame& frame = symbols.frame(snapshot::FrameId(i));
        text[i] = symbols.text(frame.filename).size() + symbols.text(frame.name).size();
        bytes += text[i] + k_frame_row;
    }
    std::uint64_t callstacks = 0;
    for (std::uint32_t i = 0; i < symbols.stack_count() && callstacks < most; ++i) {
        const snapshot::StackId stack(i);
        for (std::size_t depth = 0; depth < symbols.depth(stack) && callstacks < most; ++depth) {
            callstacks += text[symbols.frame_at(stack, depth).value()] + k_callstack_line;
        }
        bytes += symbols.depth(stack) * k_stack_frame_row;
    }
    return bytes + static_cast<std::uint64_t>(static_cast<double>(callstacks) * k_callstack_space);
}

// Bytes of the rows, without the pages that even an empty database has.
std::uint64_t row_bytes(const snapshot::Snapshot& snapshot,
                        const std::vector<std::unique_ptr<DeviceTimeline>>& devices) {
    std::uint64_t bytes = stack_bytes(snapshot.symbols, snapshot.expansion_budget->left_to_write()) +
                          snapshot.blocks.size() * k_block_row;
    const frames::StackPhases phases(snapshot.symbols);
    for (const auto& device : devices) {
        bytes += device->replay.elements.size() * k_allocation_row;
        bytes += tabulate(snapshot, phases, *device).timeline.size() * k_curve_row;
        const auto& reproduced = device->replay.reproduced;
        bytes += static_cast<std::uint64_t>(std::ranges::count(reproduced, false)) * k_other_event_row;
    }
    return bytes;
}

}  // namespace

SizeEstimate estimate_sizes(const snapshot::Snapshot& snapshot,
                            const std::vector<std::unique_ptr<DeviceTimeline>>& devices,
                            const ConvertOptions& options) {
    const bool is_zip = options.layout == Layout::zip;
    const auto method = is_zip ? options.compression : zip::Compression::store;
    archive::ChunkCompressor compressor(method, options.level);
    SizeEstimate estimate;
    for (const auto& device : devices) {
        const Sample sample = sample_device(*device, compressor);
        estimate.timeline_bytes += scale(sample.text, device->stacked_timeline.point_count(), sample.points);
        estimate.archive_bytes +=
            scale(sample.compressed, device->stacked_timeline.point_count(), sample.points);
    }
    const std::uint64_t rows = row_bytes(snapshot, devices);
    estimate.database_bytes = k_empty_database + rows;
    estimate.archive_bytes +=
        method == zip::Compression::store
            ? estimate.database_bytes
            : static_cast<std::uint64_t>(static_cast<double>(rows) / database_ratio(method));
    return estimate;
}

}  // namespace snapq::convert
