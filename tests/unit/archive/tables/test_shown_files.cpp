#include <string>

#include "archive/archive_reader.hpp"
#include "support/archive_fixture.hpp"
#include "support/catch.hpp"

using namespace snapq;
using namespace snapq::archive;

namespace {

const std::string k_shown_files_sql = R"(
    CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO meta VALUES('format_version', 1);
    CREATE TABLE devices(device INTEGER PRIMARY KEY);
    CREATE TABLE allocations(device INTEGER, idx INTEGER);
    CREATE TABLE frames(frame_id INTEGER PRIMARY KEY, filename TEXT NOT NULL, line INTEGER NOT NULL, name TEXT NOT NULL);
    INSERT INTO frames VALUES(0, '/home/ada/a.py', 7, 'f'), (1, '??', 0, 'at::mul');
    CREATE TABLE stacks(stack_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, site TEXT, site_frame_id INTEGER, callstack TEXT NOT NULL);
    INSERT INTO stacks VALUES(0, 'python', '/home/ada/a.py:7 f', 0, '(0) /home/ada/a.py:7:f'),
      (1, 'cpp', '[backward of] /home/ada/a.py:7 f', 0, 'x'), (2, 'cpp', '[no frame] mul', NULL, 'x'),
      (3, 'cpp', 'cut /home/ada/a.py', 0, 'x');
)";

// All values in the first column.
std::string joined_texts(Database& database, const std::string& sql) {
    Query rows = database.prepare(sql);
    std::string all;
    while (rows.next()) all.append(rows.text(0)).append("|");
    return all;
}

}  // namespace

TEST_CASE("Frames, sites and whole stacks have the names that a reader gives to files") {
    const snapq::tests::ScratchFolder folder;
    snapq::tests::write_file(folder / "elements.db", snapq::tests::database_bytes(k_shown_files_sql));
    ArchiveReader reader = open_archive(folder.path());
    reader.name_files(
        [](std::string_view name) { return name == "??" ? "??" : "<" + std::string(name.substr(10)) + ">"; });
    for (const bool for_user : {false, true}) {
        Database database = for_user ? reader.open_database_for_user() : reader.open_database();
        CHECK(joined_texts(database, "SELECT filename FROM frames ORDER BY frame_id") == "<a.py>|??|");
        CHECK(joined_texts(database, "SELECT site FROM stacks WHERE stack_id < 3 ORDER BY stack_id") ==
              "<a.py>:7 f|[backward of] <a.py>:7 f|[no frame] mul|");
        // A site without its file is named as a whole.
        CHECK(joined_texts(database, "SELECT site FROM stacks WHERE stack_id = 3") == "<ada/a.py>|");
        CHECK(joined_texts(database, "SELECT callstack FROM stacks") == "||||");
        CHECK(joined_texts(database, "SELECT kind FROM stacks WHERE stack_id = 0") == "python|");
        CHECK(joined_texts(
                  database,
                  "SELECT site FROM stacks JOIN frames ON frame_id = site_frame_id WHERE filename = '<a.py>' "
                  "AND stack_id = 1") == "[backward of] <a.py>:7 f|");
    }
}

TEST_CASE("Without other names, files keep theirs") {
    const snapq::tests::SqlArchive archive(k_shown_files_sql);
    Database database = archive.open_database();
    CHECK(joined_texts(database, "SELECT filename FROM frames ORDER BY frame_id") == "/home/ada/a.py|??|");
}
