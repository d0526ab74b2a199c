// Contents that only a pickle can have: shared and repeated objects, tuples, bytes, hostile structures.
#include <fmt/format.h>

#include "snapshot/decoder.hpp"
#include "support/catch.hpp"
#include "support/decoding.hpp"
#include "support/json_to_pickle.hpp"
#include "support/pickle_builder.hpp"
#include "support/sample.hpp"

using namespace snapq;
using namespace snapq::tests;
using P = PickleBuilder;

namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

const std::string k_cpp_form = from_hex(
    "80027d2858080000007365676d656e747371005d2865580d0000006465766963655f74726163657371015d285d287d2858060000"
    "00616374"
    "696f6e71025805000000616c6c6f63710358040000006164647271048a0800000000007f0000580400000073697a6571054d0002"
    "58060000"
    "0073747265616d71064b00580700000074696d655f757371078a0800401e18240a06005807000000706f6f6c5f696471084b004b"
    "01865806"
    "0000006672616d657371095d287d2858040000006e616d65710a580100000066710b580800000066696c656e616d65710c580400"
    "0000612e"
    "7079710d58040000006c696e65710e4b077565710f757d286802580e000000667265655f726571756573746564711068048a0800"
    "00000000"
    "7f000068054d000268064b0068078a0801401e18240a06006809680f756565752e");
const std::string k_cpython_form = from_hex(
    "800495f4000000000000007d94288c087365676d656e7473945d948c0d6465766963655f747261636573945d945d94287d94288c"
    "06616374"
    "696f6e948c05616c6c6f63948c0461646472948a0600000000007f8c0473697a65944d00028c0673747265616d944b008c077469"
    "6d655f75"
    "73948a0700401e18240a068c07706f6f6c5f6964944b004b0186948c066672616d6573945d947d94288c046e616d65948c016694"
    "8c086669"
    "6c656e616d65948c04612e7079948c046c696e65944b077561757d942868078c0e667265655f7265717565737465649468098a06"
    "00000000"
    "007f680a4d0002680b4b00680c8a0701401e18240a06680f6810756561752e");

const Lines k_vector_lines{
    "1 traces, segments true, traces true",
    "0: alloc addr=7f0000000000 size=512 stream=0 time=1700000000000000 pool=0,1 stack=f@a.py:7",
    "0: free_requested addr=7f0000000000 size=512 stream=0 time=1700000000000001 stack=f@a.py:7"};

snapshot::Snapshot decoded(const P& pickle) {
    return decode(Form::pickle, pickle.bytes());
}
Lines everything(const P& pickle) {
    return SnapshotText(decoded(pickle)).everything();
}
std::string refusal(const P& pickle) {
    return error_of(Form::pickle, pickle.bytes());
}

// {"segments": [], "device_traces": [[ … ]]}; `fill` writes the innermost list.
template <typename Fill>
P trace(Fill&& fill) {
    P pickle;
    pickle.proto(4)
        .empty_dict()
        .mark()
        .text("segments")
        .empty_list()
        .text("device_traces")
        .empty_list()
        .empty_list();
    pickle.mark();
    fill(pickle);
    pickle.appends().append().setitems().stop();
    return pickle;
}

}  // namespace

TEST_CASE("The forms of PyTorch's C++ pickler and of CPython give the same snapshot") {
    CHECK(lines_of(Form::pickle, k_cpp_form) == k_vector_lines);
    CHECK(lines_of(Form::pickle, k_cpython_form) == k_vector_lines);
}

TEST_CASE("Pieces of any size give the same snapshot") {
    for (const std::size_t piece : {1U, 2U, 3U, 4096U}) {
        CHECK(lines_of(Form::pickle, k_cpp_form, piece) == k_vector_lines);
    }
}

// ---- repeated objects ----

TEST_CASE("A slice of a trace before the trace does not change it") {
    P pickle;
    pickle.proto(4).empty_dict().mark().text("first").empty_list().mark();
    pickle.event("alloc", 1, 10).binput(0).event("alloc", 2, 20).binput(1).appends();
    pickle.text("snapshot").empty_dict().mark().text("segments").empty_list();
    pickle.text("device_traces")
        .empty_list()
        .empty_list()
        .mark()
        .binget(0)
        .binget(1)
        .event("oom", 3, 30)
        .appends();
    pickle.append().setitems().setitems().stop();
    CHECK(SnapshotText(decoded(pickle)).events() == Lines{"0: alloc addr=1 size=10 stream=0",
                                                          "0: alloc addr=2 size=20 stream=0",
                                                          "0: oom addr=3 size=30 stream=0"});
}

TEST_CASE("A slice of a trace after the trace does not change it") {
    P pickle;
    pickle.proto(4).empty_dict().mark().text("snapshot").empty_dict().mark().text("segments").empty_list();
    pickle.text("device_traces").empty_list().empty_list().mark();
    pickle.event("alloc", 1, 10).binput(0).event("alloc", 2, 20).binput(1).appends().append().setitems();
    pickle.text("last").empty_list().mark().binget(1).appends();
    pickle.text("one").binget(0).setitems().stop();
    const snapshot::Snapshot made = decoded(pickle);
    CHECK(SnapshotText(made).events() ==
          Lines{"0: alloc addr=1 size=10 stream=0", "0: alloc addr=2 size=20 stream=0"});
    CHECK(SnapshotText(made).extras().empty());
    CHECK(SnapshotText(made).anomalies() == Lines{"dropped_extra 3"});
}

TEST_CASE("The same entry may be in a trace twice") {
    CHECK(SnapshotText(decoded(trace([](P& to) {
              to.event("alloc", 1, 10).binput(0).binget(0);
          }))).events() == Lines{"0: alloc addr=1 size=10 stream=0", "0: alloc addr=1 size=10 stream=0"});
}

TEST_CASE("Devices that share one list of entries are refused") {
    P pickle;
    pickle.empty_dict()
        .text("device_traces")
        .empty_list()
        .mark()
        .empty_list()
        .mark()
        .event("alloc", 1, 1)
        .appends();
    CHECK(refusal(pickle.binput(0).binget(0).appends().setitem().stop()) ==
          "devices 0 and 1 share one list of trace entries, which no recorder writes");
}

TEST_CASE("Devices may share one empty list") {
    P pickle;
    pickle.empty_dict()
        .text("device_traces")
        .empty_list()
        .mark()
        .empty_list()
        .memoize()
        .binget(0)
        .binget(0)
        .appends();
    CHECK(everything(pickle.setitem().stop()) == Lines{"3 traces, segments false, traces true"});
}

TEST_CASE("A stack list is shared by events, and its frames by stacks") {
    const P pickle = trace([](P& to) {
        to.empty_dict().mark().pair("action", "alloc").text("frames").empty_list().binput(0).mark();
        to.stack_frame("f", "a.py", 1).binput(1).stack_frame("g", "a.py", 2).appends().setitems();
        to.empty_dict()
            .mark()
            .pair("action", "oom")
            .text("size")
            .number(1)
            .text("frames")
            .binget(0)
            .setitems();
        to.empty_dict()
            .mark()
            .pair("action", "alloc")
            .text("frames")
            .empty_list()
            .binget(1)
            .append()
            .setitems();
    });
    const snapshot::Snapshot made = decoded(pickle);
    CHECK(SnapshotText(made).events() == Lines{"0: alloc stack=f@a.py:1|g@a.py:2",
                                               "0: oom size=1 stack=f@a.py:1|g@a.py:2",
                                               "0: alloc stack=f@a.py:1"});
    CHECK(made.symbols.frame_count() == 2);
}

// ---- records that may be listed once ----

namespace {

constexpr std::string_view k_listed_twice = " is listed twice, which no recorder writes";

// A segment up to its blocks, which the caller adds and closes.
P& segment(P& to, int device) {
    return to.empty_dict()
        .mark()
        .pair("device", device)
        .pair("address", 4096 * (device + 1))
        .pair("total_size", 512)
        .text("blocks");
}

P& block(P& to) {
    return to.empty_dict().mark().pair("size", 512).pair("state", "inactive").setitems();
}

}  // namespace

TEST_CASE("A segment that is listed twice is refused") {
    P pickle;
    segment(pickle.empty_list().mark(), 0).empty_list().setitems().binput(0).binget(0);
    CHECK(refusal(pickle.appends().stop()) == fmt::format("one segment{}", k_listed_twice));
}

TEST_CASE("Segments that share a list of blocks are refused") {
    P pickle;
    block(segment(pickle.empty_list().mark(), 0).empty_list().mark()).appends().binput(1).setitems();
    segment(pickle, 1).binget(1).setitems();
    CHECK(refusal(pickle.appends().stop()) == fmt::format("one block{}", k_listed_twice));
}

TEST_CASE("A block that is listed twice is refused") {
    P pickle;
    block(segment(pickle.empty_list().mark(), 0).empty_list().mark())
        .binput(1)
        .binget(1)
        .appends()
        .setitems();
    CHECK(refusal(pickle.appends().stop()) == fmt::format("one block{}", k_listed_twice));
}

TEST_CASE("An annotation that is listed twice is refused") {
    P pickle;
    pickle.empty_dict().text("external_annotations").empty_list().mark().empty_dict().mark();
    pickle.pair("name", "a").pair("stage", "START").setitems().binput(0).binget(0).appends().setitem();
    pickle.raw("X").raw(std::string("\x08\0\0\0segments", 12)).empty_list().setitem();
    CHECK(refusal(pickle.stop()) == fmt::format("one annotation{}", k_listed_twice));
}

TEST_CASE("A user's list may contain blocks of a snapshot again, in any order") {
    P pickle;
    pickle.empty_dict().mark().text("largest").empty_list().mark();
    block(block(pickle).binput(0)).binput(1);
    pickle.appends().text("segments").empty_list().mark();
    segment(pickle, 0).empty_list().mark().binget(1).binget(0).appends().setitems().appends();
    CHECK(everything(pickle.setitems().stop()) == Lines{"0 traces, segments true, traces false",
                                                        "dev0 1000+512", "  1000+512 inactive",
                                                        "  1200+512 inactive", "dropped_extra 1"});
}

TEST_CASE("More than 1000 devices are refused with the offset") {
    P traces;
    traces.empty_dict().text("device_traces").empty_list().mark().raw(std::string(1001, ']')).appends();
    CHECK(error_of(Form::pickle, traces.setitem().stop().bytes()).find("more than 1000 devices") !=
          std::string::npos);
    P segments;
    segments.empty_list();
    for (int device = 0; device <= 1000; ++device) segment(segments, device).empty_list().setitems().append();
    CHECK(refusal(segments.stop()).find("more than 1000 devices are not supported (PyTorch supports 128)") !=
          std::string::npos);
}

// ---- tuples, sets, bytes, other dicts ----

TEST_CASE("Tuples are accepted as lists") {
    P pickle;
    pickle.empty_dict()
        .text("device_traces")
        .mark()
        .event("alloc", 1, 2)
        .event("oom", 3, 4)
        .tuple()
        .tuple1()
        .setitem();
    CHECK(SnapshotText(decoded(pickle.stop())).events() ==
          Lines{"0: alloc addr=1 size=2 stream=0", "0: oom addr=3 size=4 stream=0"});
    P outer;
    outer.empty_dict()
        .text("device_traces")
        .mark()
        .empty_list()
        .mark()
        .event("alloc", 1, 2)
        .appends()
        .empty_list();
    CHECK(everything(outer.tuple().setitem().stop()) ==
          Lines{"2 traces, segments false, traces true", "0: alloc addr=1 size=2 stream=0"});
}

TEST_CASE("Frames and blocks in tuples are read") {
    CHECK(SnapshotText(decoded(trace([](P& to) {
              to.empty_dict().mark().pair("action", "alloc").text("frames");
              to.stack_frame("f", "a.py", 1).tuple1().setitems();
          }))).events() == Lines{"0: alloc stack=f@a.py:1"});
}

TEST_CASE("Dicts that are OrderedDicts are read as dicts") {
    P pickle;
    pickle.global("collections", "OrderedDict").empty_tuple().reduce().mark();
    pickle.text("segments").empty_list().text("device_traces").empty_list().setitems();
    CHECK(everything(pickle.stop()) == Lines{"0 traces, segments true, traces true"});
}

TEST_CASE("Entries that are OrderedDicts or filled key by key are events") {
    const P pickle = trace([](P& to) {
        to.global("collections", "OrderedDict")
            .empty_tuple()
            .reduce()
            .mark()
            .pair("action", "alloc")
            .pair("addr", 1);
        to.setitems().empty_dict().pair("action", "alloc").setitem().pair("addr", 2).setitem();
        to.event("alloc", 3, 1);
    });
    CHECK(SnapshotText(decoded(pickle)).events() ==
          Lines{"0: alloc addr=1", "0: alloc addr=2", "0: alloc addr=3 size=1 stream=0"});
}

TEST_CASE("Numbers of numpy are read as numbers") {
    const P pickle = trace([](P& to) {
        to.empty_dict().mark().pair("action", "alloc").text("addr");
        to.global("numpy.core.multiarray", "scalar")
            .global("numpy", "dtype")
            .text("u8")
            .boolean(false)
            .boolean(true);
        to.tuple3()
            .reduce()
            .short_binbytes(std::string("\0\x10\0\0\0\0\0\0", 8))
            .tuple2()
            .reduce()
            .setitems();
    });
    CHECK(SnapshotText(decoded(pickle)).events() == Lines{"0: alloc addr=1000"});
}

TEST_CASE("Text that is not UTF-8 and lone surrogates are repaired and counted") {
    const P pickle = trace([](P& to) {
        to.empty_dict()
            .mark()
            .pair("action", "alloc")
            .pair("addr", 1)
            .pair("compile_context", "a\xff")
            .setitems();
        to.empty_dict()
            .mark()
            .pair("action", "alloc")
            .pair("addr", 1)
            .text("compile_context")
            .binunicode("\xed\xa0\x80")
            .setitems();
        to.empty_dict()
            .mark()
            .pair("action", "alloc")
            .pair("compile_context", "a\xff")
            .pair("addr", 1)
            .setitems();
    });
    const Lines lines = everything(pickle);
    REQUIRE(lines.size() >= 4);
    CHECK(lines.back() == "invalid_text 3");
    CHECK(lines[1] == "0: alloc addr=1 context=a\xef\xbf\xbd");
}

TEST_CASE("Keys that are not text are ignored and counted") {
    P pickle;
    pickle.empty_dict()
        .mark()
        .text("segments")
        .empty_list()
        .number(7)
        .none()
        .number(1)
        .tuple1()
        .none()
        .setitems()
        .stop();
    CHECK(everything(pickle) ==
          Lines{"0 traces, segments true, traces false", "snapshot 0 7=null", "dropped_extra 1"});
}

TEST_CASE("A value without JSON text is dropped and counted") {
    P pickle;
    pickle.empty_dict().mark().text("segments").empty_list().text("type").global("builtins", "int");
    pickle.text("self").empty_list().memoize().binget(0).append().setitems().stop();
    CHECK(everything(pickle) == Lines{"0 traces, segments true, traces false", "dropped_extra 2"});
}

// ---- hostile ----

TEST_CASE("The billion laughs attack takes neither time nor memory") {
    P pickle;
    pickle.proto(4).empty_dict().mark().text("segments").empty_list().text("bomb");
    pickle.empty_list().memoize().mark().text("lol").memoize().text("x").appends();
    for (unsigned level = 1; level < 100; ++level) {
        pickle.pop().empty_list().mark();
        for (int i = 0; i < 10; ++i) pickle.long_binget(level == 1 ? 0 : level);
        pickle.appends().memoize();
    }
    CHECK(everything(pickle.setitems().stop()) ==
          Lines{"0 traces, segments true, traces false", "dropped_extra 1"});
}

TEST_CASE("A large value that many events share is printed once") {
    const P pickle = trace([](P& to) {
        to.empty_dict()
            .mark()
            .pair("action", "alloc")
            .pair("addr", 0)
            .text("note")
            .empty_list()
            .binput(0)
            .mark();
        for (int i = 0; i < 36; ++i) to.text(std::string(250, 'x'));
        to.appends().setitems();
        for (int i = 1; i < 5000; ++i) {
            to.empty_dict().mark().pair("action", "alloc").pair("addr", i).text("note").binget(0).setitems();
        }
    });
    const snapshot::Snapshot made = decoded(pickle);
    REQUIRE(made.extras.size() == 5000);
    CHECK(made.extras[4999].value == made.extras[0].value);
    CHECK(made.anomalies.empty());
}

TEST_CASE("The size of large values that share most of their parts is limited by the size of the file") {
    P pickle;
    pickle.empty_dict().mark().text("segments").empty_list().text("big").empty_list().binput(0).mark();
    for (int i = 0; i < 900; ++i) pickle.text(std::string(250, 'x'));
    pickle.appends();
    for (int i = 0; i < 2000; ++i)
        pickle.text("k" + std::to_string(i)).empty_list().mark().number(i).binget(0).appends();
    const snapshot::Snapshot made = decoded(pickle.setitems().stop());
    std::size_t bytes = 0;
    for (const snapshot::Extra& extra : made.extras) bytes += made.symbols.text(extra.value).size();
    CHECK(bytes < std::size_t{18} << 20);
    CHECK(made.extras.size() > 50);
    CHECK(made.extras.size() < 100);
}

TEST_CASE("The size of a value that many records share is limited by the size of the file") {
    P pickle;
    pickle.empty_dict().mark().text("segments").empty_list().text("shared").empty_list().binput(0).mark();
    for (int i = 0; i < 3600; ++i) pickle.text(std::string(250, 'x'));
    pickle.appends();
    for (int i = 0; i < 2000; ++i) pickle.text("k" + std::to_string(i)).binget(0);
    const snapshot::Snapshot made = decoded(pickle.setitems().stop());
    CHECK(made.extras.size() > 50);
    CHECK(made.extras.size() < 100);
}

TEST_CASE("Settings whose dicts refer to each other take no time") {
    P pickle;
    pickle.empty_dict().mark().text("segments").empty_list().text("allocator_settings");
    pickle.empty_dict().memoize().mark().text("end").number(1).setitems();
    for (unsigned level = 1; level < 8; ++level) {
        pickle.pop().empty_dict().mark();
        for (int i = 0; i < 100; ++i) pickle.text("k" + std::to_string(i)).binget(level - 1);
        pickle.setitems().memoize();
    }
    const snapshot::Snapshot made = decoded(pickle.setitems().stop());
    CHECK(made.settings.size() < 1'000'000);
    CHECK_FALSE(made.anomalies.empty());
}

TEST_CASE("A snapshot may hold any number of dicts that look like one") {
    P pickle;
    pickle.empty_dict().mark().text("notes").empty_list();
    for (int i = 0; i < 10'000; ++i) pickle.empty_dict().mark().pair("segments", i).setitems().append();
    segment(pickle.text("segments").empty_list().mark(), 0).empty_list().setitems().appends();
    CHECK(everything(pickle.setitems().stop()) ==
          Lines{"0 traces, segments true, traces false", "dev0 1000+512", "dropped_extra 1"});
}

TEST_CASE("Too many entries that repeat others are refused") {
    const P pickle = trace([](P& to) {
        to.event("alloc", 1, 10).binput(0);
        for (int i = 0; i < 200'000; ++i) to.binget(0);
    });
    CHECK(refusal(pickle).find("trace entries repeat other entries, which no recorder writes") !=
          std::string::npos);
}

// ---- long texts ----

TEST_CASE("A text of more than a megabyte is truncated before a character and counted") {
    std::string name((1 << 20) - 1, 'f');
    name += "\xc3\xa4" + std::string(5 << 20, 'g');
    const snapshot::Snapshot made = decoded(trace([&](P& to) {
        to.empty_dict().mark().pair("action", "alloc").pair("addr", 1).pair("compile_context", name);
        to.setitems();
    }));
    CHECK(SnapshotText(made).events() == Lines{"0: alloc addr=1 context=" + std::string((1 << 20) - 1, 'f')});
    CHECK(SnapshotText(made).anomalies() == Lines{"invalid_text 1"});
}

TEST_CASE("A text of a megabyte is kept completely") {
    const std::string name(1 << 20, 'f');
    CHECK(everything(trace([&](P& to) {
              to.empty_dict().mark().pair("action", "alloc").pair("addr", 1).pair("compile_context", name);
              to.setitems();
          })) == Lines{"1 traces, segments true, traces true", "0: alloc addr=1 context=" + name});
}

TEST_CASE("A list of millions that is not part of a snapshot is dropped while it is read") {
    P pickle;
    pickle.empty_dict().mark().text("segments").empty_list().text("numbers").empty_list();
    for (int i = 0; i < 3000; ++i) pickle.mark().raw(std::string(1000, 'N')).appends();
    CHECK(everything(pickle.setitems().stop()) ==
          Lines{"0 traces, segments true, traces false", "dropped_extra 1"});
}

TEST_CASE("A list of millions of empty tuples, lists or pairs is dropped while it is read") {
    for (const std::string item : {")", "]", "K\1K\2\x86"}) {
        P pickle;
        pickle.empty_dict().mark().text("segments").empty_list().text("many").empty_list();
        std::string group;
        for (int i = 0; i < 1000; ++i) group += item;
        for (int i = 0; i < 3000; ++i) pickle.mark().raw(group).appends();
        CHECK(everything(pickle.setitems().stop()) ==
              Lines{"0 traces, segments true, traces false", "dropped_extra 1"});
    }
}

TEST_CASE("A list of millions of blocks that ends with another value is not a list of blocks") {
    P pickle;
    pickle.empty_dict().mark().text("segments").empty_list().text("many").empty_list();
    block(pickle).binput(0).append();
    for (int i = 0; i < 600; ++i) {
        pickle.mark();
        for (int j = 0; j < 1000; ++j) pickle.binget(0);
        pickle.appends();
    }
    CHECK(everything(pickle.none().append().setitems().stop()) ==
          Lines{"0 traces, segments true, traces false", "dropped_extra 1"});
}

TEST_CASE("A stack with more frames than fit into the file is refused") {
    P pickle;
    pickle.empty_list().stack_frame("f", "a.py", 1).binput(0).append();
    for (int i = 0; i < 3000; ++i) {
        pickle.mark();
        for (int j = 0; j < 1000; ++j) pickle.binget(0);
        pickle.appends();
    }
    CHECK(refusal(pickle).find("values, more than any pickler writes in so few bytes") != std::string::npos);
}

TEST_CASE("A dict with more entries than fit into the file is refused") {
    P pickle;
    pickle.empty_dict();
    for (int i = 0; i < 2000; ++i) pickle.mark().raw(std::string(2000, 'N')).setitems();
    CHECK(refusal(pickle).find("values, more than any pickler writes in so few bytes") != std::string::npos);
}

TEST_CASE("Tuples nested a million deep are dropped without recursion") {
    P pickle;
    pickle.empty_dict()
        .mark()
        .text("segments")
        .empty_list()
        .text("deep")
        .none()
        .raw(std::string(1'000'000, '\x85'));
    CHECK(everything(pickle.setitems().stop()) ==
          Lines{"0 traces, segments true, traces false", "dropped_extra 1"});
}

TEST_CASE("Deeply nested lists of an unknown key are kept up to a megabyte") {
    P pickle;
    pickle.empty_dict().mark().text("segments").empty_list().text("deep").raw(std::string(50'000, ']'));
    pickle.raw(std::string(49'999, 'a')).setitems().stop();
    const Lines extras = SnapshotText(decoded(pickle)).extras();
    REQUIRE(extras.size() == 1);
    CHECK((extras[0] == "snapshot 0 deep=" + std::string(50'000, '[') + std::string(50'000, ']')));
}

TEST_CASE("Events that are dropped or moved after they were read are refused") {
    CHECK(refusal(trace([](P& to) { to.event("alloc", 1, 1).pop(); })).find("which no pickler does") !=
          std::string::npos);
}

// ---- damage ----

TEST_CASE("A snapshot truncated after any byte is refused with the offset") {
    for (const std::string& bytes : {k_cpp_form, k_cpython_form}) {
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            try {
                static_cast<void>(decode(Form::pickle, bytes.substr(0, length)));
                FAIL("a pickle cut after byte " << length << " was accepted");
            } catch (const InputError& error) {
                REQUIRE(error.offset().has_value());
                CHECK(*error.offset() <= length);
            }
        }
    }
}

TEST_CASE("A snapshot with any byte changed is read or refused") {
    const std::size_t step = sample_divisor();
    std::size_t refused = 0;
    for (const std::string& bytes : {k_cpp_form, k_cpython_form}) {
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            for (std::size_t change = 1 + at % step; change < 256; change += step) {
                std::string changed = bytes;
                changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ change);
                if (!error_of(Form::pickle, changed).empty()) ++refused;
            }
        }
    }
    CHECK(refused > 10'000 / step);
}
