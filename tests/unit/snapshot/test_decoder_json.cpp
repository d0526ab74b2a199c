#include <fmt/format.h>

#include "snapshot/decoder.hpp"
#include "support/catch.hpp"
#include "support/decoding.hpp"
#include "support/sample.hpp"

using namespace snapq;
using namespace snapq::tests;

namespace {

const std::string k_small = R"({"segments": [{"device": 0, "address": 4096, "total_size": 1024, "stream": 0,
 "segment_type": "small", "segment_pool_id": [0, 1], "is_expandable": false, "frames": [], "blocks": [
  {"address": 4096, "size": 512, "requested_size": 500, "state": "active_allocated",
   "frames": [{"name": "f", "filename": "a.py", "line": 7}]},
  {"address": 4608, "size": 512, "requested_size": 0, "state": "inactive", "frames": []}]}],
 "device_traces": [[
  {"action": "alloc", "addr": 4096, "size": 500, "stream": 0, "time_us": 1700000000000000, "pool_id": [0, 1],
   "compile_context": "N/A", "frames": [{"name": "f", "filename": "a.py", "line": 7}]},
  {"action": "oom", "device_free": 10, "size": 1048576, "stream": 0, "time_us": 1700000000000001}], []],
 "allocator_settings": {"PYTORCH_CUDA_ALLOC_CONF": "", "max_split_size": -1, "roundup_power2_divisions": {"1": 0}},
 "external_annotations": [{"name": "step", "stage": "START", "device": 0, "time_us": 5}]}
)";

const Lines k_small_lines{
    "2 traces, segments true, traces true",
    "0: alloc addr=1000 size=500 stream=0 time=1700000000000000 pool=0,1 context=N/A stack=f@a.py:7",
    "0: oom size=1048576 stream=0 free=10 time=1700000000000001",
    "dev0 1000+1024 stream=0 small pool=0,1 expandable=false stack=",
    "  1000+512 active_allocated uses 500 requested=500 stack=f@a.py:7",
    "  1200+512 inactive requested=0 stack=",
    "START step dev=0 time=5",
    "PYTORCH_CUDA_ALLOC_CONF=",
    "max_split_size=-1",
    "roundup_power2_divisions.1=0",
};

std::string trace_of(const std::string& entries) {
    return R"({"device_traces": [[)" + entries + "]]}";
}

std::string alloc(std::int64_t address, const std::string& more = "") {
    return fmt::format(R"({{"action": "alloc", "addr": {}, "size": 512{}}})", address, more);
}

Lines events_of_json(const std::string& text) {
    return SnapshotText(decode(Form::json, text)).events();
}

std::string json_error(const std::string& text) {
    return error_of(Form::json, text);
}

}  // namespace

TEST_CASE("A snapshot in JSON is read, in pieces of any size") {
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{4096}, k_whole}) {
        CHECK(lines_of(Form::json, k_small, piece) == k_small_lines);
    }
}

TEST_CASE("The facts of a JSON text have its length") {
    MemorySource source(k_small);
    snapshot::DecodeFacts facts;
    static_cast<void>(snapshot::decode_json(source, &facts));
    CHECK(facts.bytes == k_small.size());
}

TEST_CASE("An empty array is an empty snapshot") {
    CHECK(lines_of(Form::json, "[]") == Lines{"0 traces, segments true, traces false"});
    CHECK(lines_of(Form::json, " \n[ ] \n") == Lines{"0 traces, segments true, traces false"});
}

TEST_CASE("A bare array of segments and a snapshot inside a user's object are read") {
    const std::string segment = R"({"device": 1, "address": 0, "total_size": 8, "blocks": []})";
    CHECK(lines_of(Form::json, "[" + segment + "]") ==
          Lines{"0 traces, segments true, traces false", "dev1 0+8"});
    CHECK(lines_of(Form::json, R"({"rank": 3, "snapshot": {"segments": [)" + segment + "]}}") ==
          Lines{"0 traces, segments true, traces false", "dev1 0+8", "wrapper 0 rank=3"});
}

TEST_CASE("NaN, infinities, large integers and lone surrogates, as Python writes them, are read") {
    const std::string more =
        R"(, "a": NaN, "b": -Infinity, "c": 18446720620317114368, "d": 123456789012345678901234567890, "e": "\ud800")";
    CHECK(SnapshotText(decode(Form::json, trace_of(alloc(1, more)))).extras() ==
          Lines{"event 0/0 a=null", "event 0/0 b=null", "event 0/0 c=18446720620317114368",
                "event 0/0 d=1.2345678901234568e+29",
                "event 0/0 e=\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""});
}

TEST_CASE("An array gives the same stacks whether simdjson accepts it or not") {
    const std::string frames = R"([{"name": "f", "filename": "a.py", "line": 7},)"
                               R"( {"name": "g", "filename": "b.py", "line": 18446744073709551615}])";
    const std::string odd = R"([{"name": "f", "filename": "a.py", "line": 7, "x": NaN},)"
                            R"( {"name": "g", "filename": "b.py", "line": -1}])";
    const auto entry = [](const std::string& list) { return alloc(1, R"(, "frames": )" + list); };
    const std::string expected = "0: alloc addr=1 size=512 stack=f@a.py:7|g@b.py:-1";
    const std::string text =
        trace_of(entry(frames) + "," + entry(odd) + "," + entry(frames) + "," + entry(odd));
    CHECK(events_of_json(text) == Lines{expected, expected, expected, expected});
    CHECK(decode(Form::json, text).symbols.stack_count() == 1);
}

TEST_CASE("Text that is not UTF-8 is repaired and counted") {
    const std::string text = trace_of(alloc(1,
                                            ", \"compile_context\": \"a\xff"
                                            "b\""));
    const snapshot::Snapshot made = decode(Form::json, text);
    CHECK(SnapshotText(made).events() == Lines{"0: alloc addr=1 size=512 context=a\xef\xbf\xbd"
                                               "b"});
    CHECK(SnapshotText(made).anomalies() == Lines{"invalid_text 1"});
}

TEST_CASE("Addresses are taken modulo 2^64, and whole reals are integers") {
    CHECK(events_of_json(
              trace_of(alloc(-1) + R"(,{"action": "alloc", "addr": 18446744073709551615, "size": 512.0})")) ==
          Lines{"0: alloc addr=ffffffffffffffff size=512", "0: alloc addr=ffffffffffffffff size=512"});
}

TEST_CASE("A later equal key wins") {
    CHECK(events_of_json(R"({"device_traces": [[{"action": "alloc", "size": 1, "addr": 5, "size": 2}]]})") ==
          Lines{"0: alloc addr=5 size=2"});
}

TEST_CASE("Traces longer than a batch and larger than a piece are complete and in order") {
    for (const std::size_t count : {999U, 1000U, 1001U, 2000U, 20000U}) {
        std::string entries;
        Lines expected;
        for (std::size_t i = 0; i < count; ++i) {
            entries += (i > 0 ? ",\n" : "") + alloc(static_cast<std::int64_t>(i));
            expected.push_back(fmt::format("0: alloc addr={:x} size=512", i));
        }
        CHECK(events_of_json(trace_of(entries)) == expected);
    }
}

TEST_CASE("A segment with more blocks than a piece holds is complete") {
    std::string blocks;
    for (int i = 0; i < 10000; ++i) {
        blocks += fmt::format(R"({}{{"size": 512, "state": "inactive", "requested_size": {}}})",
                              i > 0 ? "," : "", i);
    }
    const std::string text =
        R"([{"device": 0, "address": 0, "total_size": 5120000, "blocks": [)" + blocks + "]}]";
    const snapshot::Snapshot made = decode(Form::json, text);
    REQUIRE(made.blocks.size() == 10000);
    CHECK(made.segments[0].block_count == 10000);
    CHECK(made.blocks[9999].address == 9999 * 512);
    CHECK(made.blocks[9999].requested_size == 9999);
}

TEST_CASE("Text longer than the window is read") {
    const std::string long_text(1 << 20, 'x');
    const snapshot::Snapshot made =
        decode(Form::json, trace_of(alloc(1, ", \"compile_context\": \"" + long_text + '"')));
    CHECK(SnapshotText(made).events() == Lines{"0: alloc addr=1 size=512 context=" + long_text});
}

TEST_CASE("Text of more than a megabyte is truncated and counted") {
    const snapshot::Snapshot made =
        decode(Form::json, trace_of(alloc(1, ", \"compile_context\": \"" + std::string(3 << 20, 'x') + '"')));
    CHECK(SnapshotText(made).events() ==
          Lines{"0: alloc addr=1 size=512 context=" + std::string(1 << 20, 'x')});
    CHECK(SnapshotText(made).anomalies() == Lines{"invalid_text 1"});
}

TEST_CASE("An object with more keys than fit into the file is refused") {
    std::string object = "{\"segments\": [], \"x\": {";
    for (int i = 0; i < 1'000'000; ++i) object += "\"\":1,";
    CHECK(json_error(object).find("keys and values, more than any file has in so few bytes") !=
          std::string::npos);
}

TEST_CASE("Entries of a trace that are not objects are counted and skipped") {
    const snapshot::Snapshot made = decode(Form::json, trace_of(alloc(1) + ", 5, " + alloc(2)));
    CHECK(SnapshotText(made).events() == Lines{"0: alloc addr=1 size=512", "0: alloc addr=2 size=512"});
    CHECK(SnapshotText(made).anomalies() == Lines{"dropped_extra 1"});
}

TEST_CASE("JSON without a snapshot is refused, and the message names its contents") {
    CHECK(json_error("{}") ==
          "the file holds a dict without 'segments' and 'device_traces', not a memory snapshot");
    CHECK(json_error("5") == "the file holds a number, not a memory snapshot");
    CHECK(json_error("null") == "the file holds None, not a memory snapshot");
    CHECK(json_error("\"x\"") == "the file holds text, not a memory snapshot");
    CHECK(json_error("[1, 2, 3]") == "the file holds a list of something else, not a memory snapshot");
}

TEST_CASE("Damage is reported with the offset of the byte") {
    CHECK(json_error("") == "truncated: the file ends at byte 0, inside the JSON text");
    CHECK(json_error("[1 2]") == "byte 3: expected ',' or ']' in the JSON text, not '2'");
    CHECK(json_error("[1,]") == "byte 3: expected a value in the JSON text, not ']'");
    CHECK(json_error("{\"a\" 1}") == "byte 5: expected ':' in the JSON text, not '1'");
    CHECK(json_error("{\"a\": 1,}") == "byte 8: expected a key in quotes in the JSON text, not '}'");
    CHECK(json_error("{\"a\": 1]") == "byte 7: expected ',' or '}' in the JSON text, not ']'");
    CHECK(json_error("{a: 1}") == "byte 1: expected a key in quotes in the JSON text, not 'a'");
    CHECK(json_error("[tru]") == "byte 1: expected a value in the JSON text, not 't'");
    CHECK(json_error("[\x01]") == "byte 1: expected a value in the JSON text, not byte 0x01");
    CHECK(json_error("[] x") == "byte 3: there is more text after the end of the JSON value");
    CHECK(json_error("[] []") == "the file holds several JSON texts");
    CHECK(json_error("[\"a\\qb\"]") == "byte 3: this is not a valid JSON escape");
    CHECK(json_error("[\"a\nb\"]") == "byte 3: a control character in a JSON string is not escaped");
    CHECK(json_error("[\"ab") == "truncated: the file ends at byte 4, inside a JSON string");
}

TEST_CASE("NUL bytes after the text, as in HTML pages, are ignored") {
    CHECK(json_error(k_small + std::string("\0\0\n", 3)).empty());
}

TEST_CASE("Deep nesting is refused without recursion") {
    CHECK(json_error(std::string(1'000'000, '[')) ==
          "byte 1000: the JSON text is nested more than 1000 levels deep");
    std::string objects;
    for (int i = 0; i < 2000; ++i) objects += "{\"a\":";
    CHECK(json_error(objects) == "byte 5000: the JSON text is nested more than 1000 levels deep");
    const std::string nested = std::string(900, '[') + std::string(900, ']');
    CHECK(json_error(R"({"segments": [], "x": )" + nested + "}").empty());
}

TEST_CASE("A string or number that is too long is refused before it fills the memory") {
    CHECK(json_error("[\"" + std::string(20 << 20, 'x')) ==
          "byte 1: a JSON string is longer than 16777216 bytes");
    CHECK(json_error("[" + std::string(10000, '1') + "]") ==
          "byte 1: expected a value in the JSON text, not '1'");
}

TEST_CASE("JSON truncated after any byte is refused with an offset") {
    const std::size_t end = k_small.find_last_of('}');
    for (std::size_t length = 0; length <= end; ++length) {
        const std::string cut = k_small.substr(0, length);
        try {
            static_cast<void>(decode(Form::json, cut));
            FAIL("a text cut after byte " << length << " was accepted");
        } catch (const InputError& error) {
            REQUIRE(error.offset().has_value());
            CHECK(*error.offset() <= length);
        }
    }
}

TEST_CASE("JSON with any bit flipped is read or refused") {
    const std::size_t step = sample_divisor();
    std::size_t refused = 0;
    for (std::size_t at = 0; at < k_small.size(); at += step) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string flipped = k_small;
            flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
            if (!json_error(flipped).empty()) ++refused;
        }
    }
    CHECK(refused > k_small.size() / step);
    CHECK(refused < 8 * k_small.size() / step);
}
