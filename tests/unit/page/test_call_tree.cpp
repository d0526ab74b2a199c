#include <catch2/catch.hpp>

#include "page/call_tree.hpp"
#include "support/archive_fixture.hpp"
#include "support/error.hpp"
#include "support/page_reader.hpp"

namespace snapq::page {
namespace {

// Stack 4 is main > run > f, stack 7 is main > run > g, stack 9 has no frames.
const std::string k_sql = R"(
    CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO meta VALUES('format_version', 1);
    CREATE TABLE devices(device INTEGER PRIMARY KEY);
    CREATE TABLE allocations(device INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY(device, idx)) WITHOUT ROWID;
    CREATE TABLE frames(frame_id INTEGER PRIMARY KEY, filename TEXT NOT NULL, line INTEGER NOT NULL, name TEXT NOT NULL);
    INSERT INTO frames VALUES(0, 'a.py', 1, 'main'), (1, 'a.py', 2, 'run'), (2, '??', 0, 'f'), (3, 'b.py', -5, 'g');
    CREATE TABLE stacks(stack_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, op TEXT);
    INSERT INTO stacks VALUES(4, 'mixed', 'add'), (7, 'python', NULL), (9, 'empty', NULL);
    CREATE TABLE stack_frames(stack_id INTEGER NOT NULL, depth INTEGER NOT NULL, frame_id INTEGER NOT NULL,
      PRIMARY KEY(stack_id, depth)) WITHOUT ROWID;
    INSERT INTO stack_frames VALUES(4, 0, 2), (4, 1, 1), (4, 2, 0), (7, 0, 3), (7, 1, 1), (7, 2, 0);
)";

}  // namespace

TEST_CASE("Stacks with the same outer frames share their nodes") {
    const tests::SqlArchive archive(k_sql);
    archive::Database database = archive.open_database();
    const StackList stacks(database);
    REQUIRE(stacks.size() == 3);
    CHECK(stacks.index_of(7) == 1);
    CHECK_THROWS_AS(stacks.index_of(5), InputError);
    const CallTree tree(database, stacks);
    CHECK(tree.leaf_of(2) == 0);
    const analysis::ShownNames names({});
    tests::TextSink sink;
    HtmlWriter page(sink);
    JsonBlock block(names);
    block.json().begin_object();
    tree.write(block, page, "a0-");
    write_stacks(block, database, stacks, tree);
    block.json().end_object();
    block.write_to(page, "page");
    const std::string json = tests::block_in(sink.text, "page").value_or("");
    CHECK(json.starts_with(R"({"tree":{"files":["a.py","??","b.py"],"functions":["main","run","f","g"],)"
                           R"("frames":[[0,1,0],[0,2,1],[1,0,2],[2,-1,3]],)"));
    CHECK(
        json.ends_with(R"("stacks":[{"id":4,"node":3,"phase":null,"kind":"mixed","forward":null,"op":"add"},)"
                       R"({"id":7,"node":4,"phase":null,"kind":"python","forward":null,"op":null},)"
                       R"({"id":9,"node":0,"phase":null,"kind":"empty","forward":null,"op":null}]})"));
    // Parents 0 0 1 2 2, frames 0 0 1 2 3, of which only frame 2 is C++.
    CHECK(tests::varints_in(*tests::block_in(sink.text, "a0-parents")) ==
          std::vector<std::uint64_t>{0, 0, 2, 2, 0});
    CHECK(tests::varints_in(*tests::block_in(sink.text, "a0-frame-of")) ==
          std::vector<std::uint64_t>{0, 0, 2, 2, 2});
    CHECK(tests::varints_in(*tests::block_in(sink.text, "a0-kinds")) ==
          std::vector<std::uint64_t>{0, 0, 0, 1, 0});
}

TEST_CASE("A stack with an unknown frame is damage") {
    const tests::SqlArchive archive(k_sql + "INSERT INTO stack_frames VALUES(9, 0, 77);");
    archive::Database database = archive.open_database();
    const StackList stacks(database);
    CHECK_THROWS_AS(CallTree(database, stacks), InputError);
}

}  // namespace snapq::page
