// A text that a file holds once and refers to very often: what is spelled out of it stays in proportion to
// the file.
#include "snapshot/expansion_budget.hpp"

#include <functional>
#include <map>
#include <string>

#include "snapshot/decoder.hpp"
#include "support/catch.hpp"
#include "support/decoding.hpp"
#include "support/pickle_builder.hpp"

using namespace snapq;
using namespace snapq::tests;
using P = PickleBuilder;
using snapshot::ExpansionBudget;

namespace {

constexpr int k_times = 400;
constexpr unsigned k_long_text = 0;  // memo entry

// Bytes of text in the rows of the archive, but for stacks.
std::uint64_t spelled_bytes(const snapshot::Snapshot& made) {
    std::uint64_t bytes = 0;
    const auto add = [&](snapshot::TextId id) {
        if (id) bytes += made.symbols.text(id).size();
    };
    for (std::uint32_t id = 0; id < made.symbols.frame_count(); ++id) {
        const snapshot::Frame& frame = made.symbols.frame(snapshot::FrameId(id));
        for (const auto text : {frame.name, frame.filename, frame.fx_node_op, frame.fx_node_target})
            add(text);
    }
    for (const auto& annotation : made.annotations) {
        for (const auto text : {annotation.name, annotation.name, annotation.stage}) add(text);
    }
    for (const auto& extra : made.extras) {
        add(extra.key);
        add(extra.value);
    }
    for (const auto& block : made.blocks) add(block.state_text);
    for (const auto& segment : made.segments) add(segment.segment_type);
    for (const auto& [key, value] : made.settings) bytes += key.size() + value.size();
    for (const auto& trace : made.traces) {
        for (std::size_t event = 0; event < trace.events.size(); ++event) {
            const auto& shape = made.event_tables.shapes[trace.events.shape(event).value()];
            if (shape.action == snapshot::Action::other) add(shape.action_text);
        }
    }
    return bytes;
}

std::int64_t count_of(const snapshot::Snapshot& made, snapshot::Anomaly kind) {
    for (const auto& anomaly : made.anomalies) {
        if (anomaly.kind == kind) return anomaly.count;
    }
    return 0;
}

// Writes a snapshot with the long text in memo entry 0 and `parts` in its dict.
P snapshot_of(const std::function<void(P&)>& parts) {
    P pickle;
    pickle.proto(4).text(std::string(1'000'000, '7')).binput(k_long_text).pop().empty_dict().mark();
    parts(pickle);
    return pickle.setitems().stop();
}

void traces_of(P& pickle, const std::function<void(int)>& event) {
    pickle.text("segments").empty_list().text("device_traces").empty_list().empty_list().mark();
    for (int i = 0; i < k_times; ++i) event(i);
    pickle.appends().append();
}

// An event whose dict is still open.
P& open_event(P& pickle, std::string_view action, int number) {
    return pickle.empty_dict().mark().pair("action", action).pair("addr", number).pair("size", 1);
}

void frames_with(P& pickle, std::string_view key) {
    traces_of(pickle, [&](int i) {
        open_event(pickle, "alloc", i).text("frames").empty_list().mark().empty_dict().mark();
        if (key != "name") pickle.pair("name", "f");
        if (key != "filename") pickle.pair("filename", "a.py");
        pickle.pair("line", i).text(key).binget(k_long_text).setitems().appends().setitems();
    });
}

void segments_of(P& pickle, const std::function<void()>& last_field) {
    pickle.text("segments").empty_list().mark();
    for (int i = 0; i < k_times; ++i) {
        pickle.empty_dict().mark().pair("address", i).pair("total_size", 1);
        last_field();
        pickle.setitems();
    }
    pickle.appends();
}

void annotations_of(P& pickle, const std::function<void()>& last_field) {
    pickle.text("segments").empty_list().text("external_annotations").empty_list().mark();
    for (int i = 0; i < k_times; ++i) {
        pickle.empty_dict().mark().pair("name", "n").pair("stage", "START");
        last_field();
        pickle.setitems();
    }
    pickle.appends();
}

void settings_of(P& pickle, const std::function<void(int)>& setting) {
    pickle.text("segments").empty_list().text("allocator_settings").empty_dict().mark();
    for (int i = 0; i < k_times; ++i) setting(i);
    pickle.setitems();
}

using Shapes = std::map<std::string, std::function<void(P&)>>;

// Texts that are cut.
const Shapes k_cut{
    {"names of frames", [](P& p) { frames_with(p, "name"); }},
    {"files of frames", [](P& p) { frames_with(p, "filename"); }},
    {"operators of frames", [](P& p) { frames_with(p, "fx_node_op"); }},
    {"user-defined events",
     [](P& p) {
         traces_of(p, [&](int i) {
             open_event(p, "user_defined", i).text("frames").empty_list();
             p.empty_dict().mark().pair("name", "START").text("filename").binget(k_long_text).setitems();
             p.append().setitems();
         });
     }},
    {"names of annotations", [](P& p) { annotations_of(p, [&] { p.text("name").binget(k_long_text); }); }},
    {"stages of annotations", [](P& p) { annotations_of(p, [&] { p.text("stage").binget(k_long_text); }); }},
};

// Words that are cut whenever they are long.
const Shapes k_words{
    {"unknown actions",
     [](P& p) {
         traces_of(p, [&](int i) {
             p.empty_dict()
                 .mark()
                 .text("action")
                 .binget(k_long_text)
                 .pair("addr", i)
                 .pair("size", 1)
                 .setitems();
         });
     }},
    {"types of segments", [](P& p) { segments_of(p, [&] { p.text("segment_type").binget(k_long_text); }); }},
    {"states of blocks",
     [](P& p) {
         segments_of(p, [&] {
             p.text("blocks").empty_list().empty_dict().mark().pair("size", 1);
             p.text("state").binget(k_long_text).setitems().append();
         });
     }},
};

// Values that are left out.
const Shapes k_dropped{
    {"unknown values of segments", [](P& p) { segments_of(p, [&] { p.text("x").binget(k_long_text); }); }},
    {"unknown keys of segments", [](P& p) { segments_of(p, [&] { p.binget(k_long_text).number(1); }); }},
    {"unknown keys of annotations",
     [](P& p) { annotations_of(p, [&] { p.binget(k_long_text).number(1); }); }},
    {"numbers of devices", [](P& p) { annotations_of(p, [&] { p.text("device").binget(k_long_text); }); }},
    {"unknown keys of events",
     [](P& p) {
         traces_of(p, [&](int i) { open_event(p, "alloc", i).binget(k_long_text).number(1).setitems(); });
     }},
    {"unknown keys of the snapshot",
     [](P& p) {
         p.text("segments").empty_list();
         for (int i = 0; i < k_times; ++i) p.binget(k_long_text).number(i);
     }},
    {"values of settings", [](P& p) { settings_of(p, [&](int i) { p.number(i).binget(k_long_text); }); }},
    {"keys of settings", [](P& p) { settings_of(p, [&](int i) { p.binget(k_long_text).number(i); }); }},
    {"keys around settings",
     [](P& p) {
         settings_of(
             p, [&](int i) { p.binget(k_long_text).empty_dict().mark().number(i).number(i).setitems(); });
     }},
};

}  // namespace

TEST_CASE("A text that records share is cut when the rows with it exceed the budget") {
    for (const auto& [name, parts] : k_cut) {
        INFO(name);
        const P pickle = snapshot_of(parts);
        const snapshot::Snapshot made = decode(Form::pickle, pickle.bytes());
        const std::uint64_t limit =
            ExpansionBudget::k_allowance + ExpansionBudget::k_allowance_of_byte * pickle.size();
        CHECK(spelled_bytes(made) <= limit + k_times * 3 * snapshot::k_longest_cut);
        CHECK(spelled_bytes(made) > limit / 2);  // not needlessly little
        CHECK(count_of(made, snapshot::Anomaly::cut_text) > k_times / 2);
    }
}

TEST_CASE("A word that is far too long is cut in each row, and one of usual length is kept") {
    for (const auto& [name, parts] : k_words) {
        INFO(name);
        const snapshot::Snapshot made = decode(Form::pickle, snapshot_of(parts).bytes());
        CHECK(spelled_bytes(made) <= k_times * 3 * snapshot::k_longest_cut);
        CHECK(count_of(made, snapshot::Anomaly::cut_text) == k_times);
    }
    P pickle;
    pickle.proto(4)
        .text(std::string(k_longest_abbreviation, '7'))
        .binput(k_long_text)
        .pop()
        .empty_dict()
        .mark();
    k_words.at("types of segments")(pickle);
    const snapshot::Snapshot made = decode(Form::pickle, pickle.setitems().stop().bytes());
    CHECK(spelled_bytes(made) == k_times * k_longest_abbreviation);
    CHECK(count_of(made, snapshot::Anomaly::cut_text) == 0);
}

TEST_CASE(
    "A text that unknown values or settings share is left out when the rows with it exceed the budget") {
    for (const auto& [name, parts] : k_dropped) {
        INFO(name);
        const P pickle = snapshot_of(parts);
        const snapshot::Snapshot made = decode(Form::pickle, pickle.bytes());
        const std::uint64_t limit =
            ExpansionBudget::k_allowance + ExpansionBudget::k_allowance_of_byte * pickle.size();
        CHECK(spelled_bytes(made) <= limit);
        CHECK(spelled_bytes(made) > 900'000);
        CHECK(count_of(made, snapshot::Anomaly::dropped_extra) > 0);
    }
}

TEST_CASE("A key that the values around a snapshot share is left out when the rows exceed the budget") {
    P pickle;
    pickle.proto(4).empty_dict().mark().text(std::string(1'000'000, 'k')).binput(k_long_text).number(1);
    for (int i = 0; i < k_times; ++i) pickle.binget(k_long_text).number(i);
    pickle.text("s").empty_dict().mark().text("segments").empty_list().setitems();
    const snapshot::Snapshot made = decode(Form::pickle, pickle.setitems().stop().bytes());
    CHECK(made.extras.size() < 80);
    CHECK(count_of(made, snapshot::Anomaly::dropped_extra) > k_times - 80);
}

TEST_CASE("A limit of the ring buffer by device is found among keys of any length and number") {
    const P pickle = snapshot_of([](P& p) {
        p.text("segments").empty_list().text("device_traces").empty_list().mark();
        for (int i = 0; i < 1000; ++i) p.empty_list();
        p.appends().text("allocator_settings").empty_dict().mark();
        p.text("trace_alloc_max_entries").empty_dict().mark();
        for (int i = 0; i < 20'000; ++i) p.binget(k_long_text).number(5);
        p.pair("7", 70).number(8).number(80).number(std::int64_t{1} << 40).number(9).setitems();
        p.text("trace_alloc_overflowed")
            .empty_list()
            .mark()
            .number(1)
            .number(0)
            .number(1)
            .appends()
            .setitems();
    });
    const snapshot::Snapshot made = decode(Form::pickle, pickle.bytes());
    REQUIRE(made.traces.size() == 1000);
    CHECK(made.traces[7].max_entries == 70);
    CHECK(made.traces[8].max_entries == 80);
    CHECK_FALSE(made.traces[9].max_entries);
    CHECK(made.traces[0].overflowed == true);
    CHECK(made.traces[1].overflowed == false);
    CHECK_FALSE(made.traces[3].overflowed);
}

TEST_CASE("The budget grows with the bytes that were read, and refuses nothing that fits") {
    ExpansionBudget budget;
    CHECK(budget.charge(ExpansionBudget::k_allowance));
    CHECK_FALSE(budget.charge(1));
    budget.set_bytes_read(10);
    budget.set_bytes_read(5);
    CHECK_FALSE(budget.charge(10 * ExpansionBudget::k_allowance_of_byte + 1));
    CHECK(budget.charge(10 * ExpansionBudget::k_allowance_of_byte));
    CHECK(budget.charge_kept(ExpansionBudget::k_kept));
    CHECK(budget.charge_kept(10 * ExpansionBudget::k_kept_of_byte));
    CHECK_FALSE(budget.charge_kept(1));
    budget.refund_kept(1);
    CHECK(budget.charge_kept(1));
}

TEST_CASE("A cut text keeps whole characters and is at most 32 bytes long") {
    CHECK(snapshot::cut_text("active_awaiting_free") == "active_awaiting_free");
    CHECK(snapshot::cut_text(std::string(33, 'x')) == std::string(29, 'x') + "…");
    std::string umlauts;
    for (int i = 0; i < 40; ++i) umlauts += "ä";
    CHECK(snapshot::cut_text(umlauts).size() == 31);
}
