#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "archive/database_builder.hpp"
#include "support/archive_files.hpp"
#include "support/database_scene.hpp"
#include "support/error.hpp"
#include "support/skip.hpp"

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::archive::tests;

using Rows = std::vector<std::string>;

TEST_CASE("the database is valid and has the identifiers of snapq") {
    const UnnamedFile file;
    Scene().build(file.fd());
    Questions ask(file.fd());
    CHECK(ask.row("PRAGMA integrity_check") == "ok");
    CHECK(ask.row("PRAGMA page_size") == "16384");
    CHECK(ask.row("PRAGMA user_version") == "3");
    CHECK(ask.row("PRAGMA application_id") == std::to_string(0x534e5051));
    CHECK(file.content().substr(0, 15) == "SQLite format 3");
    CHECK(file.content().size() % 16384 == 0);
}

TEST_CASE("equal input gives equal databases") {
    const UnnamedFile one;
    const UnnamedFile two;
    Scene().build(one.fd());
    Scene().build(two.fd());
    CHECK(one.content() == two.content());
}

TEST_CASE("meta and anomalies come from the manifest") {
    const UnnamedFile file;
    Scene scene;
    scene.m_manifest.rank = 4;
    scene.build(file.fd());
    Questions ask(file.fd());
    CHECK(ask.rows("SELECT key, value, typeof(value) FROM meta") ==
          Rows{"category_basis|both_stacks|text", "format_version|1|integer", "label.run|7|text",
               "preexisting|all|text", "rank|4|integer", "snapq_version|0.1.0|text",
               "source_bytes|123|integer", "source_kind|pickle|text", "source_name|a.pickle|text",
               "step_basis|optimizer|text", "timeline_exact|1|integer", "viewer_device|0|integer"});
    CHECK(ask.rows("SELECT * FROM anomalies") == Rows{"0|unmatched_free|1|5", "-|invalid_text|2|-"});
}

TEST_CASE("an archive without a rank has no row for it") {
    const UnnamedFile file;
    Scene().build(file.fd());
    CHECK(Questions(file.fd()).row("SELECT count(*) FROM meta WHERE key = 'rank'") == "0");
}

TEST_CASE("anomalies of the file come before those of its devices") {
    Scene scene;
    scene.m_snapshot.anomalies = {{{}, snapshot::Anomaly::invalid_text, 2, {}}};
    scene.m_replay.anomalies = {{0, snapshot::Anomaly::alloc_over_live, 1, 5}};
    const DeviceContents device{&scene.m_replay, &scene.m_tables, nullptr};
    const auto records = anomaly_records(scene.m_snapshot, {&device.replay, 1});
    REQUIRE(records.size() == 2);
    CHECK(records[0] == AnomalyRecord{.device = {}, .kind = "invalid_text", .count = 2, .first_event = {}});
    CHECK(records[1] == AnomalyRecord{.device = 0, .kind = "alloc_over_live", .count = 1, .first_event = 5});
}

TEST_CASE("allocations has all columns of an element, oldest element first") {
    const UnnamedFile file;
    Scene().build(file.fd());
    Questions ask(file.fd());
    CHECK(ask.rows("SELECT device, idx, size, start_timestep, end_timestep, address, stream, pool_id, "
                   "origin, stack_id, "
                   "free_stack_id FROM allocations") ==
          Rows{"0|0|2000|0|15|-140737488349184|9|2,3|preexisting_kept|1|-",
               "0|1|256|0|6|139637976729600|7|1,0|preexisting_freed|2|2",
               "0|2|512|0|2|139637976727552|7|1,0|trace|0|1", "0|3|1024|1|11|139637976728576|7|1,0|trace|1|1",
               "0|4|2048|10|15|-140737488351232|7|1,0|trace|-|-"});
    CHECK(
        ask.rows("SELECT alloc_event, free_requested_event, free_completed_event, end_event, alloc_time_us, "
                 "free_requested_time_us, free_completed_time_us, irregular FROM allocations") ==
        Rows{"-|-|-|-|-|-|-|0", "-|5|6|6|-|1050|1060|0", "1|3|4|4|1010|1030|1040|0",
             "2|9|10|10|1020|1080|1090|2", "8|-|-|-|-|-|-|0"});
    CHECK(ask.rows("SELECT compile_context_id, user_metadata_id, forward_frames_id FROM allocations") ==
          Rows{"-|-|0", "1|-|-", "1|-|-", "2|-|-", "1|-|-"});
    CHECK(ask.rows("SELECT * FROM strings") ==
          Rows{"0|[\"forward\\n\"]", "1|N/A", "2|Torch-Compiled Region: 0/0"});
}

TEST_CASE("view events returns every event as recorded") {
    const UnnamedFile file;
    Scene().build(file.fd());
    Questions ask(file.fd());
    CHECK(
        ask.rows(
            "SELECT event, action, address, size, stream, pool_id, time_us, stack_id, device_free, "
            "(SELECT text FROM strings WHERE id = compile_context_id) FROM events ORDER BY device, event") ==
        Rows{"0|segment_alloc|139637976727552|2097152|7|1,0|1000|0|-|N/A",
             "1|alloc|139637976727552|512|7|1,0|1010|0|-|N/A",
             "2|alloc|139637976728576|1024|7|1,0|1020|1|-|Torch-Compiled Region: 0/0",
             "3|free_requested|139637976727552|512|7|1,0|1030|1|-|N/A",
             "4|free_completed|139637976727552|512|7|1,0|1040|1|-|N/A",
             "5|free_requested|139637976729600|256|7|1,0|1050|2|-|N/A",
             "6|free_completed|139637976729600|256|7|1,0|1060|2|-|N/A",
             "7|oom|-|1073741824|7|1,0|1070|0|4096|-", "8|alloc|-140737488351232|2048|7|1,0|-|-|-|N/A",
             "9|free_requested|139637976728576|1000|7|1,0|1080|1|-|Torch-Compiled Region: 0/0",
             "10|free_completed|139637976728576|1024|7|1,0|1090|1|-|Torch-Compiled Region: 0/0",
             "11|workspace_snapshot|0|-|7|1,0|1100|-|-|N/A"});
    CHECK(ask.rows("SELECT event FROM other_events") == Rows{"0", "7", "9", "11"});
}

TEST_CASE("stacks and frames are stored once, with their text") {
    const UnnamedFile file;
    Scene().build(file.fd());
    Questions ask(file.fd());
    CHECK(ask.rows("SELECT * FROM frames") ==
          Rows{"0|model.py|7|f|call_function|-|-|-", "1|??|-1|main|-|-|-|-"});
    CHECK(ask.rows("SELECT stack_id, depth, stack_hash, kind, site, site_frame_id, user_frame_id, op, "
                   "backward_node, "
                   "callstack FROM stacks") ==
          Rows{"0|2|0|python|model.py:7 f|0|-|div|-|(0) model.py:7:f\n(1) ??:?:main",
               "1|1|-1|python|model.py:7 f|1|-|div|-|(0) ??:?:main", "2|0|-2|empty|[no stack]|-|-|-|-|"});
    CHECK(ask.rows("SELECT * FROM stack_frames") == Rows{"0|0|0", "0|1|1", "1|0|1"});
    CHECK(ask.rows("SELECT phase FROM stacks") == Rows{"other", "other", "-"});
}

TEST_CASE("the steps of a device are stored") {
    const UnnamedFile file;
    Scene().build(file.fd());
    CHECK(Questions(file.fd()).rows("SELECT * FROM steps") == Rows{"0|0|1|10|2256|2768|1|2000|3584"});
}

TEST_CASE("categories of allocations, and their totals, are stored by name") {
    const UnnamedFile file;
    Scene().build(file.fd());
    Questions ask(file.fd());
    CHECK(ask.rows("SELECT DISTINCT category FROM allocations") == Rows{"gradient"});
    CHECK(ask.rows("SELECT * FROM category_totals") == Rows{"0|peak|gradient|100|2|40|1"});
    CHECK(ask.rows("SELECT * FROM category_timeline") == Rows{"0|1|gradient|100"});
}

TEST_CASE("segments and blocks are numbered in the order of the file") {
    const UnnamedFile file;
    Scene().build(file.fd());
    Questions ask(file.fd());
    CHECK(ask.rows("SELECT * FROM segments") ==
          Rows{"0|0|16|0|-|-|-|-|-|-|-|-|-", "1|0|-140737488351232|4096|4096|-|-|9|small|2,3|1|2|-"});
    CHECK(ask.rows("SELECT * FROM blocks") == Rows{"1|0|-140737488351232|2048|2048|active_allocated|1|-",
                                                   "1|1|-140737488349184|2048|2000|active_allocated|1|0"});
}

TEST_CASE("annotations, settings and unknown keys are stored") {
    const UnnamedFile file;
    Scene().build(file.fd());
    Questions ask(file.fd());
    CHECK(ask.rows("SELECT * FROM annotations") == Rows{"0|0|step|START|1005", "1|-|step|-|-"});
    CHECK(ask.rows("SELECT * FROM settings") == Rows{"a.b|1", "conf|"});
    CHECK(ask.rows("SELECT * FROM extra") ==
          Rows{"snapshot||novel|[1]", "segment|1|novel|[1]", "block|1/1|novel|[1]", "event|0:4|novel|[1]",
               "frame|1|novel|[1]", "annotation|1|novel|[1]", "wrapper||novel|[1]"});
}

TEST_CASE("precomputed rows are stored unchanged") {
    const UnnamedFile file;
    Scene().build(file.fd());
    Questions ask(file.fd());
    CHECK(ask.row("SELECT device, event_count, allocation_count, has_trace, complete, peak_requested_bytes, "
                  "peak_event, "
                  "peak_timestep, peak_stack_id, end_allocated_bytes FROM devices") ==
          "0|12|5|1|1|5304|1|-|0|-");
    CHECK(ask.rows("SELECT * FROM timeline") == Rows{"0|-1|-|-|2256|-", "0|1|10|1010|2768|4096"});
    CHECK(ask.rows("SELECT * FROM stack_totals") ==
          Rows{"0|0|trace|0|0|512|-|0|0|0|-|0|0|[1,0,0,0,0,0,0,0,0,2]",
               "0|-|preexisting_freed|0|0|-|-|0|0|0|-|0|0|-"});
    CHECK(ask.rows("SELECT * FROM live_stacks") ==
          Rows{"0|peak|0|trace|100|2|gradient", "0|peak|0|preexisting_kept|50|1|parameter"});
    CHECK(ask.rows("SELECT * FROM stream_totals") == Rows{"0|7|1,0|3|100|90|95|10", "0|-|-|0|0|0|0|0"});
    CHECK(ask.rows("SELECT * FROM fragmentation") ==
          Rows{"0|end|0|10|9|1|0|0|1|0|0|0|5", "0|peak|1|-|-|-|-|-|-|-|-|-|-"});
    CHECK(ask.rows("SELECT * FROM pool_fragmentation") ==
          Rows{"0|end|1|1,0|7|small|0|0|10|9|1|0|0|1|0|0|0|5", "0|peak|2|-|-|large|1|1|-|-|-|-|-|-|-|-|-|-"});
    CHECK(ask.rows("SELECT * FROM oom") ==
          Rows{"0|7|1070|1073741824|4096|100|200|300|400|1|0|model.py:7 f|div|7|1,0|1|2048|50|40|-",
               "0|8|-|-|-|-|-|-|-|-|-|-|-|-|-|0|-|-|-|size"});
    CHECK(ask.rows("SELECT * FROM oom_unusable") == Rows{"0|7|stream|1,0|9|60|30", "0|7|pending|-|-|1|1"});
    CHECK(ask.rows("SELECT * FROM spans") == Rows{"0|step|0|1|1|-|1005|-|1|2|3|-"});
}

TEST_CASE("views return rows of the tables") {
    const UnnamedFile file;
    Scene().build(file.fd());
    Questions ask(file.fd());
    CHECK(ask.rows("SELECT * FROM allocs WHERE idx IN (2, 4)") ==
          Rows{"2|512|0|2|(0) model.py:7:f\n(1) ??:?:main", "4|2048|10|15|"});
    CHECK(ask.rows("SELECT idx FROM live_at_peak") == Rows{"0", "1", "2"});
    CHECK(ask.row("SELECT stack_id, bytes, count FROM peak_stacks") == "0|150|3");
    CHECK(ask.rows("SELECT idx FROM unfreed") == Rows{"4"});
}

TEST_CASE("view allocs uses the primary key for one row and for sorting") {
    const UnnamedFile file;
    Scene().build(file.fd());
    Questions ask(file.fd());
    std::string plan;
    for (const auto& step : ask.rows("EXPLAIN QUERY PLAN SELECT * FROM allocs WHERE idx = 3"))
        plan += step + "\n";
    CHECK_THAT(plan, Catch::Contains("SEARCH allocations USING PRIMARY KEY (device=? AND idx=?)"));
    plan.clear();
    for (const auto& step : ask.rows("EXPLAIN QUERY PLAN SELECT * FROM allocs ORDER BY idx"))
        plan += step + "\n";
    CHECK_THAT(plan, !Catch::Contains("B-TREE"));
}

TEST_CASE("an empty snapshot gives a valid, empty database") {
    const UnnamedFile file;
    const snapshot::Snapshot snapshot;
    const Manifest manifest;
    build_database(file.fd(), {snapshot, manifest, {}, frames::StackPhases(snapshot.symbols), {}, {}});
    Questions ask(file.fd());
    CHECK(ask.row("PRAGMA integrity_check") == "ok");
    CHECK(ask.row("SELECT (SELECT count(*) FROM allocations) + (SELECT count(*) FROM devices)") == "0");
    CHECK(ask.rows("SELECT * FROM allocs").empty());
}

TEST_CASE("a full disk while the database is built is a system error") {
    const int full = open("/dev/full", O_RDWR | O_CLOEXEC);
    if (full < 0) return snapq::tests::skip_test("there is no /dev/full");
    CHECK_THROWS_AS(Scene().build(full), SystemError);
    close(full);
}

TEST_CASE("the exception of a callback is passed on") {
    const UnnamedFile file;
    const Scene scene;
    const auto fail = [](snapshot::StackId, std::size_t) -> frames::StackClass {
        throw InputError("no such frame");
    };
    CHECK_THROWS_AS(build_database(file.fd(), {scene.m_snapshot,
                                               scene.m_manifest,
                                               {},
                                               frames::StackPhases(scene.m_snapshot.symbols),
                                               fail,
                                               [](snapshot::StackId) { return 0; }}),
                    InputError);
}

TEST_CASE("other programs read the database") {
    if (!have_program("sqlite3")) return snapq::tests::skip_test("sqlite3 is not installed");
    const UnnamedFile file;
    Scene().build(file.fd());
    const ScratchFolder folder;
    const std::string named = folder / "elements.db";
    std::filesystem::copy_file(file.path(), named);
    const ProgramResult result =
        run_program("sqlite3 " + named + " \"PRAGMA integrity_check; SELECT count(*) FROM events\"");
    CHECK(result.output == "ok\n12\n");
}

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::archive::tests;

namespace {

void fill(int fd, std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i / 1000 * 7);
    REQUIRE(pwrite(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(size));
}

}  // namespace

TEST_CASE("a database is divided into chunks of whole pages, and the last one may be shorter") {
    static_assert(k_database_chunk % 16384 == 0);
    const UnnamedFile file;
    const std::size_t size = 2 * k_database_chunk + 16384;
    fill(file.fd(), size);
    const DatabaseChunks chunks(file.fd());
    CHECK(chunks.size() == size);
    REQUIRE(chunks.count() == 3);
    std::string all;
    std::string chunk;
    for (std::uint64_t number = 0; number < chunks.count(); ++number) {
        chunks.read(number, chunk);
        all += chunk;
    }
    CHECK(chunk.size() == 16384);
    CHECK(all == file.content());
    chunks.read(1, chunk);
    CHECK(chunk == all.substr(k_database_chunk, k_database_chunk));
}

TEST_CASE("the chunks of a database are compressed in order") {
    const UnnamedFile file;
    fill(file.fd(), 3 * k_database_chunk);
    SerialDatabaseChunks source(file.fd(), ChunkCompressor(zip::Compression::zstd));
    ChunkDecompressor decompressor(zip::Compression::zstd);
    std::string all;
    while (const auto chunk = source.next()) {
        std::string raw(chunk->raw_size, '?');
        decompressor.decompress(chunk->bytes, chunk->crc32, raw);
        all += raw;
    }
    CHECK(all == file.content());
}

TEST_CASE("an empty file has no chunks") {
    const UnnamedFile file;
    SerialDatabaseChunks source(file.fd(), ChunkCompressor(zip::Compression::deflate));
    CHECK_FALSE(source.next().has_value());
}

TEST_CASE("a database that becomes shorter while it is read is a system error") {
    const UnnamedFile file;
    fill(file.fd(), 2 * k_database_chunk);
    const DatabaseChunks chunks(file.fd());
    REQUIRE(ftruncate(file.fd(), 100) == 0);
    std::string chunk;
    CHECK_THROWS_AS(chunks.read(1, chunk), SystemError);
}
