// Steps, freed memory that waits for a stream, and possible leaks: read from tables that the conversion
// prepared. Archives of older versions do not have them.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analysis/keys.hpp"
#include "analysis/row_access.hpp"
#include "analysis/summary/sections.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::StepCost;

constexpr const char* k_columns =
    "step, start_event, end_event, start_bytes, peak_bytes, peak_event, end_bytes, allocated_bytes";

// The first step that `end` of the query selects.
StepCost step_where(archive::Database& database, std::int64_t device, const std::string& end) {
    archive::Query row =
        database.prepare(fmt::format("SELECT {} FROM steps WHERE device = ?1 {}", k_columns, end));
    row.bind(1, device);
    StepCost step;
    if (!row.next()) return step;
    step.step = row.integer(0);
    step.start_event = row.integer(1);
    step.end_event = row.integer(2);
    step.start_bytes = row.integer(3);
    step.peak_bytes = row.integer(4);
    step.peak_event = row.integer(5);
    step.end_bytes = row.integer(6);
    step.allocated_bytes = row.integer(7);
    return step;
}

}  // namespace

std::optional<report::StepSummary> step_summary(archive::Database& database, std::int64_t device) {
    if (!database.has_table("steps")) return std::nullopt;
    archive::Query counted = database.prepare("SELECT count(*) FROM steps WHERE device = ?1");
    counted.bind(1, device);
    if (!counted.next() || counted.integer(0) == 0) return std::nullopt;
    report::StepSummary summary;
    summary.basis = meta_text(database, "step_basis");
    summary.count = counted.integer(0);
    summary.first = step_where(database, device, "ORDER BY step LIMIT 1");
    summary.last = step_where(database, device, "ORDER BY step DESC LIMIT 1");
    summary.largest = step_where(database, device, "ORDER BY peak_bytes DESC, step LIMIT 1");
    const std::string middle =
        fmt::format("ORDER BY peak_bytes, step LIMIT 1 OFFSET {}", (summary.count - 1) / 2);
    const StepCost median = step_where(database, device, middle);
    summary.typical = step_where(database, device,
                                 fmt::format("AND peak_bytes = {} ORDER BY step LIMIT 1", median.peak_bytes));
    return summary;
}

namespace {

constexpr std::size_t k_most_suspects = 10;
constexpr std::int64_t k_most_stacks = 1000;  // as many as the conversion writes

// The site of a stack; nullopt for one without frames.
std::optional<report::Key> site_of(archive::Database& database, report::MaybeInteger stack) {
    if (!stack) return std::nullopt;
    report::Key key = StackKeys(database, KeyKind::site).key_of(stack, false);
    return key.key == k_no_stack ? std::nullopt : std::optional(std::move(key));
}

void add(report::LeakSuspect& suspect, const archive::Query& row) {
    const bool is_new = suspect.count == 0;
    suspect.bytes = saturating_add(suspect.bytes, row.integer(1));
    suspect.count = saturating_add(suspect.count, row.integer(2));
    suspect.steps = std::max(suspect.steps, row.integer(3));
    suspect.first_event = is_new ? row.integer(4) : std::min(suspect.first_event, row.integer(4));
    suspect.last_event = std::max(suspect.last_event, row.integer(5));
    suspect.basis = row.text(6);
}

}  // namespace

std::optional<report::PendingFrees> pending_at(archive::Database& database, std::int64_t device,
                                               std::string_view moment) {
    if (moment.empty() || !database.has_table("pending")) return std::nullopt;
    archive::Query row = database.prepare(fmt::format(
        "SELECT bytes, count, first_event, stack_id, free_stack_id FROM pending WHERE {} AND moment = ?2 "
        "AND bytes > 0",
        rows_of_device(database, "pending", device)));
    row.bind(1, device);
    row.bind(2, moment);
    if (!row.next()) return std::nullopt;
    report::PendingFrees pending{row.integer(0), row.integer(1), row.maybe_integer(2), {}, {}};
    pending.allocated_by = site_of(database, row.maybe_integer(3));
    pending.freed_by = site_of(database, row.maybe_integer(4));
    return pending;
}

std::vector<report::LeakSuspect> leak_suspects(archive::Database& database, std::int64_t device) {
    std::vector<report::LeakSuspect> suspects;
    if (!database.has_table("leaks")) return suspects;
    archive::Query rows = database.prepare(fmt::format(
        "SELECT stack_id, bytes, count, steps, first_event, last_event, abbreviate(basis) FROM leaks WHERE "
        "{} ORDER BY bytes DESC LIMIT ?2",
        rows_of_device(database, "leaks", device)));
    rows.bind(1, device);
    rows.bind(2, k_most_stacks);
    StackKeys keys(database, KeyKind::site);
    std::map<UntrustedText, std::size_t> by_site;
    while (rows.next()) {
        report::Key key = keys.key_of(rows.maybe_integer(0), false);
        const auto [at, is_new] = by_site.try_emplace(key.key, suspects.size());
        if (is_new) static_cast<report::Key&>(suspects.emplace_back()) = std::move(key);
        add(suspects[at->second], rows);
    }
    std::ranges::stable_sort(suspects, std::ranges::greater(), &report::LeakSuspect::bytes);
    if (suspects.size() > k_most_suspects) suspects.resize(k_most_suspects);
    return suspects;
}

}  // namespace snapq::analysis
