// Decoding in every form: each case is read as JSON and as three kinds of pickle.
#include "snapshot/decoder.hpp"

#include <fmt/format.h>

#include "support/catch.hpp"
#include "support/decoding.hpp"
#include "support/json_to_pickle.hpp"

using namespace snapq;
using namespace snapq::tests;

namespace {

// The result of `wanted(snapshot)`, which must be the same for all four forms.
template <typename Wanted>
auto in_all_forms(const std::string& json, Wanted&& wanted) {
    const auto expected = wanted(decode(Form::json, json));
    for (const Pickler pickler : {Pickler::cpython_0, Pickler::cpython_4, Pickler::cpp}) {
        INFO("pickler " << static_cast<int>(pickler));
        const auto made = wanted(decode(Form::pickle, JsonToPickle(pickler).convert(json)));
        CHECK(made == expected);
    }
    return expected;
}

Lines events_of(const std::string& json) {
    return in_all_forms(json, [](const auto& snapshot) { return SnapshotText(snapshot).events(); });
}
Lines segments_of(const std::string& json) {
    return in_all_forms(json, [](const auto& snapshot) { return SnapshotText(snapshot).segments(); });
}
Lines extras_of(const std::string& json) {
    return in_all_forms(json, [](const auto& snapshot) { return SnapshotText(snapshot).extras(); });
}
Lines settings_of(const std::string& json) {
    return in_all_forms(json, [](const auto& snapshot) { return SnapshotText(snapshot).settings(); });
}
Lines everything_of(const std::string& json) {
    return in_all_forms(json, [](const auto& snapshot) { return SnapshotText(snapshot).everything(); });
}

// The error, the same in all forms.
std::string refusal_of(const std::string& json) {
    const std::string expected = error_of(Form::json, json);
    for (const Pickler pickler : {Pickler::cpython_0, Pickler::cpython_4, Pickler::cpp}) {
        CHECK(error_of(Form::pickle, JsonToPickle(pickler).convert(json)) == expected);
    }
    return expected;
}

std::string trace(const std::string& entries) {
    return R"({"segments": [], "device_traces": [[)" + entries + "]]}";
}
std::string segment(const std::string& blocks, const std::string& more = "") {
    return R"([{"device": 0, "address": 4096, "total_size": 2048)" + more + R"(, "blocks": [)" + blocks +
           "]}]";
}
std::string settings(const std::string& members) {
    return R"({"device_traces": [[], []], "segments": [], "allocator_settings": {)" + members + "}}";
}

}  // namespace

// ---- finding the snapshot ----

TEST_CASE("A snapshot may be a bare list, empty, or wrapped in a user's dict") {
    CHECK(everything_of("[]") == Lines{"0 traces, segments true, traces false"});
    CHECK(everything_of(R"({"segments": []})") == Lines{"0 traces, segments true, traces false"});
    CHECK(everything_of(R"({"device_traces": []})") == Lines{"0 traces, segments false, traces true"});
    CHECK(everything_of(R"({"device_traces": [[], []]})") == Lines{"2 traces, segments false, traces true"});
    CHECK(everything_of(segment("")) == Lines{"0 traces, segments true, traces false", "dev0 1000+2048"});
    CHECK(everything_of(R"({"rank": 3, "config": {"lr": 0.5, "tags": ["a"]}, "memory": {"segments": []}})") ==
          Lines{"0 traces, segments true, traces false", R"(wrapper 0 config={"lr":0.5,"tags":["a"]})",
                "wrapper 0 rank=3"});
}

TEST_CASE("Other contents are refused, and the message names them") {
    CHECK(refusal_of("{}") ==
          "the file holds a dict without 'segments' and 'device_traces', not a memory snapshot");
    CHECK(refusal_of(R"({"a": {"b": {"c": 1}}})") ==
          "the file holds a dict without 'segments' and 'device_traces', not a memory snapshot");
    CHECK(refusal_of(R"({"schemaVersion": 1, "traceEvents": [{"ph": "X", "name": "add", "ts": 1}]})") ==
          "the file holds a trace of torch.profiler (Chrome's trace format), not a memory snapshot");
    CHECK(refusal_of(R"([{"ph": "X", "name": "add", "ts": 1}])") ==
          "the file holds a trace of torch.profiler (Chrome's trace format), not a memory snapshot");
    CHECK(refusal_of(R"({"num_ooms": 0, "allocated_bytes.all.current": 512})") ==
          "the file holds the statistics of torch.cuda.memory_stats(), which are totals only, not a memory "
          "snapshot");
    CHECK(refusal_of(R"({"allocated_bytes": {"all": {"current": 512}}})") ==
          "the file holds the statistics of torch.cuda.memory_stats(), which are totals only, not a memory "
          "snapshot");
    CHECK(refusal_of(R"({"epoch": 3, "state_dict": {"w": [1.0]}})") ==
          "the file holds a checkpoint, not a memory snapshot");
    CHECK(
        refusal_of(R"([[{"action": "alloc", "addr": 1, "size": 512, "stream": 0}]])") ==
        "the file holds the trace entries of a snapshot without the dict around them, not a memory snapshot");
    CHECK(refusal_of("[1, 2, 3]") == "the file holds a list of something else, not a memory snapshot");
    CHECK(refusal_of(R"(["text"])") == "the file holds a list of something else, not a memory snapshot");
    CHECK(refusal_of("17") == "the file holds a number, not a memory snapshot");
    CHECK(refusal_of("null") == "the file holds None, not a memory snapshot");
    CHECK(refusal_of(R"({"segments": 5})") == "'segments' is not a list of segments");
    CHECK(refusal_of(R"({"segments": [5]})") == "'segments' is not a list of segments");
    CHECK(refusal_of(R"({"device_traces": "x"})") ==
          "'device_traces' is not a list with a list of trace entries for each device");
    CHECK(refusal_of(R"({"device_traces": [[{"a": 1}]]})") ==
          "'device_traces' is not a list with a list of trace entries for each device");
}

TEST_CASE("A part that is None is absent") {
    CHECK(everything_of(R"({"segments": null, "device_traces": null, "allocator_settings": null,
                           "external_annotations": null})") == Lines{"0 traces, segments true, traces true"});
}

TEST_CASE("The trace of one device may be without the list around it") {
    CHECK(events_of(R"({"device_traces": [{"action": "alloc", "addr": 1, "size": 2},
                                          {"action": "alloc", "addr": 3, "size": 4}]})") ==
          Lines{"0: alloc addr=1 size=2", "0: alloc addr=3 size=4"});
}

TEST_CASE("Unknown keys are kept with their owner") {
    CHECK(extras_of(R"({"segments": [{"device": 0, "address": 0, "total_size": 512, "zone": {"a": [1, null]},
                         "blocks": [{"size": 512, "state": "inactive", "color": "red"}]}],
                        "device_traces": [[], [{"action": "alloc", "addr": 1, "size": 2},
                                               {"action": "alloc", "addr": 2, "size": 2, "rounded_by": 12}]],
                        "external_annotations": [{"name": "a", "stage": "START", "thread": "7"}], "version": 3})") ==
          Lines{"annotation 0 thread=\"7\"", "block 0 color=\"red\"", "event 1/1 rounded_by=12",
                R"(segment 0 zone={"a":[1,null]})", "snapshot 0 version=3"});
}

TEST_CASE("Empty lists in unknown keys are kept") {
    CHECK(extras_of(R"({"segments": [], "a": [], "b": [[]], "c": [[], []], "d": [[[]], 1], "e": {}})") ==
          Lines{"snapshot 0 a=[]", "snapshot 0 b=[[]]", "snapshot 0 c=[[],[]]", "snapshot 0 d=[[[]],1]",
                "snapshot 0 e={}"});
}

TEST_CASE("Known keys with values of another type are kept as extras") {
    CHECK(extras_of(trace(R"({"action": "alloc", "addr": 1, "size": "big", "stream": null, "frames": "none",
                             "pool_id": [1, 2, 3], "user_metadata": {"k": 1}, "compile_context": 5,
                             "time_us": 0.5, "forward_frames": [1]})")) ==
          Lines{"event 0/0 compile_context=5", "event 0/0 forward_frames=[1]", "event 0/0 frames=\"none\"",
                "event 0/0 pool_id=[1,2,3]", "event 0/0 size=\"big\"", "event 0/0 stream=null",
                "event 0/0 time_us=0.5", "event 0/0 user_metadata={\"k\":1}"});
}

// ---- events ----

TEST_CASE("Known and unknown actions are events") {
    for (const char* action :
         {"alloc", "free_requested", "free_completed", "segment_alloc", "segment_free", "segment_map",
          "segment_unmap", "snapshot", "annotate", "workspace_snapshot", ""}) {
        CHECK(events_of(trace(fmt::format(R"({{"action": "{}", "addr": 16, "size": 5}})", action))) ==
              Lines{fmt::format("0: {} addr=10 size=5", action)});
    }
    const snapshot::Snapshot made = decode(Form::json, trace(R"({"action": "strange", "addr": 1})"));
    CHECK(made.event_tables.shapes[made.traces[0].events.shape(0).value()].action == snapshot::Action::other);
}

TEST_CASE("Absent keys of an event stay absent") {
    CHECK(events_of(trace(R"({"action": "oom", "device_free": 7, "size": 9, "stream": 0})")) ==
          Lines{"0: oom size=9 stream=0 free=7"});
    CHECK(events_of(trace(R"({"action": "alloc", "addr": 1, "frames": []})")) ==
          Lines{"0: alloc addr=1 stack="});
    CHECK(events_of(trace(R"({"action": "alloc", "frames": []})")) == Lines{"0: alloc stack="});
}

TEST_CASE("All keys of an event are read in any order") {
    CHECK(
        events_of(trace(
            R"({"user_metadata": "{}", "compile_context": "N/A", "pool_id": [1, 0], "time_us": 1700000000000000,
        "forward_frames": ["f\n", "g"], "stream": 94000000000000, "size": 5000000000, "addr": 140000000000000,
        "frames": [{"line": 3, "filename": "a.py", "name": "f"}, {"name": "g", "filename": "??", "line": 0}],
        "action": "alloc"})")) ==
        Lines{
            "0: alloc addr=7f544a44c000 size=5000000000 stream=94000000000000 time=1700000000000000 pool=1,0 "
            "context=N/A metadata={} forward=[\"f\\n\",\"g\"] stack=f@a.py:3|g@??:0"});
}

TEST_CASE("Addresses and streams are taken modulo 2^64") {
    CHECK(events_of(trace(
              R"({"action": "alloc", "addr": 18446720620317114368, "size": 1, "stream": 18446744073709551615},
                             {"action": "alloc", "addr": -23453392437248, "size": 1, "stream": -1})")) ==
          Lines{"0: alloc addr=ffffeaab54e00000 size=1 stream=-1",
                "0: alloc addr=ffffeaab54e00000 size=1 stream=-1"});
}

TEST_CASE("Whole reals are read as integers") {
    CHECK(events_of(trace(
              R"({"action": "alloc", "addr": 4096.0, "size": 512.0, "stream": 0.0, "time_us": 5.0})")) ==
          Lines{"0: alloc addr=1000 size=512 stream=0 time=5"});
}

TEST_CASE("Times may be absent, in any order and far from each other") {
    CHECK(events_of(trace(R"({"action": "alloc", "time_us": 5}, {"action": "alloc", "addr": 1},
        {"action": "alloc", "time_us": -9223372036854775808}, {"action": "alloc", "time_us": 9223372036854775807},
        {"action": "alloc", "time_us": 4}, {"action": "alloc", "time_us": 2147483653})")) ==
          Lines{"0: alloc time=5", "0: alloc addr=1", "0: alloc time=-9223372036854775808",
                "0: alloc time=9223372036854775807", "0: alloc time=4", "0: alloc time=2147483653"});
}

TEST_CASE("Traces with about as many entries as a batch are complete and in order") {
    for (const int count : {1, 2, 999, 1000, 1001, 2000, 2001}) {
        std::string entries;
        Lines expected;
        for (int i = 0; i < count; ++i) {
            entries += fmt::format(R"({}{{"action": "alloc", "addr": {}, "size": 1, "frames": []}})",
                                   i > 0 ? "," : "", i);
            expected.push_back(fmt::format("0: alloc addr={:x} size=1 stack=", i));
        }
        CHECK(events_of(trace(entries)) == expected);
    }
}

TEST_CASE("Entries of a trace that are not events are counted") {
    CHECK(in_all_forms(trace(R"({"action": "alloc", "addr": 1}, 5, {"action": "alloc", "addr": 2})"),
                       [](const auto& made) { return SnapshotText(made).everything(); }) ==
          Lines{"1 traces, segments true, traces true", "0: alloc addr=1", "0: alloc addr=2",
                "dropped_extra 1"});
}

TEST_CASE("Events of several devices keep their device") {
    CHECK(events_of(R"({"device_traces": [[], [{"action": "alloc", "addr": 1}], [],
                                          [{"action": "alloc", "addr": 2}, {"action": "oom", "size": 3}]]})") ==
          Lines{"1: alloc addr=1", "3: alloc addr=2", "3: oom size=3"});
}

// ---- frames ----

TEST_CASE("Frames have the keys of FX, and unknown lines stay unknown") {
    CHECK(events_of(trace(
              R"({"action": "alloc", "frames": [{"name": "f", "filename": "<eval_with_key>.1", "line": -1,
        "fx_node_op": "call_function", "fx_node_target": "aten.mm", "fx_node_name": null}]})")) ==
          Lines{"0: alloc stack=f@<eval_with_key>.1:-1 op=call_function target=aten.mm"});
    CHECK(
        events_of(trace(
            R"({"action": "alloc", "frames": [{"name": "f", "filename": "a", "line": 18446744073709551615}]})")) ==
        Lines{"0: alloc stack=f@a:-1"});
}

// ---- segments and blocks ----

TEST_CASE("Blocks without addresses are placed one after the other in their segment") {
    CHECK(segments_of(
              segment(R"({"size": 512, "state": "active_allocated"}, {"size": 1024, "state": "inactive"},
                                 {"size": 512, "state": "active_pending_free", "requested_size": 100})")) ==
          Lines{"dev0 1000+2048", "  1000+512 active_allocated uses 512", "  1200+1024 inactive",
                "  1600+512 active_pending_free uses 100 requested=100"});
}

TEST_CASE("active_awaiting_free is pending, and a block with an unknown state is inactive") {
    CHECK(segments_of(
              segment(R"({"size": 512, "state": "active_awaiting_free"}, {"size": 512, "state": "odd"})")) ==
          Lines{"dev0 1000+2048", "  1000+512 active_awaiting_free uses 512", "  1200+512 odd"});
}

TEST_CASE("The history of older versions has the requested size and the stack") {
    const std::string blocks = R"({"size": 512, "state": "active_allocated", "history": [
          {"addr": 4096, "real_size": 300, "frames": [{"name": "new", "filename": "a.py", "line": 1}]},
          {"addr": 4096, "real_size": 200, "frames": [{"name": "old", "filename": "a.py", "line": 2}]}]})";
    CHECK(segments_of(segment(blocks)) ==
          Lines{"dev0 1000+2048", "  1000+512 active_allocated uses 300 stack=new@a.py:1"});
    CHECK(extras_of(segment(blocks)).size() == 1);
    CHECK(segments_of(segment(R"({"size": 512, "state": "active_allocated", "requested_size": 400,
                                 "history": [{"addr": 4096, "real_size": 300}]})")) ==
          Lines{"dev0 1000+2048", "  1000+512 active_allocated uses 400 requested=400"});
    CHECK(segments_of(segment(R"({"size": 512, "state": "inactive", "history": []})")) ==
          Lines{"dev0 1000+2048", "  1000+512 inactive"});
}

TEST_CASE("A segment keeps all its fields") {
    CHECK(
        segments_of(segment("", R"(, "allocated_size": 1, "active_size": 2, "requested_size": 3, "stream": 4,
             "segment_type": "large", "segment_pool_id": [0, 1], "is_expandable": true, "forward_frames": [],
             "frames": [{"name": "f", "filename": "a.py", "line": 1}])")) ==
        Lines{"dev0 1000+2048 allocated=1 active=2 requested=3 stream=4 large pool=0,1 expandable=true "
              "forward=[] "
              "stack=f@a.py:1"});
}

TEST_CASE("Segments with more blocks than a batch are complete") {
    std::string blocks;
    for (int i = 0; i < 2500; ++i)
        blocks += fmt::format(R"({}{{"size": 1, "state": "inactive"}})", i > 0 ? "," : "");
    const Lines lines = segments_of(segment(blocks));
    REQUIRE(lines.size() == 2501);
    CHECK(lines.back() == fmt::format("  {:x}+1 inactive", 4096 + 2499));
}

// ---- settings, annotations, host memory ----

TEST_CASE("Settings are flattened and sorted") {
    CHECK(
        settings_of(settings(
            R"("b": {"2": 0, "1": 1, "deep": {"x": true}}, "a": "text", "c": 0.8, "d": null, "e": {}, "f": [1, 2])")) ==
        Lines{"a=text", "b.1=1", "b.2=0", "b.deep.x=true", "c=0.8", "d=null", "e={}", "f=[1,2]"});
}

TEST_CASE("The settings of the ring buffer are read in all their forms") {
    CHECK(settings_of(settings(R"("trace_alloc_overflowed": true, "trace_alloc_max_entries": 1000)")) ==
          Lines{"trace_alloc_max_entries=1000", "trace_alloc_overflowed=true", "overflowed 0 true",
                "max_entries 0 1000", "overflowed 1 true", "max_entries 1 1000"});
    const auto tail = [](const Lines& lines) { return Lines(lines.begin() + 1, lines.end()); };
    CHECK(tail(settings_of(settings(R"("trace_alloc_overflowed": [false, true])"))) ==
          Lines{"overflowed 0 false", "overflowed 1 true"});
    CHECK(tail(settings_of(settings(R"("trace_alloc_overflowed": [0, 1])"))) ==
          Lines{"overflowed 0 false", "overflowed 1 true"});
    CHECK(tail(settings_of(settings(R"("trace_alloc_overflowed": {"1": true})"))) ==
          Lines{"overflowed 1 true"});
    CHECK(tail(settings_of(settings(R"("trace_alloc_overflowed": [1])"))) == Lines{"overflowed 0 true"});
    CHECK(tail(settings_of(settings(R"("trace_alloc_overflowed": "yes")"))).empty());
}

TEST_CASE("user_defined events of PyTorch 2.4 are annotations too") {
    const std::string text =
        trace(R"({"action": "user_defined", "addr": 0, "size": 0, "stream": 0, "time_us": 9,
                                       "frames": [{"name": "START", "filename": "## step ##", "line": 0}]})");
    CHECK(in_all_forms(text, [](const auto& made) { return SnapshotText(made).annotations(); }) ==
          Lines{"START ## step ## dev=0 time=9"});
    CHECK(events_of(text).size() == 1);
}

TEST_CASE("Annotations keep their order, with or without device and time") {
    const std::string text =
        R"({"segments": [], "external_annotations": [{"name": "b", "stage": "START", "device": 1},
        {"name": "a", "stage": "END", "time_us": 5}]})";
    CHECK(in_all_forms(text, [](const auto& made) { return SnapshotText(made).annotations(); }) ==
          Lines{"START b dev=1", "END a time=5"});
}

// ---- work in the backward pass ----

TEST_CASE("Forward frames that are a Python traceback are a stack behind that of the event") {
    const std::string entries = R"("  File \"model.py\", line 42, in forward\n    y = f(x)\n",
                                   "  File \"train.py\", line 5, in <module>\n")";
    const auto stacks_of = [](const std::string& frames) {
        return in_all_forms(
            trace(R"({"action": "alloc", "addr": 1, "size": 2, "forward_frames": [)" + frames + "]}"),
            [](const auto& made) {
                Lines lines;
                const snapshot::Symbols& symbols = made.symbols;
                const snapshot::StackId stack = made.traces[0].events.stack(0);
                if (!stack) return lines;
                CHECK(symbols.depth(stack) == 0);
                const snapshot::StackId forward = symbols.forward_of(stack);
                for (std::size_t i = 0; i < symbols.depth(forward); ++i) {
                    const snapshot::Frame& frame = symbols.frame(symbols.frame_at(forward, i));
                    lines.push_back(fmt::format("{}:{} {}", symbols.text(frame.filename), frame.line,
                                                symbols.text(frame.name)));
                }
                return lines;
            });
    };
    CHECK(stacks_of(entries) == Lines{"model.py:42 forward", "train.py:5 <module>"});
    const std::string outermost_first = R"("  File \"train.py\", line 5, in <module>\n",
                                           "  File \"model.py\", line 42, in forward\n")";
    CHECK(stacks_of(outermost_first) == Lines{"model.py:42 forward", "train.py:5 <module>"});
    CHECK(stacks_of(R"("a.py:1 in f")").empty());
    CHECK(stacks_of("").empty());
}

TEST_CASE("The category of profile_plot is kept with the event") {
    const std::string text = trace(R"({"action": "alloc", "addr": 1, "size": 2, "category": "gradient"})");
    CHECK(in_all_forms(text, [](const auto& made) {
              const auto& shape = made.event_tables.shapes[made.traces[0].events.shape(0).value()];
              return std::string(made.symbols.text(shape.category));
          }) == "gradient");
    CHECK(extras_of(text) == Lines{R"(event 0/0 category="gradient")"});
}

// ---- pinned host memory ----

TEST_CASE("Empty lists of host memory add nothing") {
    const Lines without = everything_of(R"({"segments": [], "device_traces": [[]]})");
    CHECK(
        everything_of(R"({"segments": [], "device_traces": [[]], "host_segments": [], "host_traces": []})") ==
        without);
    CHECK(everything_of(
              R"({"segments": [], "device_traces": [[]], "host_segments": [], "host_traces": [[]]})") ==
          without);
    CHECK(everything_of(R"({"segments": [], "device_traces": [[]], "host_traces": null})") == without);
}

TEST_CASE("Host memory is device -1, from a list of events or a list of such lists") {
    const std::string event = R"({"action": "alloc", "addr": 1, "size": 2})";
    for (const std::string& traces : {"[" + event + "]", "[[" + event + "]]", "[[], [" + event + "], []]"}) {
        CHECK(events_of(R"({"segments": [], "device_traces": [[]], "host_traces": )" + traces + "}") ==
              Lines{"-1: alloc addr=1 size=2"});
    }
    CHECK(
        segments_of(
            R"({"segments": [{"device": 0, "address": 0, "total_size": 512, "blocks": []}], "host_segments": [
              {"device": 0, "address": 4096, "total_size": 2048, "blocks": []},
              {"address": 9216, "total_size": 1024}]})") ==
        Lines{"dev0 0+512", "dev-1 1000+2048", "dev-1 2400+1024"});
}

TEST_CASE("A file with host memory alone is a snapshot") {
    CHECK(everything_of(R"({"host_traces": [{"action": "alloc", "addr": 1, "size": 2}]})") ==
          Lines{"1 traces, segments false, traces false", "-1: alloc addr=1 size=2"});
}

TEST_CASE("Several lists of events of the host are merged by time, with the unknown keys of their events") {
    const std::string text = R"({"segments": [], "host_traces": [
        [{"action": "alloc", "addr": 1, "size": 2, "time_us": 10},
         {"action": "alloc", "addr": 2, "size": 2, "time_us": 40, "tag": "late"}],
        [{"action": "alloc", "addr": 3, "size": 2, "time_us": 20, "tag": "early"},
         {"action": "alloc", "addr": 4, "size": 2},
         {"action": "alloc", "addr": 5, "size": 2, "time_us": 15}]]})";
    CHECK(events_of(text) == Lines{"-1: alloc addr=1 size=2 time=10", "-1: alloc addr=3 size=2 time=20",
                                   "-1: alloc addr=4 size=2", "-1: alloc addr=5 size=2 time=15",
                                   "-1: alloc addr=2 size=2 time=40"});
    CHECK(extras_of(text) == Lines{R"(event -1/1 tag="early")", R"(event -1/4 tag="late")"});
}

TEST_CASE("Of lists of host memory in another form only the number of items is kept") {
    CHECK(extras_of(R"({"segments": [], "host_traces": [1, 2, 3], "host_segments": {"a": 1}})") ==
          Lines{R"(snapshot 0 host_segments={"omitted_items":2})",
                R"(snapshot 0 host_traces={"omitted_items":3})"});
}

// ---- values that cannot be kept ----

TEST_CASE("A value of more than a megabyte is dropped and counted") {
    const std::string large(1 << 20, 'x');
    CHECK(everything_of(R"({"segments": [], "small": 1, "large": ")" + large + "\"}") ==
          Lines{"0 traces, segments true, traces false", "snapshot 0 small=1", "dropped_extra 1"});
}
