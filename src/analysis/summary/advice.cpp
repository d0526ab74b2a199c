// Advice on how to need less memory. Each sentence is derived from figures of the file, and names them.
#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "analysis/row_access.hpp"
#include "analysis/summary/sections.hpp"
#include "support/sizes.hpp"

namespace snapq::analysis {
namespace {

using report::DeviceFigures;
using Advice = std::optional<std::string>;

constexpr std::size_t k_most_advice = 3;
// There is no advice about a smaller share of the peak.
constexpr double k_notable_share = 0.10;

// Only for bytes that is_notable() accepts: the peak is not 0 then.
std::string share_of_peak(std::int64_t bytes, const DeviceFigures& figures) {
    return fmt::format("{} ({} of the peak)", format_size(bytes),
                       percent_of(bytes, figures.peak_requested_bytes.value_or(0)));
}

bool is_notable(std::int64_t bytes, const DeviceFigures& figures) {
    return is_share(bytes, figures.peak_requested_bytes.value_or(0), k_notable_share);
}

// Another stream may still use memory that was freed if the program said so with record_stream.
Advice shorten_waits(archive::Database& database, const DeviceFigures& figures) {
    const auto pending = pending_at(database, figures.device, "peak");
    if (!pending || !is_notable(pending->bytes, figures)) return std::nullopt;
    return fmt::format(
        "{} was freed but waits for another stream, as after tensor.record_stream(): keep the tensor "
        "until that stream is done (wait_stream or an event) in place of the call, then its memory is "
        "free at once",
        share_of_peak(pending->bytes, figures));
}

// Memory of a private pool is not given to anything outside of it.
Advice share_pools(archive::Database& database, const DeviceFigures& figures) {
    archive::Query row = database.prepare(
        fmt::format("SELECT count(DISTINCT pool_id), sum(peak_bytes) FROM stream_totals WHERE {} AND "
                    "pool_id <> '0,0' AND peak_bytes > 0",
                    rows_of_device(database, "stream_totals", figures.device)));
    row.bind(1, figures.device);
    if (!row.next() || row.is_null(1) || !is_notable(row.integer(1), figures)) return std::nullopt;
    const std::int64_t pools = row.integer(0);
    return fmt::format(
        "{} is in {}, which nothing else can use: capture fewer CUDA graphs, or let them share "
        "a pool (torch.cuda.graph(…, pool=…))",
        share_of_peak(row.integer(1), figures),
        pools == 1 ? std::string("a private pool") : fmt::format("{} private pools", format_count(pools)));
}

// In the order of the sentences.
constexpr std::array k_rules{shorten_waits, share_pools};

}  // namespace

std::vector<UntrustedText> device_advice(archive::Database& database, const DeviceFigures& figures) {
    std::vector<UntrustedText> advice;
    for (const auto& rule : k_rules) {
        if (advice.size() == k_most_advice) break;
        if (Advice sentence = rule(database, figures)) advice.push_back(std::move(*sentence));
    }
    return advice;
}

}  // namespace snapq::analysis
