#include "archive/sqlite/hardening.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <mutex>
#include <string>
#include <string_view>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/database.hpp"
#include "support/error.hpp"

namespace snapq::archive::sqlite {
namespace {

struct Limit {
    int id;
    int value;
};

// Far above what SQL written by a person needs; SQLite's defaults are meant for trusted SQL.
constexpr std::array k_limits{
    Limit{SQLITE_LIMIT_LENGTH, k_longest_value},
    Limit{SQLITE_LIMIT_SQL_LENGTH, k_longest_statement},
    Limit{SQLITE_LIMIT_COLUMN, 500},
    Limit{SQLITE_LIMIT_EXPR_DEPTH, 200},
    Limit{SQLITE_LIMIT_COMPOUND_SELECT, 100},
    Limit{SQLITE_LIMIT_VDBE_OP, 250'000},
    Limit{SQLITE_LIMIT_FUNCTION_ARG, 100},
    Limit{SQLITE_LIMIT_ATTACHED, 10},
    Limit{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1'000},
    Limit{SQLITE_LIMIT_VARIABLE_NUMBER, 1'000},
    Limit{SQLITE_LIMIT_TRIGGER_DEPTH, 1},
    Limit{SQLITE_LIMIT_WORKER_THREADS, 0},
};

// Pragmas that only read. Some take the name of a table or an index as their argument.
constexpr std::array<std::string_view, 17> k_reading_pragmas{
    "collation_list", "compile_options", "database_list", "foreign_key_check", "foreign_key_list",
    "function_list",  "index_info",      "index_list",    "index_xinfo",       "integrity_check",
    "module_list",    "pragma_list",     "quick_check",   "schema_version",    "table_info",
    "table_list",     "table_xinfo"};

// Pragmas that only read when they have no argument, but change something when they have one.
constexpr std::array<std::string_view, 8> k_reading_without_argument{
    "application_id", "cache_size", "encoding",   "freelist_count",
    "page_count",     "page_size",  "query_only", "user_version"};

// The functions in the SQL of summary, diff, verify, info and extract.
constexpr std::array<std::string_view, 12> k_own_functions{"abbreviate", "coalesce",   "count",  "length",
                                                           "like",       "max",        "min",    "nullif",
                                                           "shown_file", "shown_site", "substr", "sum"};

template <std::size_t Count>
bool contains(const std::array<std::string_view, Count>& names, std::string_view name) {
    return std::ranges::any_of(names, [&](std::string_view known) { return same_name(known, name); });
}

bool pragma_reads(const char* name, const char* argument) {
    // Setting the schema version can damage the file.
    if (same_name(name, "schema_version") && argument != nullptr) return false;
    return contains(k_reading_pragmas, name) ||
           (argument == nullptr && contains(k_reading_without_argument, name));
}

// Dropping the modules of full-text search leaves its SQL functions, which would then use freed memory. A
// schema cannot call them, because they are not innocuous.
bool function_reads(std::string_view name) {
    constexpr std::string_view k_full_text = "fts";
    return !same_name(name, "load_extension") && !same_name(name.substr(0, k_full_text.size()), k_full_text);
}

// The authorizer. `own` is not null for the program's own queries.
int authorize(void* own, int action, const char* first, const char* second, const char*, const char*) {
    bool allowed = false;
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_READ:
        case SQLITE_RECURSIVE: allowed = true; break;
        case SQLITE_FUNCTION:
            allowed = second != nullptr &&
                      (own != nullptr ? contains(k_own_functions, second) : function_reads(second));
            break;
        case SQLITE_PRAGMA: allowed = first != nullptr && pragma_reads(first, second); break;
        // SQLite asks for this when it declares an eponymous virtual table (json_each, pragma_table_info).
        // Defensive mode and the read-only file still prevent a real UPDATE.
        case SQLITE_UPDATE: allowed = first != nullptr && same_name(first, "sqlite_master"); break;
        default: break;
    }
    return allowed ? SQLITE_OK : SQLITE_DENY;
}

void run(sqlite3* connection, const std::string& sql) {
    check(connection, sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr), "opening a database");
}

int stop(void*) {
    return 1;
}

// Runs the first statement on a database, for which SQLite reads the schema into memory. A crafted schema may
// have millions of entries, for which SQLite takes quadratic time, so the number of instructions is limited.
void run_reading_schema(sqlite3* connection, const std::string& sql) {
    sqlite3_progress_handler(connection, k_longest_schema, stop, nullptr);
    const int code = sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr);
    sqlite3_progress_handler(connection, 0, nullptr, nullptr);
    if (code == SQLITE_INTERRUPT || code == SQLITE_NOMEM) {
        throw InputError("the schema of the database is larger than that of any archive");
    }
    // The statements are correct, so the file must be wrong, for example in its schema format.
    if (code == SQLITE_ERROR) throw InputError(fmt::format("SQLite: {}", sqlite3_errmsg(connection)));
    check(connection, code, "opening a database");
}

void configure(sqlite3* connection) {
    struct Switch {
        int option;
        int value;
    };
    constexpr std::array k_switches{
        Switch{SQLITE_DBCONFIG_DEFENSIVE, 1},       Switch{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        Switch{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},  Switch{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        Switch{SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0}, Switch{SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
    };
    for (const Switch& change : k_switches) {
        if (sqlite3_db_config(connection, change.option, change.value, nullptr) != SQLITE_OK) {
            throw SystemError(fmt::format("SQLite does not support configuration option {}", change.option));
        }
    }
    for (const Limit& limit : k_limits) sqlite3_limit(connection, limit.id, limit.value);
}

// Full-text and spatial tables parse data structures of their own, which may be crafted to attack the
// program.
void drop_modules(sqlite3* connection) {
    std::array<const char*, 3> kept{"json_each", "json_tree", nullptr};
    sqlite3_drop_modules(connection, kept.data());
}

void limit_heap() {
    static std::once_flag once;
    std::call_once(once, [] {
        sqlite3_soft_heap_limit64(k_soft_heap_limit);
        sqlite3_hard_heap_limit64(k_hard_heap_limit);
    });
}

void limit_cache(sqlite3* connection, const std::string& schema) {
    run_reading_schema(connection,
                       fmt::format("PRAGMA {}.cache_size=-{}", quoted_name(schema), k_page_cache_kib));
}

void attach(sqlite3* connection, const std::string& name, const std::string& schema) {
    if (sqlite3_db_name(connection, 2 + sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, -1) - 1) !=
        nullptr) {
        throw_usage("at most {} archives can be attached",
                    sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, -1));
    }
    for (int i = 0; const char* taken = sqlite3_db_name(connection, i); ++i) {
        if (same_name(taken, schema)) throw_usage("an archive is attached as '{}' already", schema);
    }
    run_reading_schema(connection, fmt::format("ATTACH '{}' AS {}", name, quoted_name(schema)));
}

void refuse(sqlite3_context* context, int, sqlite3_value**) {
    sqlite3_result_error(context, "extensions are not allowed", -1);
}

// An SQLite that was built without extensions does not have this function. With it, the authorizer refuses it
// by the same words in every build.
void add_refused_functions(sqlite3* connection) {
    for (const int arguments : {1, 2}) {
        check(connection,
              sqlite3_create_function_v2(connection, "load_extension", arguments,
                                         SQLITE_UTF8 | SQLITE_DIRECTONLY, nullptr, refuse, nullptr, nullptr,
                                         nullptr),
              "load_extension");
    }
}

}  // namespace

void restrict(sqlite3* connection) {
    limit_heap();
    configure(connection);
    drop_modules(connection);
    run_reading_schema(connection, "PRAGMA ignore_check_constraints=ON");
}

void harden(sqlite3* connection) {
    restrict(connection);
    run(connection,
        "PRAGMA temp_store=FILE; PRAGMA query_only=ON; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0");
    limit_cache(connection, "main");
    add_refused_functions(connection);
    sqlite3_set_authorizer(connection, authorize, nullptr);
}

namespace {

// Runs `work` without the authorizer, which is for the SQL of users.
template <typename Work>
void without_authorizer(sqlite3* connection, Work&& work) {
    sqlite3_set_authorizer(connection, nullptr, nullptr);
    try {
        work();
    } catch (...) {
        sqlite3_set_authorizer(connection, authorize, nullptr);
        throw;
    }
    sqlite3_set_authorizer(connection, authorize, nullptr);
}

}  // namespace

void allow_own_functions_only(sqlite3* connection) {
    static int own = 0;  // only its address is used: it is not null
    sqlite3_set_authorizer(connection, authorize, &own);
}

void attach_hardened(sqlite3* connection, const std::string& name, const std::string& schema) {
    without_authorizer(connection, [&] {
        attach(connection, name, schema);
        limit_cache(connection, schema);
    });
}

namespace {

void change_temp_schema(sqlite3* connection, const std::string& sql) {
    without_authorizer(connection, [&] {
        run(connection, "PRAGMA query_only=OFF");
        run(connection, sql);
        run(connection, "PRAGMA query_only=ON");
    });
}

}  // namespace

void create_temp_view(sqlite3* connection, const std::string& sql) {
    change_temp_schema(connection, sql);
}

void drop_temp_view(sqlite3* connection, std::string_view name) {
    change_temp_schema(connection, "DROP VIEW temp." + quoted_name(name));
}

}  // namespace snapq::archive::sqlite
