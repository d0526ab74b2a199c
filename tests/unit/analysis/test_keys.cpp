#include "analysis/keys.hpp"

#include "support/catch.hpp"
#include "unit/analysis/analysis_database.hpp"

using namespace snapq;
using namespace snapq::analysis;
using namespace snapq::tests;

namespace {

report::Key key(KeyKind kind, report::MaybeInteger stack, bool preexisting = false) {
    const AnalysisDatabase subject;
    archive::Database database = subject.open();
    return StackKeys(database, kind).key_of(stack, preexisting);
}

}  // namespace

TEST_CASE("key kinds have the names that --by accepts") {
    for (const char* name :
         {"site", "user-frame", "op", "function", "file", "stack", "stream", "pool", "size", "state"}) {
        REQUIRE(key_kind_named(name));
        CHECK(name_of(*key_kind_named(name)) == name);
    }
    CHECK_FALSE(key_kind_named("line"));
    CHECK(key_kind_list() ==
          "site, user-frame, op, function, file, stack, node, stream, pool, size, state, "
          "metadata, pytorch-category, category, phase, module");
}

TEST_CASE("labels keep the last two parts of a path") {
    CHECK(short_path("/home/ada/job/model.py") == "job/model.py");
    CHECK(short_path("D:\\work\\job\\train.py") == "job\\train.py");
    CHECK(short_path("job/model.py") == "job/model.py");
    CHECK(short_path("model.py") == "model.py");
    CHECK(short_path("/model.py") == "/model.py");
    CHECK(short_path("") == "");
}

TEST_CASE("a site is file, line and function of the site frame") {
    const report::Key site = key(KeyKind::site, 1);
    CHECK(site.key == "/home/ada/job/model.py:7 forward");
    CHECK(site.label == "job/model.py:7 forward");
    CHECK(site.file == "/home/ada/job/model.py");
    CHECK(site.line == 7);
    CHECK(site.function == "forward");
    CHECK(site.op == "mul");
}

TEST_CASE("a stack without a Python frame has the name that the conversion stored") {
    const report::Key site = key(KeyKind::site, 4);
    CHECK(site.key == "[backward] MmBackward0");
    CHECK(site.op == "mm");
    CHECK_FALSE(site.file);
    CHECK(key(KeyKind::function, 4).key == "[backward] MmBackward0");
    CHECK(key(KeyKind::file, 4).key == "[backward] MmBackward0");
}

TEST_CASE("memory of the backward pass is named by its forward call, and grouped by its node") {
    const AnalysisDatabase subject(
        "ALTER TABLE stacks ADD COLUMN forward_stack_id;"
        "INSERT INTO stacks VALUES(5, 0, 20, 'forward', '[backward of] /home/ada/job/model.py:7 forward', 1, "
        "1,"
        " NULL, NULL, '', 3)");
    archive::Database database = subject.open();
    const auto key_by = [&](KeyKind kind, std::vector<std::string> prefixes = {}) {
        return StackKeys(database, kind, std::move(prefixes)).key_of(5, false);
    };
    CHECK(key_by(KeyKind::site).key == "[backward of] /home/ada/job/model.py:7 forward");
    CHECK(key_by(KeyKind::site).label == "[backward of] job/model.py:7 forward");
    CHECK(key_by(KeyKind::site).line == 7);
    CHECK(key_by(KeyKind::function).key == "[backward of] /home/ada/job/model.py forward");
    CHECK(key_by(KeyKind::file).label == "[backward of] job/model.py");
    CHECK(key_by(KeyKind::node).key == "[backward]");
    CHECK(key_by(KeyKind::user_frame, {"D:"}).key == "[backward of] D:\\job\\train.py:? step");
    CHECK(key_by(KeyKind::user_frame, {"/elsewhere"}).key ==
          "[backward of] /home/ada/job/model.py:7 forward");
}

TEST_CASE("the autograd node is a key of its own") {
    CHECK(key(KeyKind::node, 4).key == "[backward] MmBackward0");
    CHECK(key(KeyKind::node, 1).key == "[no node]");
    CHECK(key(KeyKind::node, 0, true).key == "[before recording]");
}

TEST_CASE("the name of memory without a stack depends on whether it is older than the recording") {
    for (const report::MaybeInteger stack : {report::MaybeInteger(0), report::MaybeInteger()}) {
        CHECK(key(KeyKind::site, stack, true).key == "[before recording]");
        CHECK(key(KeyKind::site, stack, false).key == "[no stack]");
        CHECK(key(KeyKind::op, stack, true).key == "[before recording]");
        CHECK(key(KeyKind::stack, stack, false).key == "[no stack]");
    }
    CHECK(key(KeyKind::site, 1, true).key == "/home/ada/job/model.py:7 forward");
    CHECK(key(KeyKind::site, 12345).key == "[no stack]");
}

TEST_CASE("in a recording with Python frames only, memory without a stack is named [backward]") {
    const AnalysisDatabase subject(
        "UPDATE stacks SET kind = 'python' WHERE stack_id > 0; "
        "INSERT INTO stack_totals VALUES(0, 0, 'trace', 8), (0, 1, 'trace', 8)");
    archive::Database database = subject.open();
    StackKeys keys(database, KeyKind::site);
    CHECK(keys.key_of(0, false).key == "[backward]");
    CHECK(keys.key_of(0, true).key == "[before recording]");
}

TEST_CASE("if only blocks have stacks, memory of the trace without a stack is named [no stack]") {
    const AnalysisDatabase subject(
        "UPDATE stacks SET kind = 'python' WHERE stack_id > 0; "
        "INSERT INTO stack_totals VALUES(0, 0, 'trace', 8), (0, 1, 'preexisting_kept', 8)");
    archive::Database database = subject.open();
    CHECK(StackKeys(database, KeyKind::site).key_of(0, false).key == "[no stack]");
}

TEST_CASE("in a recording without any stack, memory is named [no stack]") {
    const AnalysisDatabase subject("DELETE FROM stacks WHERE stack_id > 0");
    archive::Database database = subject.open();
    CHECK(StackKeys(database, KeyKind::site).key_of(0, false).key == "[no stack]");
}

TEST_CASE("the user frame is outside installed packages, or below the given prefix") {
    CHECK(key(KeyKind::user_frame, 3).key == "D:\\job\\train.py:? step");
    CHECK_FALSE(key(KeyKind::user_frame, 3).line);
    const AnalysisDatabase subject;
    archive::Database database = subject.open();
    StackKeys keys(database, KeyKind::user_frame, {"/nowhere", "/opt/venv"});
    CHECK(keys.key_of(3, false).key == "/opt/venv/lib/site-packages/peft/layer.py:30 adapt");
    CHECK(keys.key_of(1, false).key == "/home/ada/job/model.py:7 forward");
}

TEST_CASE("keys of functions and files have no line") {
    CHECK(key(KeyKind::function, 1).key == "/home/ada/job/model.py forward");
    CHECK(key(KeyKind::function, 1).label == "job/model.py forward");
    CHECK(key(KeyKind::file, 1).key == "/home/ada/job/model.py");
    CHECK_FALSE(key(KeyKind::file, 1).function);
}

TEST_CASE("a stack without an operator has the key [no op]") {
    CHECK(key(KeyKind::op, 1).key == "mul");
    CHECK(key(KeyKind::op, 3).key == "[no op]");
}

TEST_CASE("the key of a stack is its hash, which is the same in every archive") {
    CHECK(key(KeyKind::stack, 1).key == "0000000000000011");
    CHECK(key(KeyKind::stack, 2).key == "ffffffffffffffff");
    CHECK(key(KeyKind::stack, 1).label == "job/model.py:7 forward (mul)");
}

TEST_CASE("streams, pools and sizes have readable labels") {
    CHECK(stream_key(0, 0).label == "stream 0 (default)");
    CHECK(stream_key(-1, 2).key == "-1");
    CHECK(stream_key(-1, 2).label == "stream 2 (0xffffffffffffffff)");
    CHECK(stream_key(std::nullopt, 0).key == "[unknown]");
    CHECK(pool_key("0,0").label == "default pool");
    CHECK(pool_key("3,1").label == "private pool 3,1");
    CHECK(pool_key(std::nullopt).key == "[unknown]");
    CHECK(size_key(1536).key == "1536");
    CHECK(size_key(1536).label == "1.50 KiB");
}

TEST_CASE("with a depth above 1, sites are named by their callers too") {
    const AnalysisDatabase subject;
    archive::Database database = subject.open();
    StackKeys keys(database, KeyKind::site, {}, 2);
    const report::Key site = keys.key_of(3, false);
    CHECK(site.key == "/opt/venv/lib/site-packages/peft/layer.py:30 adapt < D:\\job\\train.py:? step");
    CHECK(site.label == "peft/layer.py:30 adapt < job\\train.py:? step");
    CHECK(site.line == 30);
    REQUIRE(keys.callers().size() == 1);
    CHECK(keys.callers()[0].function == "step");
    CHECK(keys.key_of(1, false).key == "/home/ada/job/model.py:7 forward");
    CHECK(keys.callers().empty());
    CHECK(keys.key_of(4, false).key == "[backward] MmBackward0");
}

TEST_CASE("the callers of a user frame are user frames") {
    const AnalysisDatabase subject("INSERT INTO stack_frames VALUES(3, 2, 3), (3, 3, 1);");
    archive::Database database = subject.open();
    CHECK(StackKeys(database, KeyKind::user_frame, {}, 5).key_of(3, false).label ==
          "job\\train.py:? step < job/model.py:7 forward");
    CHECK(StackKeys(database, KeyKind::user_frame, {"/home/", "D:"}, 2).key_of(3, false).label ==
          "job\\train.py:? step < job/model.py:7 forward");
    CHECK(StackKeys(database, KeyKind::op, {}, 2).key_of(1, false).key == "mul");
}

TEST_CASE("an archive of an earlier version has no phases and no categories") {
    const AnalysisDatabase subject;
    archive::Database database = subject.open();
    CHECK_THROWS_WITH(StackKeys(database, KeyKind::phase),
                      "has no phases, because an earlier version of snapq wrote it");
    CHECK_THROWS_WITH(ColumnKeys(database, 0, KeyKind::category),
                      "has no categories, because an earlier version of snapq wrote it");
}

TEST_CASE("a phase is that of the stack that allocated the memory") {
    const AnalysisDatabase subject(
        "ALTER TABLE stacks ADD COLUMN phase TEXT; UPDATE stacks SET phase = 'forward' WHERE stack_id = 1;");
    archive::Database database = subject.open();
    StackKeys keys(database, KeyKind::phase);
    CHECK(keys.key_of(1, false).key == "forward");
    CHECK(keys.key_of(2, false).key == "[no stack]");
    CHECK(keys.key_of(0, false).key == "[no stack]");
    CHECK(keys.key_of({}, false).key == "[no stack]");
    CHECK(keys.key_of(1, true).key == "[before recording]");
}

namespace {

// Stack 1 calls Block, which calls Attention; stack 2 is outside modules; stack 5 has no frames, but stack 1
// as the stack of its forward call.
const std::string k_modules = R"(
    INSERT INTO frames VALUES(10, '/v/torch/nn/modules/module.py', 1773, '_wrapped_call_impl'),
      (11, '/v/torch/nn/modules/module.py', 1784, '_call_impl'), (12, '/job/transformer.py', 5, 'Block.forward'),
      (13, '/job/attention.py', 6, 'Attention.forward'), (14, '/job/attention.py', 9, 'softmax');
    DELETE FROM stack_frames WHERE stack_id = 1;
    INSERT INTO stack_frames VALUES(1, 0, 0), (1, 1, 14), (1, 2, 13), (1, 3, 11), (1, 4, 10), (1, 5, 12),
      (1, 6, 11), (1, 7, 10), (1, 8, 2);
    ALTER TABLE stacks ADD COLUMN forward_stack_id;
    INSERT INTO stacks VALUES(5, 0, 20, 'forward', '[backward of] /job/attention.py:9 softmax', 1, 1, NULL, NULL, '', 1);
)";

}  // namespace

TEST_CASE("a module is named by the modules that called it") {
    const AnalysisDatabase subject(k_modules);
    archive::Database database = subject.open();
    StackKeys keys(database, KeyKind::module);
    const report::Key key = keys.key_of(1, false);
    CHECK(key.key == "/job/transformer.py:Block.forward > /job/attention.py:Attention.forward");
    CHECK(key.label == "transformer.py:Block.forward > attention.py:Attention.forward");
    CHECK(keys.modules().size() == 2);
    CHECK(keys.key_of(3, false).key == "[outside modules]");
    CHECK(keys.modules().empty());
    CHECK(keys.key_of(4, false).key == "[outside modules]");
    CHECK(keys.key_of(5, false).label ==
          "[backward of] transformer.py:Block.forward > attention.py:Attention.forward");
    CHECK(keys.key_of({}, true).key == "[before recording]");
    CHECK(keys.key_of(0, false).key == "[no stack]");
    CHECK(StackKeys(database, KeyKind::module, {}, 1, 1).key_of(1, false).label ==
          "transformer.py:Block.forward");
    CHECK(StackKeys(database, KeyKind::module, {}, 1, 9).key_of(1, false).label == key.label);
}
