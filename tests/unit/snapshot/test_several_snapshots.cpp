// Files with several snapshots: in dicts and lists, and one after another.
#include <fmt/format.h>

#include <memory>

#include "snapshot/decoder.hpp"
#include "support/catch.hpp"
#include "support/decoding.hpp"
#include "support/json_to_pickle.hpp"

using namespace snapq;
using namespace snapq::tests;
using namespace std::string_literals;
using snapshot::Decoder;

namespace {

// A snapshot with everything that has an id: stacks, texts, pools, extras and annotations. `tag` is part of
// some of them; others are the same for all tags.
std::string snapshot_text(int tag) {
    const std::string own =
        fmt::format(R"({{"filename": "rank{}.py", "line": {}, "name": "f"}})", tag, tag + 1);
    const std::string shared = R"({"filename": "train.py", "line": 9, "name": "main", "column": 4})";
    const std::string frames = "[" + own + ", " + shared + "]";
    return fmt::format(
        R"({{"segments": [{{"device": 0, "address": {0}, "total_size": 4096, "segment_type": "small",
             "segment_pool_id": [{1}, 0], "frames": {2}, "blocks": [{{"address": {0}, "size": 512, "state":
             "active_allocated", "frames": {2}, "color": "red"}}]}}],
            "device_traces": [[{{"action": "alloc", "addr": {0}, "size": 512, "stream": {1}, "frames": {2},
             "user_metadata": "layer{1}", "category": "kind{1}", "forward_frames":
             ["  File \"model{1}.py\", line 4, in forward"], "time_us": {0}, "mood": {1}}},
             {{"action": "user_defined", "addr": 0, "size": 0, "stream": 0, "frames": [{3}]}}]],
            "external_annotations": [{{"name": "step{1}", "stage": "START", "device": 0, "time_us": {0}}}],
            "allocator_settings": {{"max_split_size": {1}}}, "version": {1}}})",
        4096 * (tag + 1), tag, frames, shared);
}

bool begins_like_test_pickle(std::string_view head) {
    return head.starts_with("\x80") || head.starts_with("(");
}

// All of a snapshot. The numbers of frames depend on what else is in the file.
Lines content_of(const snapshot::Snapshot& snapshot) {
    Lines lines = SnapshotText(snapshot).everything();
    for (std::string& line : lines) {
        if (line.starts_with("frame ")) line.erase(6, line.find(' ', 6) - 6);
    }
    return lines;
}

struct Read {
    std::vector<std::string> keys;
    std::vector<Lines> snapshots;
    std::uint64_t surplus = 0;
};

Read read_all_of(Form form, const std::string& bytes, std::size_t piece = k_whole) {
    MemorySource source(bytes, piece);
    Decoder decoder(source, form == Form::pickle ? snapshot::Form::pickle : snapshot::Form::json,
                    begins_like_test_pickle, 1 << 20);
    Read read;
    while (auto value = decoder.next()) {
        for (std::size_t i = 0; i < value->snapshot_count(); ++i) {
            read.keys.push_back(value->key(i).path());
            read.snapshots.push_back(content_of(value->take(i)));
        }
    }
    read.surplus = decoder.surplus_bytes();
    return read;
}

std::string converted(Pickler pickler, const std::string& json) {
    return JsonToPickle(pickler).convert(json);
}

// Reads the text in each form; all must give the same.
Read in_all_forms(const std::string& json) {
    const Read expected = read_all_of(Form::json, json);
    for (const Pickler pickler : {Pickler::cpython_0, Pickler::cpython_4, Pickler::cpp}) {
        INFO("pickler " << static_cast<int>(pickler));
        const Read read = read_all_of(Form::pickle, converted(pickler, json));
        CHECK(read.keys == expected.keys);
        CHECK(read.snapshots == expected.snapshots);
    }
    return expected;
}

Lines alone(int tag) {
    return content_of(decode(Form::json, snapshot_text(tag)));
}

}  // namespace

TEST_CASE("each snapshot of a dict is what it would be in a file of its own") {
    const Read read = in_all_forms(fmt::format(R"({{"rank0": {}, "rank1": {}, "rank2": {}}})",
                                               snapshot_text(0), snapshot_text(1), snapshot_text(2)));
    CHECK(read.keys == std::vector<std::string>{"rank0", "rank1", "rank2"});
    CHECK(read.snapshots == std::vector<Lines>{alone(0), alone(1), alone(2)});
}

TEST_CASE("snapshots in lists and one level deeper are found with their paths") {
    const std::string pair = "[" + snapshot_text(0) + ", null, " + snapshot_text(1) + "]";
    CHECK(in_all_forms(pair).keys == std::vector<std::string>{"[0]", "[2]"});
    CHECK(in_all_forms(R"({"job": )" + pair + "}").keys == std::vector<std::string>{"job[0]", "job[2]"});
    CHECK(in_all_forms(R"({"job": {"a": )" + snapshot_text(3) + "}}").keys ==
          std::vector<std::string>{"job.a"});
    const Read read = in_all_forms(R"([{"name": "x", "memory": )" + snapshot_text(3) + "}]");
    CHECK(read.keys == std::vector<std::string>{"[0].memory"});
    CHECK(read.snapshots[0].size() == alone(3).size() + 1);  // wrapper [0].name
}

TEST_CASE("bare lists of segments in a dict are snapshots too") {
    const std::string segments = R"([{"device": 0, "address": 4096, "total_size": 2048, "blocks": []}])";
    const std::string others = R"([{"device": 0, "address": 8192, "total_size": 1024, "blocks": []}])";
    const Read read = in_all_forms(R"({"rank0": )" + segments + R"(, "rank1": )" + others + "}");
    CHECK(read.keys == std::vector<std::string>{"rank0", "rank1"});
    CHECK(read.snapshots == std::vector<Lines>{lines_of(Form::json, segments), lines_of(Form::json, others)});
}

TEST_CASE("values beside several snapshots are kept with each of them") {
    const Read read = in_all_forms(
        fmt::format(R"({{"step": 7, "a": {}, "b": {}}})", R"({"segments": []})", R"({"device_traces": []})"));
    CHECK(read.snapshots ==
          std::vector<Lines>{Lines{"0 traces, segments true, traces false", "wrapper 0 step=7"},
                             Lines{"0 traces, segments false, traces true", "wrapper 0 step=7"}});
}

TEST_CASE("pickles and JSON texts one after another are read one after another") {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, k_whole}) {
        const Read json = read_all_of(Form::json, snapshot_text(0) + "\n" + snapshot_text(1), piece);
        CHECK(json.snapshots == std::vector<Lines>{alone(0), alone(1)});
        for (const Pickler pickler : {Pickler::cpython_0, Pickler::cpython_4, Pickler::cpp}) {
            const std::string first = converted(pickler, snapshot_text(0));
            const std::string second = converted(pickler, snapshot_text(1));
            const Read read = read_all_of(Form::pickle, first + second, piece);
            CHECK(read.snapshots == std::vector<Lines>{alone(0), alone(1)});
            CHECK(read.surplus == 0);
            const std::string padded = first + std::string(3, '\0') + second + std::string(5, '\0');
            CHECK(read_all_of(Form::pickle, padded, piece).snapshots == read.snapshots);
            CHECK(read_all_of(Form::pickle, padded, piece).surplus == 0);
        }
    }
}

TEST_CASE("other bytes behind a pickle are counted") {
    const std::string pickle = converted(Pickler::cpython_4, snapshot_text(0));
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, k_whole}) {
        const Read read = read_all_of(Form::pickle, pickle + std::string(2, '\0') + "what else", piece);
        CHECK(read.snapshots == std::vector<Lines>{alone(0)});
        CHECK(read.surplus == 11);
    }
    const std::string endless(3 << 20, 'x');
    CHECK(read_all_of(Form::pickle, pickle + endless).surplus >= 1 << 20);
    CHECK(read_all_of(Form::pickle, pickle + endless).surplus < 3 << 20);
}

TEST_CASE("a snapshot that is in the file twice is found at both places") {
    const std::string twice =
        "\x80\x02}q\x01(X\x01\0\0\0"
        "a}q\x02(X\x08\0\0\0segments]X\x0d\0\0\0device_traces]uX\x01\0\0\0"
        "bh\x02u."s;
    const Read read = read_all_of(Form::pickle, twice);
    CHECK(read.keys == std::vector<std::string>{"a", "b"});
    CHECK(read.snapshots == std::vector<Lines>(2, Lines{"0 traces, segments true, traces true"}));
    // Where one snapshot is wanted, it is the only one.
    MemorySource source(twice);
    CHECK(content_of(snapshot::decode_pickle(source)) == read.snapshots[0]);
}

TEST_CASE("a dict of snapshots that is in the file twice is found at both places") {
    const std::string twice =
        "\x80\x02}(X\x01\0\0\0"
        "a}(X\x01\0\0\0x}X\x08\0\0\0segments]sX\x01\0\0\0y]}X\x08\0\0\0segments]sauq\x02X\x01\0\0\0"
        "b]h\x02"
        "au."s;
    CHECK(read_all_of(Form::pickle, twice).keys ==
          std::vector<std::string>{"a.x", "a.y[0]", "b[0].x", "b[0].y[0]"});
}

TEST_CASE("a file that refers to a snapshot again and again is refused with the key") {
    // A list of 10 times the list before, 6 deep: a million places.
    std::string pickle = "\x80\x02}X\x08\0\0\0segments]sq\x00"s;
    for (char depth = 1; depth <= 6; ++depth) {
        pickle += "](";
        for (int i = 0; i < 10; ++i) pickle += {'h', static_cast<char>(depth - 1)};
        pickle += {'e', 'q', depth};
    }
    CHECK_THROWS_WITH(
        read_all_of(Form::pickle, pickle + "."),
        Catch::Contains("[0][0][1]: the snapshots of the file are in it again more than 1000 times"));
}

TEST_CASE("deep nesting does not end the program") {
    std::string deep = "{\"segments\": []}";
    for (int i = 0; i < 900; ++i) deep = "[" + deep + "]";
    CHECK(read_all_of(Form::json, deep).keys.empty());
}

TEST_CASE("a list that very many snapshots share is refused") {
    std::string events;
    for (int i = 0; i < 2000; ++i) {
        events += fmt::format("{}{{\"action\": \"alloc\", \"addr\": {}, \"size\": 1}}", i > 0 ? "," : "", i);
    }
    // One list of events, kept in the memo, in each of 1000 dicts.
    const std::string trace = converted(Pickler::cpp, "[[" + events + "]]");
    std::string pickle = trace.substr(0, trace.size() - 1) + "r\x30\x75\0\0"s + "0](";
    for (int i = 0; i < 1000; ++i) pickle += "}(X\x0d\0\0\0device_tracesj\x30\x75\0\0u"s;
    pickle += "e.";
    std::string message;
    try {
        static_cast<void>(read_all_of(Form::pickle, pickle));
    } catch (const InputError& error) {
        message = error.what();
    }
    CHECK(message.find("the snapshots share their parts so often") != std::string::npos);
}
