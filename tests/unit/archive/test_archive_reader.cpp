#include "archive/archive_reader.hpp"

#include <sys/stat.h>

#include <filesystem>

#include "support/archive_fixture.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::tests;
using Catch::Matchers::Contains;

namespace {

ArchiveReader opened(const ScratchFolder& folder, const std::string& bytes) {
    write_file(folder / "a.zip", bytes);
    return open_archive(folder / "a.zip");
}

std::string refusal(const std::string& bytes) {
    const ScratchFolder folder;
    try {
        opened(folder, bytes);
    } catch (const InputError& error) {
        CHECK(error.file() == folder / "a.zip");
        return error.message() + " | " + error.hint();
    }
    return "accepted";
}

void write_folder(const ScratchFolder& folder, const std::string& timeline, const std::string& database) {
    write_file(folder / "allocations.json", timeline);
    write_file(folder / "elements.db", database);
}

std::string callstack_of(const ArchiveReader& archive, std::int64_t idx) {
    Database database = archive.open_database();
    Query query = database.prepare("SELECT callstack FROM allocs WHERE idx = ?1");
    query.bind(1, idx);
    return query.next() ? std::string(query.text(0)) : "no row";
}

}  // namespace

TEST_CASE("a zip of snapq opens with every compression") {
    for (const zip::Compression method :
         {zip::Compression::store, zip::Compression::deflate, zip::Compression::zstd}) {
        const ScratchFolder folder;
        ArchiveFixture fixture;
        fixture.method = method;
        const ArchiveReader archive = opened(folder, fixture.zip());
        CHECK(archive.kind() == ArchiveKind::snapq_zip);
        CHECK(archive.manifest()->source_name == "run.pickle");
        CHECK(archive.entries().size() == 4);
        CHECK(callstack_of(archive, 1) == "(0) b.py:2:g");
        CHECK(callstack_of(archive, 2).empty());
        CHECK(callstack_of(archive, 3) == "no row");
        CHECK(archive.has_table("allocs"));
        CHECK_FALSE(archive.has_table("spans"));
        CHECK(text_of(*archive.entry("allocations.json")) == k_timeline_0);
        CHECK(text_of(*archive.entry("allocations.device1.json")) == k_timeline_1);
        CHECK_THROWS_WITH(archive.entry("nothing"), Contains("has no entry nothing"));
    }
}

TEST_CASE("a folder of snapq opens with a manifest and without one") {
    const ScratchFolder folder;
    write_folder(folder, k_timeline_0, database_bytes(k_fixture_sql));
    CHECK(open_archive(folder.path()).kind() == ArchiveKind::snapq_directory);
    CHECK_FALSE(open_archive(folder.path()).manifest().has_value());
    CHECK(callstack_of(open_archive(folder.path()), 0) == "(0) a.py:1:f");

    ArchiveFixture fixture;
    fixture.method = zip::Compression::store;
    static_cast<void>(fixture.packed("allocations.json", k_timeline_0));
    static_cast<void>(fixture.packed("elements.db", fixture.database));
    write_file(folder / "manifest.json", manifest_text(fixture.manifest));
    CHECK(open_archive(folder.path()).manifest()->source_kind == "pickle");

    write_file(folder / "allocations.json", k_timeline_0 + " ");
    CHECK_THROWS_WITH(open_archive(folder.path()), Contains("but manifest.json says"));
    std::filesystem::remove(folder / "allocations.json");
    CHECK_THROWS_WITH(open_archive(folder.path()), Contains("has no entry allocations.json"));
}

TEST_CASE("SnapViewer's own zips and folders open") {
    const ScratchFolder folder;
    const ArchiveReader zip = opened(folder, snapviewer_zip());
    CHECK(zip.kind() == ArchiveKind::snapviewer_zip);
    CHECK_FALSE(zip.manifest().has_value());
    CHECK(callstack_of(zip, 2) == "h");
    CHECK(text_of(*zip.entry("allocations.json")) == k_snapviewer_timeline);

    write_folder(folder, k_snapviewer_timeline, database_bytes(k_snapviewer_sql));
    CHECK(open_archive(folder.path()).kind() == ArchiveKind::snapviewer_directory);
    CHECK(callstack_of(open_archive(folder.path()), 1) == "g");
}

TEST_CASE("a raw snapshot is recognised, not opened") {
    const ScratchFolder folder;
    for (const std::string& bytes :
         {std::string("\x80\x04}."), std::string("{\"segments\":[]}"), std::string("x"),
          zip_bytes({stored("archive/data.pkl", "\x80\x02}.")}), std::string()}) {
        const ArchiveReader snapshot = opened(folder, bytes);
        CHECK(snapshot.kind() == ArchiveKind::raw_snapshot);
        CHECK_THROWS_AS(snapshot.open_database(), UsageError);
        CHECK_THROWS_AS(snapshot.entries(), UsageError);
    }
    // Nothing must be read from a pipe: this would wait forever.
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(open_archive(folder / "pipe").kind() == ArchiveKind::raw_snapshot);
}

TEST_CASE("a file that is not an archive is refused with the reason") {
    const ScratchFolder folder;
    CHECK_THROWS_WITH(open_archive(folder / "missing.zip"), Contains("does not exist"));
    CHECK_THROWS_WITH(open_archive(folder.path()), Contains("is a directory without elements.db"));
    CHECK_THAT(refusal(zip_bytes({stored("readme", "x")})), Contains("without elements.db"));
    CHECK_THAT(refusal(database_bytes(k_fixture_sql)),
               Contains("database without its archive | name the directory"));
    CHECK_THAT(refusal(zip_bytes({stored("elements.db", "no database at all")})),
               Contains("not an SQLite database"));
    CHECK_THAT(refusal(zip_bytes({stored("elements.db", database_bytes("CREATE TABLE t(x)"))})),
               Contains("neither table allocations nor table allocs"));
}

TEST_CASE("a newer format is refused before the rest of the manifest is read") {
    ArchiveFixture fixture;
    fixture.manifest_bytes = R"({"format_version":2,"unheard":"of"})";
    CHECK_THAT(refusal(fixture.zip()),
               Contains("made by a newer snapq (format 2; this one reads 1) | update snapq"));

    const ScratchFolder folder;
    write_folder(folder, "[]",
                 database_bytes(k_fixture_sql + "UPDATE meta SET value = 3 WHERE key = 'format_version'"));
    CHECK_THROWS_WITH(open_archive(folder.path()), Contains("format 3; this one reads 1"));
}

TEST_CASE("a manifest that describes another archive is refused") {
    const auto broken = [](auto change) {
        ArchiveFixture fixture;
        static_cast<void>(fixture.zip());
        change(fixture.manifest);
        fixture.manifest_bytes = manifest_text(fixture.manifest);
        fixture.manifest.entries.clear();
        return refusal(fixture.zip());
    };
    CHECK(broken([](Manifest&) {}) == "accepted");
    CHECK_THAT(broken([](Manifest& m) { m.entries[1].crc32 ^= 1; }),
               Contains("elements.db: is not the entry"));
    CHECK_THAT(broken([](Manifest& m) { m.entries[1].name = "gone"; }), Contains("has no entry gone"));
    CHECK_THAT(broken([](Manifest& m) { m.entries[0].method = zip::Compression::zstd; }),
               Contains("is not the entry"));
    CHECK_THAT(broken([](Manifest& m) { m.entries[0].chunks[0].raw_size += 1; }), Contains("manifest.json"));
}

TEST_CASE("damage that a query reads is reported with entry, chunk and offset") {
    const ScratchFolder folder;
    ArchiveFixture fixture;
    std::string bytes = fixture.zip();
    const std::size_t begin = bytes.find("elements.db") + 11;
    const auto& chunks = fixture.manifest.entries[1].chunks;
    std::uint64_t last = begin;
    for (std::size_t i = 0; i + 2 < chunks.size(); ++i) last += chunks[i].compressed_size;
    bytes[last + 20] ^= 0x40;
    const ArchiveReader archive = opened(folder, bytes);
    Database database = archive.open_database();
    try {
        Query check = database.prepare("PRAGMA integrity_check");
        while (check.next()) CHECK_FALSE(check.text(0) == "ok");
        FAIL("damage went unnoticed");
    } catch (const InputError& error) {
        CHECK(error.file() == archive.path());
        CHECK(error.offset() == last);
        CHECK_THAT(error.message(),
                   Contains(fmt::format("elements.db: chunk {} is damaged", chunks.size() - 2)));
    }
}

TEST_CASE("one query can read several archives") {
    const ScratchFolder folder;
    ArchiveFixture one;
    const ArchiveReader base = opened(folder, one.zip());
    write_file(folder / "b.zip", snapviewer_zip());
    const ArchiveReader other = open_archive(folder / "b.zip");
    Database database = base.open_database();
    other.attach_to(database, "new");
    CHECK(database.integer("SELECT count(*) FROM main.allocs JOIN new.allocs USING(idx, size)") == 3);
    CHECK_THROWS_AS(database.prepare("ATTACH '/etc/passwd' AS p"), UsageError);
    for (int i = 0; i < 9; ++i) other.attach_to(database, fmt::format("more \"{}\"", i));
    CHECK_THROWS_WITH(other.attach_to(database, "eleventh"), Contains("at most 10 archives"));
    CHECK(database.integer("SELECT count(*) FROM \"more \"\"8\"\"\".allocs") == 3);
}

TEST_CASE("a folder whose database has a write-ahead log or a journal is refused") {
    const ScratchFolder folder;
    write_folder(folder, k_timeline_0, database_bytes(k_fixture_sql));
    for (const std::string log : {"elements.db-wal", "elements.db-journal"}) {
        write_file(folder / log, "x");
        CHECK_THROWS_WITH(open_archive(folder.path()), Contains("(" + log + " exists)"));
        std::filesystem::remove(folder / log);
    }
    write_folder(folder, k_timeline_0, database_bytes("PRAGMA journal_mode=WAL;" + k_fixture_sql));
    CHECK(callstack_of(open_archive(folder.path()), 1) == "(0) b.py:2:g");
}

TEST_CASE("an archive that is cut or changed at any byte gives an error or a correct result") {
    ArchiveFixture fixture;
    fixture.database = database_bytes(
        "PRAGMA page_size=512; CREATE TABLE allocs(idx, size); INSERT INTO allocs VALUES(1, 2)");
    fixture.chunk_size = 512;
    const std::string good = fixture.zip();
    const auto survives = [](const std::string& bytes) {
        const ScratchFolder folder;
        try {
            const ArchiveReader archive = opened(folder, bytes);
            if (archive.kind() == ArchiveKind::raw_snapshot) return false;
            for (const ContainedEntry& entry : archive.entries()) text_of(*archive.entry(entry.name));
            Database database = archive.open_database();
            return database.integer("SELECT size FROM allocs") == 2;
        } catch (const InputError&) {
            return false;
        } catch (const UsageError&) {
            return false;  // a changed name of a column or table
        }
    };
    REQUIRE(survives(good));
    for (std::size_t at = 0; at < good.size(); ++at) CHECK_FALSE(survives(good.substr(0, at)));
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::string flipped = good;
        flipped[at] = static_cast<char>(~flipped[at]);
        survives(flipped);  // an error or a valid result; the sanitizers find anything else
    }
}
