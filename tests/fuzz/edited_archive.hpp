// Builds an archive whose container is valid but whose tables have arbitrary content: changed, duplicated or
// missing rows, and values of any type and size. SQLite refuses nearly all random bytes, but this content
// reaches the analysis.
#pragma once

#include <sqlite3.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "archive/archive_reader.hpp"
#include "convert/converter.hpp"
#include "fuzz/cutter.hpp"
#include "fuzz/target.hpp"
#include "support/archive_fixture.hpp"
#include "support/memory_file.hpp"

namespace snapq::fuzz {

// Two devices, one without a trace. They have memory that was allocated before the trace, an OOM, a span, two
// callers of one site, and operators.
inline constexpr std::string_view k_sample = R"({
"segments":[
 {"device":0,"address":4096,"total_size":8192,"stream":0,"segment_type":"small","allocated_size":1536,"active_size":1536,
  "requested_size":1500,"segment_pool_id":[0,0],"is_expandable":false,"frames":[],"blocks":[
   {"address":4096,"size":512,"requested_size":500,"state":"active_allocated","frames":[]},
   {"address":4608,"size":1024,"requested_size":1000,"state":"active_pending_free","frames":[]},
   {"address":5632,"size":6656,"requested_size":0,"state":"inactive","frames":[]}]},
 {"device":1,"address":65536,"total_size":4096,"stream":7,"segment_type":"large","allocated_size":4096,"active_size":4096,
  "blocks":[{"address":65536,"size":4096,"requested_size":4000,"state":"active_allocated",
   "frames":[{"filename":"load.py","line":3,"name":"load"}]}]}],
"device_traces":[[
 {"action":"segment_alloc","addr":4096,"size":8192,"stream":0,"time_us":1000,"frames":[]},
 {"action":"alloc","addr":8192,"size":700,"stream":0,"time_us":1001,"frames":[{"filename":"??","line":0,"name":"at::_ops::mul::call"},
  {"filename":"/home/ada/job/model.py","line":7,"name":"forward"},{"filename":"/home/ada/job/train.py","line":9,"name":"step"}]},
 {"action":"alloc","addr":9216,"size":300,"stream":3,"time_us":1002,"segment_pool_id":[1,0],"frames":[
  {"filename":"/home/ada/job/model.py","line":8,"name":"forward"},{"filename":"/home/ada/job/eval.py","line":2,"name":"main"}]},
 {"action":"free_requested","addr":20480,"size":64,"stream":0,"time_us":1003,"frames":[]},
 {"action":"free_completed","addr":20480,"size":64,"stream":0,"time_us":1003,"frames":[]},
 {"action":"oom","addr":0,"size":1048576,"stream":0,"time_us":1004,"device_free":512,"frames":[{"filename":"model.py","line":8,"name":"big"}]},
 {"action":"alloc","addr":10240,"size":40,"stream":0,"time_us":1005,"frames":[{"filename":"??","line":0,"name":"MulBackward0::apply"}]},
 {"action":"free_requested","addr":8192,"size":700,"stream":0,"time_us":1006,"frames":[]},
 {"action":"free_completed","addr":8192,"size":700,"stream":0,"time_us":1007,"frames":[]}],[]],
"allocator_settings":{"expandable_segments":false,"max_split_size":-1},
"external_annotations":[{"stage":"START","name":"step","device":0,"time_us":1001},{"stage":"END","name":"step","device":0,"time_us":1006}]
})";

// The database of the sample. It has no constraints, so that every edit succeeds, and small pages.
class SampleDatabase {
public:
    struct Table {
        std::string name;
        std::vector<std::string> columns;
    };

    static const SampleDatabase& instance() {
        static const SampleDatabase sample;
        return sample;
    }
    [[nodiscard]] const std::string& bytes() const { return m_bytes; }
    [[nodiscard]] const std::vector<Table>& tables() const { return m_tables; }

private:
    SampleDatabase() {
        const tests::ScratchFolder folder;
        const tests::MemoryFile snapshot(k_sample);
        convert::ConvertOptions options;
        options.layout = convert::Layout::directory;
        convert::convert_file(snapshot.path(), folder / "sample", options);
        copy_without_constraints(folder / "sample/elements.db", folder / "plain.db");
        m_bytes = tests::read_file(folder / "plain.db");
    }

    static void run(sqlite3* database, const std::string& sql) {
        require(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, sql.c_str());
    }
    static std::vector<std::vector<std::string>> rows(sqlite3* database, const std::string& sql) {
        std::vector<std::vector<std::string>> found;
        const auto add = [](void* into, int count, char** values, char**) {
            static_cast<std::vector<std::vector<std::string>>*>(into)->emplace_back(values, values + count);
            return 0;
        };
        require(sqlite3_exec(database, sql.c_str(), add, &found, nullptr) == SQLITE_OK, sql.c_str());
        return found;
    }

    void copy_without_constraints(const std::string& from, const std::string& to) {
        sqlite3* copy = nullptr;
        require(sqlite3_open(to.c_str(), &copy) == SQLITE_OK, "a database can be made");
        run(copy, "PRAGMA page_size=1024; PRAGMA synchronous=OFF; ATTACH '" + from + "' AS source");
        for (const auto& row : rows(copy, "SELECT name FROM source.sqlite_master WHERE type = 'table'")) {
            run(copy, "CREATE TABLE " + row[0] + " AS SELECT * FROM source." + row[0]);
            m_tables.push_back({row[0], {}});
            for (const auto& column : rows(copy, "SELECT name FROM pragma_table_info('" + row[0] + "')")) {
                m_tables.back().columns.push_back(column[0]);
            }
        }
        for (const auto& row : rows(copy, "SELECT sql FROM source.sqlite_master WHERE type = 'view'"))
            run(copy, row[0]);
        require(sqlite3_close(copy) == SQLITE_OK, "a database can be closed");
    }

    std::string m_bytes;
    std::vector<Table> m_tables;
};

// Changes a copy of the sample's database. Six or more bytes of the input describe each edit.
class DatabaseEditor {
public:
    DatabaseEditor() {
        const std::string& sample = SampleDatabase::instance().bytes();
        auto* copy = static_cast<unsigned char*>(sqlite3_malloc64(sample.size()));
        std::memcpy(copy, sample.data(), sample.size());
        const auto size = static_cast<sqlite3_int64>(sample.size());
        require(sqlite3_open(":memory:", &m_database) == SQLITE_OK &&
                    sqlite3_deserialize(m_database, "main", copy, size, size,
                                        SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) ==
                        SQLITE_OK,
                "a copy can be opened");
        sqlite3_exec(m_database, "PRAGMA journal_mode=OFF; BEGIN", nullptr, nullptr, nullptr);
    }
    DatabaseEditor(const DatabaseEditor&) = delete;
    DatabaseEditor& operator=(const DatabaseEditor&) = delete;
    ~DatabaseEditor() { sqlite3_close(m_database); }

    void edit(Cutter& input) {
        const auto& table = input.one_of(SampleDatabase::instance().tables());
        const std::string& column = input.one_of(table.columns);
        const int row = input.byte() % 16 + 1;
        const std::string where = " WHERE rowid = " + std::to_string(row);
        switch (input.byte() % 8) {
            case 0: return run("DELETE FROM " + table.name + where, nullptr);
            case 1: return run("INSERT INTO " + table.name + " SELECT * FROM " + table.name + where, nullptr);
            case 2: return run("DROP TABLE " + table.name, nullptr);
            default: return run("UPDATE " + table.name + " SET " + column + " = ?1" + where, &input);
        }
    }

    [[nodiscard]] std::string bytes() {
        sqlite3_exec(m_database, "COMMIT", nullptr, nullptr, nullptr);
        sqlite3_int64 size = 0;
        const unsigned char* bytes = sqlite3_serialize(m_database, "main", &size, SQLITE_SERIALIZE_NOCOPY);
        return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
    }

private:
    // `value`: input from which the value of the statement's parameter is made; null if the statement has no
    // parameter. A statement does nothing if its table was dropped.
    void run(const std::string& sql, Cutter* value) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(m_database, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) return;
        if (value != nullptr) bind(statement, *value);
        while (sqlite3_step(statement) == SQLITE_ROW) {
        }
        sqlite3_finalize(statement);
    }

    static void bind(sqlite3_stmt* statement, Cutter& input) {
        static constexpr std::array<std::int64_t, 8> k_extremes{
            INT64_MIN, INT64_MAX, INT64_MAX - 1, INT64_MIN + 1, INT64_C(1) << 62, INT64_C(1) << 32, -1, 0};
        static constexpr std::array<double, 6> k_reals{1e308, -1e308, 0.5, -0.0, 9.3e18, 1e-300};
        static const std::array<std::string, 12> k_texts{"",
                                                         "peak",
                                                         "oom:0",
                                                         "oom:-1",
                                                         "start",
                                                         "all",
                                                         "alloc",
                                                         "\xff\xc3",
                                                         "a|b`<c>\n\x1b[2J\"\\",
                                                         std::string(3000, 'w'),
                                                         "/home/ada/job/model.py:7 forward",
                                                         "[before recording]"};
        switch (input.byte() % 6) {
            case 0: sqlite3_bind_null(statement, 1); break;
            case 1: sqlite3_bind_int64(statement, 1, static_cast<std::int8_t>(input.byte())); break;
            case 2: sqlite3_bind_int64(statement, 1, input.one_of(k_extremes)); break;
            case 3: sqlite3_bind_int64(statement, 1, static_cast<std::int64_t>(input.number(8))); break;
            case 4: sqlite3_bind_double(statement, 1, input.one_of(k_reals)); break;
            case 5: {
                const std::string& text = input.one_of(k_texts);
                sqlite3_bind_text(statement, 1, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
                break;
            }
        }
    }

    sqlite3* m_database = nullptr;
};

// The edited archive, opened in the same way as in every command.
class OpenArchive {
public:
    explicit OpenArchive(std::string database)
        : m_file(packed(std::move(database))), m_reader(archive::open_archive(m_file.path())) {}

    [[nodiscard]] const archive::ArchiveReader& reader() const { return m_reader; }
    // To open it again, while this object lives.
    [[nodiscard]] std::string path() const { return m_file.path(); }

private:
    static std::string packed(std::string database) {
        tests::ArchiveFixture fixture{.method = zip::Compression::store,
                                      .chunk_size = std::size_t{64} << 10,
                                      .database = std::move(database),
                                      .manifest_bytes = {}};
        return fixture.zip();
    }

    tests::MemoryFile m_file;
    archive::ArchiveReader m_reader;
};

// The sample with the edits that the remaining input describes.
inline OpenArchive edited_archive(Cutter& input) {
    DatabaseEditor editor;
    while (!input.is_empty()) editor.edit(input);
    return OpenArchive(editor.bytes());
}

inline constexpr std::array<const char*, 12> k_moments{
    "peak",    "reserved-peak", "start",     "end",        "oom",       "oom:1",
    "event:2", "event:-1",      "time:1003", "timestep:3", "span:step", "event:9223372036854775807"};

}  // namespace snapq::fuzz
