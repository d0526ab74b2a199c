#include <fmt/format.h>

#include "analysis/categories.hpp"
#include "analysis/keys.hpp"
#include "analysis/row_access.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::Key;
using report::MaybeInteger;

constexpr std::string_view k_unknown = "[unknown]";
constexpr std::string_view k_allocated = "allocated";
constexpr std::string_view k_no_metadata = "[no metadata]";
constexpr std::string_view k_no_category = "[no category]";
// A string id of KeyKind::pytorch_category: memory from before the recording, whose category nobody recorded.
constexpr std::int64_t k_before_category = -1;
// The column of KeyKind::pytorch_category in archives of version 0.1.0.
constexpr std::string_view k_without_category = "CASE WHEN origin <> 'trace' THEN -1 END";

}  // namespace

Key bare_key(std::string_view name) {
    Key key;
    key.key = key.label = name;
    return key;
}

StreamNumbers::StreamNumbers(archive::Database& database, std::int64_t device) {
    archive::Query rows = database.prepare(fmt::format(
        "SELECT stream FROM stream_totals WHERE {} AND stream IS NOT NULL AND stream <> 0 ORDER BY "
        "rowid",
        rows_of_device(database, "stream_totals", device)));
    rows.bind(1, device);
    while (rows.next())
        m_numbers.try_emplace(rows.integer(0), static_cast<std::int64_t>(m_numbers.size()) + 1);
}

std::optional<std::int64_t> StreamNumbers::of(std::int64_t stream) const {
    const auto found = m_numbers.find(stream);
    return found == m_numbers.end() ? std::nullopt : std::optional(found->second);
}

ColumnKeys::ColumnKeys(archive::Database& database, std::int64_t device, KeyKind kind)
    : m_kind(kind), m_column(info_of(kind).column) {
    if (kind == KeyKind::stream) m_streams.emplace(database, device);
    if (kind == KeyKind::pytorch_category && !database.has_column("allocations", "category_id"))
        m_column = k_without_category;
    if (kind == KeyKind::category)
        require_column_of_phases(database, "allocations", "category", "categories");
    if (kind == KeyKind::metadata || kind == KeyKind::pytorch_category)
        m_string = database.prepare("SELECT abbreviate(text) FROM strings WHERE id = ?1");
}

Key ColumnKeys::text_key(MaybeInteger string_id, std::string_view name_without) {
    if (!string_id) return bare_key(name_without);
    if (*string_id == k_before_category) return bare_key(k_before_recording);
    m_string->reset();
    m_string->bind(1, *string_id);
    return bare_key(m_string->next() ? m_string->text(0) : k_unknown);
}

Key ColumnKeys::key_in(const archive::Query& row) {
    if (m_kind == KeyKind::metadata) return text_key(row.maybe_integer(0), k_no_metadata);
    if (m_kind == KeyKind::pytorch_category) return text_key(row.maybe_integer(0), k_no_category);
    if (m_kind == KeyKind::category) return bare_key(maybe_text(row, 0).value_or(std::string(k_unknown)));
    if (m_kind == KeyKind::pool) return pool_key(maybe_text(row, 0));
    if (m_kind == KeyKind::size) return size_key(row.integer(0));
    if (m_kind == KeyKind::state) return bare_key(row.integer(0) != 0 ? k_pending_free : k_allocated);
    const MaybeInteger stream = row.maybe_integer(0);
    return stream_key(stream, m_streams->of(stream.value_or(0)).value_or(m_streams->count() + 1));
}

StreamNames::StreamNames(archive::Database& database, std::int64_t device) : m_streams(database, device) {}

std::string StreamNames::name_of(std::int64_t stream) const {
    constexpr std::int64_t k_least_pointer = 4096;
    if (stream >= 0 && stream < k_least_pointer) return fmt::format("stream {}", stream);
    const std::string pointer = fmt::format("{:#x}", static_cast<std::uint64_t>(stream));
    const auto number = m_streams.of(stream);
    return number ? fmt::format("stream {} ({})", *number, pointer) : "stream " + pointer;
}

Key stream_key(MaybeInteger stream, std::int64_t ordinal) {
    if (!stream) return bare_key(k_unknown);
    Key key = bare_key(std::to_string(*stream));
    key.label = *stream == 0 ? "stream 0 (default)"
                             : fmt::format("stream {} ({:#x})", ordinal, static_cast<std::uint64_t>(*stream));
    return key;
}

Key pool_key(const std::optional<std::string>& pool) {
    if (!pool) return bare_key(k_unknown);
    Key key = bare_key(*pool);
    key.label = *pool == "0,0" ? "default pool" : fmt::format("private pool {}", *pool);
    return key;
}

Key size_key(std::int64_t bytes) {
    Key key = bare_key(std::to_string(bytes));
    key.label = format_size(bytes);
    return key;
}

}  // namespace snapq::analysis
