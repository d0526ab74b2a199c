#include "archive/tables/shown_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <vector>

#include "archive/sqlite/functions.hpp"
#include "archive/sqlite/hardening.hpp"

namespace snapq::archive::tables {
namespace {

// What the view has in place of a column. The subquery, unlike a join, leaves the view simple enough for
// SQLite to look up single rows of it.
std::string shown_column(std::string_view column) {
    if (column == "filename") return "shown_file(filename)";
    if (column == "site")
        return "shown_site(site, (SELECT filename FROM main.frames WHERE frame_id = site_frame_id))";
    // The whole stack as one text, and the source of a compiled graph: both have filenames anywhere.
    if (column == "callstack" || column == "fx_original_trace") return "''";
    return quoted_name(column);
}

void replace_by_view(Database& database, const std::string& table) {
    std::vector<std::string> columns;
    Query names = database.prepare("SELECT name FROM pragma_table_info(?1, 'main')");
    names.bind(1, table);
    while (names.next())
        columns.push_back(fmt::format("{} AS {}", shown_column(names.text(0)), quoted_name(names.text(0))));
    sqlite::create_temp_view(
        database.handle(),
        fmt::format("CREATE TEMP VIEW {0} AS SELECT {1} FROM main.{0}", table, fmt::join(columns, ", ")));
}

}  // namespace

void show_files_by(Database& database, const FileNaming& naming) {
    if (!database.has_table("frames") || !database.has_table("stacks")) return;
    sqlite::add_file_naming(database.handle(), naming);
    for (const char* table : {"frames", "stacks"}) replace_by_view(database, table);
}

}  // namespace snapq::archive::tables
