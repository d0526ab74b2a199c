#include "report/archive_report.hpp"

#include <fmt/format.h>

#include "support/numbers.hpp"

namespace snapq::report {
namespace {

// The text after the count, in singular and plural.
struct AnomalyText {
    std::string_view kind;
    std::string_view one;
    std::string_view several;
};

constexpr AnomalyText k_anomaly_texts[] = {
    {"unmatched_free", "free does not match a live allocation, such as a second free of the same memory",
     "frees do not match a live allocation, such as a second free of the same memory"},
    {"alloc_over_live", "allocation is at an address that was still in use: the free before it is missing",
     "allocations are at addresses that were still in use: the frees before them are missing"},
    {"missing_completion", "free was requested but its completion is missing",
     "frees were requested but their completion is missing"},
    {"live_not_in_blocks", "allocation has no free and is not among the final blocks: its free is missing",
     "allocations have no free and are not among the final blocks: their frees are missing"},
    {"block_without_alloc", "block is in use at the end but has no live allocation in the trace",
     "blocks are in use at the end but have no live allocation in the trace"},
    {"negative_reserved_start", "sign that segment events are missing: reserved bytes would start below zero",
     "signs that segment events are missing: reserved bytes would start below zero"},
    {"unknown_action", "event has an action that this version does not know; it is kept in other_events",
     "events have an action that this version does not know; they are kept in other_events"},
    {"invalid_text",
     "text is not valid UTF-8 (shown with U+FFFD) or longer than 1 MiB (only its start is kept)",
     "texts are not valid UTF-8 (shown with U+FFFD) or longer than 1 MiB (only their start is kept)"},
    {"dropped_extra", "value of an unknown key could not be kept",
     "values of unknown keys could not be kept"},
    {"surplus_bytes",
     "byte of the input is not part of the snapshot: it belongs to another pickle, or follows its end",
     "bytes of the input are not part of the snapshot: they are other pickles, or follow its end"},
    {"cut_text",
     "text was cut: the input repeats its texts so often that the archive would be many times larger, or "
     "it has a word of more than 1 KiB, such as the state of a block",
     "texts were cut: the input repeats its texts so often that the archive would be many times larger, or "
     "it has a word of more than 1 KiB, such as the state of a block"},
};

}  // namespace

std::string anomaly_text(std::string_view kind, std::int64_t count) {
    for (const AnomalyText& text : k_anomaly_texts) {
        if (text.kind == kind)
            return fmt::format("{} {}", format_count(count), count == 1 ? text.one : text.several);
    }
    return fmt::format("{} anomalies of kind {}", format_count(count), kind);
}

}  // namespace snapq::report
