#include "analysis/diff_parts.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "analysis/row_access.hpp"
#include "snapq/support/saturating.hpp"

namespace snapq::analysis {
namespace {

using report::Key;
using report::MaybeInteger;

constexpr const char* k_prepared =
    "SELECT stack_id, origin, bytes, count FROM live_stacks WHERE device = ?1 AND moment = ?2";
constexpr const char* k_scan =
    "SELECT stack_id, origin, sum(size), count(*) FROM allocations WHERE device = ?1 AND "
    "coalesce(alloc_event, -1) <= ?2 AND (end_event IS NULL OR end_event > ?2) GROUP BY stack_id, origin";
constexpr const char* k_maxima =
    "SELECT stack_id, origin, max_bytes, max_event FROM stack_totals WHERE device = ?1";

// A stack allocates before the recording and in it; the tables tell the two apart.
using PartId = std::pair<MaybeInteger, std::string>;

PartId id_in(const archive::Query& row) {
    return {maybe_integer(row, 0), std::string(row.text(1))};
}

// "stream 1 (0x7f…)" without the pointer, which is another one in each process.
std::string stream_name(const std::string& label) {
    return label.substr(0, label.find(" ("));
}

}  // namespace

PartReader::PartReader(archive::Database& database, const DiffOptions& options, const StableFiles& files)
    : m_database(database),
      m_options(options),
      m_files(files),
      m_keys(database, options.by, options.user_prefixes) {
    if (options.by == KeyKind::stack && !options.exact) m_stacks.emplace(database, files);
}

std::vector<SidePart> PartReader::parts(std::int64_t device, const LiveAt& at) {
    return is_of_stack(m_options.by) ? stack_parts(device, at) : column_parts(device, at);
}

std::vector<SidePart> PartReader::stack_parts(std::int64_t device, const LiveAt& at) {
    std::map<PartId, SidePart> parts;
    archive::Query live = m_database.prepare(at.prepared.empty() ? k_scan : k_prepared);
    live.bind(1, device);
    at.prepared.empty() ? live.bind(2, at.event) : live.bind(2, std::string_view(at.prepared));
    while (live.next()) {
        SidePart& part = parts[id_in(live)];
        part.bytes = saturating_add(part.bytes, live.integer(2));
        part.count = saturating_add(part.count, live.integer(3));
    }
    archive::Query maxima = m_database.prepare(k_maxima);
    maxima.bind(1, device);
    while (maxima.next()) {
        const PartId id = id_in(maxima);
        // What was never freed and was there from the start did not change.
        const bool constant = id.second == "preexisting_kept";
        parts[id].maximum = PartMaximum{maxima.integer(2), maybe_integer(maxima, 3), constant, true};
    }
    std::vector<SidePart> named;
    named.reserve(parts.size());
    for (auto& [id, part] : parts) {
        part.stack_id = id.first;
        name_part(part, id.first, id.second != "trace");
        named.push_back(std::move(part));
    }
    return named;
}

std::vector<SidePart> PartReader::column_parts(std::int64_t device, const LiveAt& at) {
    const Grouping grouping{.by = m_options.by, .user_prefixes = {}, .with_maxima = true};
    std::vector<SidePart> parts;
    for (report::LiveRow& row : live_rows(m_database, device, at, grouping).rows) {
        SidePart part;
        part.label = std::move(row.label);
        part.key = m_options.by == KeyKind::stream ? stream_name(part.label) : std::move(row.key);
        part.bytes = row.bytes;
        part.count = row.count;
        if (row.max_bytes) part.maximum = PartMaximum{*row.max_bytes, std::nullopt, false, row.max_exact};
        parts.push_back(std::move(part));
    }
    return parts;
}

void PartReader::name_part(SidePart& part, MaybeInteger stack_id, bool preexisting) {
    const Key key = m_keys.key_of(stack_id, preexisting);
    part.label = key.label;
    if (m_options.by == KeyKind::file && key.file) {
        part.key = m_files(*key.file);
    } else if (m_options.by != KeyKind::op && key.file && key.function) {
        part.key = fmt::format("{} {}", m_files(*key.file), stable_function(*key.function));
    } else {
        part.key = key.key;
    }
    if (m_options.by == KeyKind::stack && stack_id) name_stack(part, *stack_id, key);
}

// Here part.key is by site, key.key by the content of the whole stack.
void PartReader::name_stack(SidePart& part, std::int64_t stack_id, const Key& key) {
    if (m_options.exact) {
        if (key.key == key.label) return;  // the empty stack
        part.key = fmt::format("{} #{}", key.file ? part.key : key.label, key.key);
        return;
    }
    if (!key.file) part.key = key.label;  // C++ frames only: by autograd node or op
    const auto stack = m_stacks->python_stack(stack_id, key);
    if (!stack) return;
    part.fallback = part.key;
    part.key += fmt::format(" #{:016x}", stack->hash);
    part.label = key.label + stack->callers;
}

}  // namespace snapq::analysis
