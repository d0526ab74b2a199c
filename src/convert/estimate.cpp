#include "convert/estimate.hpp"

#include <algorithm>

#include "convert/ordered_chunks.hpp"

namespace snapq::convert {
namespace {

// Shards rendered a device: evenly spread, so that start, middle and end of the trace count.
constexpr std::size_t k_sampled_shards = 8;

// Bytes a row of the tables that grow with the input, measured on real snapshots.
constexpr std::uint64_t k_allocation_row = 80;
constexpr std::uint64_t k_other_event_row = 60;
constexpr std::uint64_t k_stack_frame_row = 8;
constexpr std::uint64_t k_callstack_frame = 90;
constexpr std::uint64_t k_empty_database = 300'000;  // 16 KiB for each table and index
constexpr double k_database_ratio = 3.2;             // what deflate makes of such pages

struct Sample {
    std::uint64_t points = 0;
    std::uint64_t text = 0;
    std::uint64_t compressed = 0;
};

Sample sample_device(const DeviceTimeline& device, archive::ChunkCompressor& compressor) {
    Sample sample;
    const auto& shards = device.skyline.shards();
    const std::size_t stride = std::max<std::size_t>(1, shards.size() / k_sampled_shards);
    for (std::size_t i = 0; i < shards.size(); i += stride) {
        ChunkEmitter emitter(compressor, [&](const archive::Chunk& chunk) {
            sample.text += chunk.raw_size;
            sample.compressed += chunk.bytes.size();
        });
        device.skyline.render(shards[i], [&](std::string_view piece) { emitter.text(piece); });
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

std::uint64_t database_bytes(const snapshot::Snapshot& snapshot,
                             const std::vector<std::unique_ptr<DeviceTimeline>>& devices) {
    std::uint64_t bytes = k_empty_database;
    for (const auto& device : devices) {
        bytes += device->replay.elements.size() * k_allocation_row;
        const auto& reproduced = device->replay.reproduced;
        bytes += static_cast<std::uint64_t>(std::ranges::count(reproduced, false)) * k_other_event_row;
    }
    for (std::uint32_t i = 0; i < snapshot.symbols.stack_count(); ++i) {
        bytes += snapshot.symbols.depth(snapshot::StackId(i)) * (k_stack_frame_row + k_callstack_frame);
    }
    return bytes;
}

}  // namespace

SizeEstimate estimate_sizes(const snapshot::Snapshot& snapshot,
                            const std::vector<std::unique_ptr<DeviceTimeline>>& devices,
                            const ConvertOptions& options) {
    const bool is_zip = options.layout == Layout::zip;
    const auto method = is_zip ? options.compression : archive::Compression::store;
    archive::ChunkCompressor compressor(method, options.level);
    SizeEstimate estimate;
    for (const auto& device : devices) {
        const Sample sample = sample_device(*device, compressor);
        estimate.timeline_bytes += scale(sample.text, device->skyline.point_count(), sample.points);
        estimate.archive_bytes += scale(sample.compressed, device->skyline.point_count(), sample.points);
    }
    estimate.database_bytes = database_bytes(snapshot, devices);
    const double ratio = method == archive::Compression::store ? 1.0 : k_database_ratio;
    estimate.archive_bytes += static_cast<std::uint64_t>(static_cast<double>(estimate.database_bytes) / ratio);
    return estimate;
}

}  // namespace snapq::convert
