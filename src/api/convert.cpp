#include "snapq/convert.hpp"

#include <algorithm>
#include <limits>
#include <system_error>

#include "archive/archive_reader.hpp"
#include "archive/chunks/chunk_codec.hpp"
#include "convert/converter.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"
#include "support/untrusted_text.hpp"

namespace snapq {
namespace {

constexpr unsigned k_most_threads = 256;
constexpr std::uint64_t k_fewest_points = 4;

zip::Compression internal_method(Compression compression) {
    switch (compression) {
        case Compression::deflate: return zip::Compression::deflate;
        case Compression::zstd: return zip::Compression::zstd;
        case Compression::store: break;
    }
    return zip::Compression::store;
}

void check_level(const ConvertOptions& options) {
    if (!options.level || options.layout == Layout::directory) return;
    const zip::Compression method = internal_method(options.compression);
    const archive::LevelRange range = archive::levels_of(method);
    if (*options.level >= range.least && *options.level <= range.most) return;
    throw_usage("ConvertOptions::level {}: {} takes {} to {}", *options.level, archive::name_of(method),
                range.least, range.most);
}

void check_labels(const std::map<std::string, std::string>& labels) {
    if (labels.contains("")) throw UsageError("ConvertOptions::labels: a key is empty");
    if (labels.size() <= archive::k_most_labels) return;
    throw_usage("ConvertOptions::labels: more than {} labels", archive::k_most_labels);
}

void check_options(const ConvertOptions& options) {
    check_level(options);
    check_labels(options.labels);
    if (options.threads > k_most_threads) {
        throw_usage("ConvertOptions::threads {}: at most {}", options.threads, k_most_threads);
    }
    if (options.device.value_or(0) < k_host_device)
        throw UsageError("ConvertOptions::device is neither a device nor -1, the host");
    if (options.rank.value_or(0) < 0) throw UsageError("ConvertOptions::rank is negative");
    const std::uint64_t points = options.max_points.value_or(0);
    if (points > 0 && points < k_fewest_points) {
        throw_usage("ConvertOptions::max_points {}: an element needs at least {} points (0: all)", points,
                    k_fewest_points);
    }
}

void check_output(const std::filesystem::path& input, const std::filesystem::path& output) {
    if (output.empty()) throw UsageError("convert_snapshot: the output has no name");
    std::error_code unknown;
    if (input != "-" && std::filesystem::equivalent(input, output, unknown)) {
        throw_usage("'{}' would be replaced by its own archive", input.string());
    }
}

convert::ConvertOptions internal_convert_options(const ConvertOptions& from) {
    convert::ConvertOptions to;
    const bool is_zip = from.layout == Layout::zip;
    to.layout = is_zip ? convert::Layout::zip : convert::Layout::directory;
    if (is_zip) to.compression = internal_method(from.compression);
    if (is_zip) to.level = from.level;
    to.threads = from.threads > 0 ? from.threads : convert::default_threads();
    to.device = from.device;
    to.preexisting =
        from.preexisting == Preexisting::freed ? timeline::Preexisting::freed : timeline::Preexisting::all;
    to.points.max_points = from.max_points;
    to.labels = from.labels;
    to.rank = from.rank;
    to.force = from.replace;
    to.dry_run = from.dry_run;
    return to;
}

convert::Progress internal_progress(const ProgressCallback& callback) {
    if (!callback) return {};
    return [&callback](std::string_view phase, std::uint64_t done, std::uint64_t total) {
        callback({phase, done, total});
    };
}

}  // namespace

ConvertResult convert_snapshot(const std::filesystem::path& input, const std::filesystem::path& output,
                               const ConvertOptions& options) {
    check_options(options);
    if (!options.dry_run) check_output(input, output);
    const auto report =
        convert::convert_file(input.string(), output.string(), internal_convert_options(options),
                              internal_progress(options.on_progress));
    ConvertResult result;
    result.input = report.input.raw();
    result.output = report.output.raw();
    result.input_bytes = report.input_bytes;
    result.output_bytes = report.output_bytes;
    result.timeline_bytes = report.timeline_bytes;
    result.database_bytes = report.database_bytes;
    result.devices = report.devices;
    result.events = report.events;
    result.allocations = report.allocations;
    result.stacks = report.stacks;
    result.points = report.points;
    result.warnings = raw_texts(report.warnings);
    return result;
}

}  // namespace snapq
