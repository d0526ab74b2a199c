#include "convert/estimate.hpp"

#include <algorithm>

#include "convert/ordered_chunks.hpp"

namespace snapq::convert {
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
    std::uint64_t bytes = stack_bytes(snapshot.symbols, snapshot.text_budget->left_to_write()) +
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
