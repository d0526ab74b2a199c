#include "archive/tables/temporary_views.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/sqlite/functions.hpp"
#include "archive/sqlite/hardening.hpp"

namespace snapq::archive::tables {
namespace {

// A column that a version added, and the view that adds it to databases of the versions before.
struct AddedColumn {
    std::string_view table;
    std::string_view column;
    std::string_view view;
};

constexpr AddedColumn k_added_columns[] = {
    // Older versions took whole cached segments for holes.
    {"fragmentation", "largest_cached_segment_bytes",
     "CREATE TEMP VIEW fragmentation AS SELECT device, moment, estimated, reserved_bytes, requested_bytes, "
     "rounding_bytes, cached_bytes, stranded_bytes, segments, cached_segments, holes, "
     "CASE cached_segments WHEN 0 THEN largest_hole_bytes END AS largest_hole_bytes, "
     "CASE cached_segments WHEN 0 THEN 0 END AS largest_cached_segment_bytes FROM main.fragmentation"},
    // Older versions counted free memory of any pool and stream. Their answer is kept if even that was too
    // little.
    {"oom", "usable_bytes",
     "CREATE TEMP VIEW oom AS SELECT device, event, time_us, requested_bytes, device_free_bytes, live_bytes, "
     "reserved_bytes, short_bytes, NULL AS largest_hole_bytes, "
     "CASE fits_without_fragmentation WHEN 0 THEN 0 END AS fits_without_fragmentation, stack_id, site, op, "
     "NULL AS stream, NULL AS pool_id, 0 AS pool_inferred, NULL AS segment_bytes, NULL AS usable_bytes, "
     "NULL AS usable_largest_bytes, CASE WHEN fits_without_fragmentation IS NOT 0 THEN 'version' END AS "
     "verdict_lacks FROM main.oom"},
};

// A table that a version added, and the empty view that takes its place.
struct AddedTable {
    std::string_view table;
    std::string_view view;
};

constexpr AddedTable k_added_tables[] = {
    {"pool_fragmentation",
     "CREATE TEMP VIEW pool_fragmentation AS SELECT NULL AS device, NULL AS moment, NULL AS event, "
     "NULL AS pool_id, NULL AS stream, NULL AS segment_type, NULL AS is_expandable, NULL AS estimated, "
     "NULL AS reserved_bytes, NULL AS requested_bytes, NULL AS rounding_bytes, NULL AS cached_bytes, "
     "NULL AS stranded_bytes, NULL AS segments, NULL AS cached_segments, NULL AS holes, "
     "NULL AS largest_hole_bytes, NULL AS largest_cached_segment_bytes WHERE 0"},
    {"oom_unusable",
     "CREATE TEMP VIEW oom_unusable AS SELECT NULL AS device, NULL AS event, NULL AS reason, "
     "NULL AS pool_id, NULL AS stream, NULL AS bytes, NULL AS largest_bytes WHERE 0"},
    {"pending",
     "CREATE TEMP VIEW pending AS SELECT NULL AS device, NULL AS moment, NULL AS bytes, NULL AS count, "
     "NULL AS first_event, NULL AS stack_id, NULL AS free_stack_id WHERE 0"},
    {"leaks",
     "CREATE TEMP VIEW leaks AS SELECT NULL AS device, NULL AS stack_id, NULL AS bytes, NULL AS count, "
     "NULL AS steps, NULL AS first_event, NULL AS last_event, NULL AS basis WHERE 0"},
    {"steps",
     "CREATE TEMP VIEW steps AS SELECT NULL AS device, NULL AS step, NULL AS start_event, NULL AS end_event, "
     "NULL AS start_bytes, NULL AS peak_bytes, NULL AS peak_event, NULL AS end_bytes, NULL AS "
     "allocated_bytes WHERE 0"},
    {"category_totals",
     "CREATE TEMP VIEW category_totals AS SELECT NULL AS device, NULL AS moment, NULL AS category, NULL AS "
     "bytes, "
     "NULL AS count, NULL AS older_bytes, NULL AS older_count WHERE 0"},
    {"category_timeline",
     "CREATE TEMP VIEW category_timeline AS SELECT NULL AS device, NULL AS event, NULL AS category, NULL AS "
     "bytes "
     "WHERE 0"},
};

}  // namespace

void add_missing_names(Database& database) {
    // Only tables, not views: a query on a view of an untrusted database may not end.
    if (!database.has_base_table("fragmentation") || !database.has_base_table("oom")) return;
    for (const AddedColumn& added : k_added_columns) {
        if (!database.has_column(added.table, added.column))
            sqlite::create_temp_view(database.handle(), std::string(added.view));
    }
    for (const AddedTable& added : k_added_tables) {
        if (!database.has_table(added.table))
            sqlite::create_temp_view(database.handle(), std::string(added.view));
    }
}

bool is_later_column(std::string_view table, std::string_view column) {
    constexpr std::pair<std::string_view, std::string_view> k_columns[] = {{"allocations", "category"},
                                                                           {"allocations", "category_id"},
                                                                           {"devices", "kind"},
                                                                           {"stacks", "forward_stack_id"},
                                                                           {"stacks", "phase"}};
    return std::ranges::count(k_columns, std::pair(table, column)) > 0;
}

namespace {

// The SQL that the view has in place of a column. The subquery, unlike a join, leaves the view simple enough
// for SQLite to look up single rows of it.
std::string shown_column(std::string_view column) {
    if (column == "filename") return "shown_file(filename)";
    if (column == "site") {
        return "abbreviate(shown_site(site, (SELECT filename FROM main.frames WHERE frame_id = "
               "site_frame_id)))";
    }
    // The whole stack as one text, and the source of a compiled graph, have filenames anywhere in the text.
    if (column == "callstack" || column == "fx_original_trace") return "''";
    return quoted_name(column);
}

std::string shortened_column(std::string_view column) {
    const bool is_name = column == "site" || column == "op" || column == "backward_node" ||  // of stacks
                         column == "filename" || column == "name";                           // of frames
    return is_name ? fmt::format("abbreviate({})", column) : quoted_name(column);
}

void replace_by_view(Database& database, const std::string& table, std::string (*sql_of)(std::string_view)) {
    sqlite::add_abbreviate(database.handle());
    std::vector<std::string> columns;
    Query names = database.prepare("SELECT name FROM pragma_table_info(?1, 'main')");
    names.bind(1, table);
    while (names.next())
        columns.push_back(fmt::format("{} AS {}", sql_of(names.text(0)), quoted_name(names.text(0))));
    sqlite::create_temp_view(
        database.handle(),
        fmt::format("CREATE TEMP VIEW {0} AS SELECT {1} FROM main.{0}", table, fmt::join(columns, ", ")));
}

bool has_view(Database& database, std::string_view name) {
    Query query = database.prepare("SELECT 1 FROM sqlite_temp_master WHERE name = ?1");
    query.bind(1, name);
    return query.next();
}

}  // namespace

std::vector<std::string> shorten_names(Database& database) {
    std::vector<std::string> shortened;
    for (const char* table : {"stacks", "frames"}) {
        if (!database.has_table(table) || has_view(database, table)) continue;
        replace_by_view(database, table, shortened_column);
        shortened.emplace_back(table);
    }
    return shortened;
}

void show_whole_names(Database& database, const std::vector<std::string>& shortened) {
    for (const std::string& table : shortened) sqlite::drop_temp_view(database.handle(), table);
}

void show_files_by(Database& database, const FileNaming& naming) {
    if (!database.has_table("frames") || !database.has_table("stacks")) return;
    sqlite::add_file_naming(database.handle(), naming);
    for (const char* table : {"frames", "stacks"}) replace_by_view(database, table, shown_column);
}

}  // namespace snapq::archive::tables
