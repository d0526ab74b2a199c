// The SQL text of elements.db. Names are public: users query them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace snapq::archive {

// Bytes of a database page. A reader fetches whole pages, and allocations, nearly all of the file, lie in the
// order in which they are asked for; so large pages cost little and keep trees low (three levels for ten
// million rows).
inline constexpr std::uint32_t k_page_size = 16384;

// "SNPQ": what `file` and others find at byte 68 of the database.
inline constexpr std::int32_t k_application_id = 0x534e5051;

// Grows when a table or column is added; readers accept larger ones and use what they know.
inline constexpr std::int32_t k_schema_version = 1;

// All tables and views. SQLite keeps the text with its comments, so `.schema` explains itself.
[[nodiscard]] std::string_view schema_sql();

}  // namespace snapq::archive
