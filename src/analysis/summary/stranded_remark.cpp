#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string>

#include "analysis/figures.hpp"
#include "analysis/keys.hpp"
#include "analysis/row_access.hpp"
#include "analysis/summary/sections.hpp"
#include "support/numbers.hpp"
#include "support/sizes.hpp"

namespace snapq::analysis {
namespace {

// There is neither a remark nor advice about a smaller share.
constexpr double k_notable_stranded = 0.10;

bool has_expandable_segments(archive::Database& database) {
    return database.integer(
               "SELECT 1 FROM settings WHERE (key = 'expandable_segments' AND value IN ('true', 'True', "
               "'1')) "
               "OR (key = 'PYTORCH_CUDA_ALLOC_CONF' AND value LIKE '%expandable_segments:True%') LIMIT 1") !=
           0;
}

// The stranded bytes of one pool and stream.
struct Part {
    std::optional<std::string> private_pool;
    report::MaybeInteger stream;
    bool is_expandable = false;
    std::int64_t bytes = 0;
};

// Where the stranded bytes at the peak are; most bytes first.
struct Stranded {
    std::vector<Part> parts;
    report::MaybeInteger main_stream;  // the stream that holds most of the default pool
    bool is_known = false;             // false: archives of older versions, or the layout is not known

    // The bytes that expandable segments would avoid: one segment grows in place of many, and its free pages
    // go back to the driver. Private pools keep their pages, and other streams have their own segments.
    [[nodiscard]] std::int64_t avoidable_bytes() const {
        std::int64_t bytes = 0;
        for (const Part& part : parts) {
            if (is_avoidable(part)) bytes = saturating_add(bytes, part.bytes);
        }
        return bytes;
    }
    [[nodiscard]] bool is_avoidable(const Part& part) const {
        return !part.private_pool && !part.is_expandable && part.stream == main_stream;
    }
};

constexpr const char* k_private_pool = "CASE WHEN pool_id <> '0,0' THEN abbreviate(pool_id) END";

Stranded read_stranded(archive::Database& database, std::int64_t device) {
    Stranded stranded;
    archive::Query rows = database.prepare(fmt::format(
        "SELECT {}, stream, is_expandable, sum(stranded_bytes), sum(requested_bytes) FROM pool_fragmentation "
        "WHERE {} AND moment = 'peak' GROUP BY 1, 2, 3 ORDER BY 4 DESC",
        k_private_pool, rows_of_device(database, "pool_fragmentation", device)));
    rows.bind(1, device);
    std::int64_t most_requested = -1;
    while (rows.next()) {
        stranded.is_known = true;
        Part part{maybe_text(rows, 0), maybe_integer(rows, 1), rows.integer(2) != 0, rows.integer(3)};
        if (!part.private_pool && rows.integer(4) > most_requested) {
            most_requested = rows.integer(4);
            stranded.main_stream = part.stream;
        }
        if (part.bytes > 0) stranded.parts.push_back(std::move(part));
    }
    return stranded;
}

// Why settings do not help against the largest part.
std::string reason_of(archive::Database& database, std::int64_t device, const Part& part) {
    const std::string bytes = format_size(part.bytes);
    if (part.private_pool) return fmt::format("{} of it in private pool {}", bytes, *part.private_pool);
    if (part.is_expandable) return fmt::format("{} of it in expandable segments already", bytes);
    if (!part.stream) return fmt::format("{} of it of an unknown stream", bytes);
    return fmt::format("{} of it kept for {}", bytes, StreamNames(database, device).name_of(*part.stream));
}

std::string advice(archive::Database& database, std::int64_t device, std::int64_t reserved) {
    const Stranded stranded = read_stranded(database, device);
    if (!stranded.is_known || stranded.parts.empty()) return {};
    if (has_expandable_segments(database)) return " (expandable_segments:True is set already)";
    const std::int64_t avoidable = stranded.avoidable_bytes();
    if (!is_share(avoidable, reserved, k_notable_stranded))
        return fmt::format(" ({})", reason_of(database, device, stranded.parts.front()));
    if (stranded.parts.size() == 1) return " (expandable_segments:True may help)";
    return fmt::format(" (expandable_segments:True may help with {} of it)", format_size(avoidable));
}

}  // namespace

std::optional<std::string> stranded_remark(archive::Database& database,
                                           const report::DeviceFigures& figures) {
    const auto at_peak = fragmentation_at(database, figures.device, "peak");
    if (!at_peak || !at_peak->stranded_bytes || !at_peak->reserved_bytes) return std::nullopt;
    const std::int64_t stranded = *at_peak->stranded_bytes;
    const std::int64_t reserved = *at_peak->reserved_bytes;
    if (!is_share(stranded, reserved, k_notable_stranded)) return std::nullopt;
    return fmt::format(
        "fragmentation: {} % of the reserved bytes at the {} are free but stranded in segments that are in "
        "use{}",
        std::lround(100.0 * static_cast<double>(stranded) / static_cast<double>(reserved)),
        figures.has_trace ? "peak" : "dump", advice(database, figures.device, reserved));
}

}  // namespace snapq::analysis
