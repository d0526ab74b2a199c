// A text or a stack that an input holds once and an archive spells out in each row: what is written stays
// within the account of the input.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "archive/sqlite/bulk_inserter.hpp"
#include "frames/stack_class.hpp"
#include "support/database_scene.hpp"

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::archive::tests;
using snapshot::ExpansionBudget;
using sqlite::RowTexts;

namespace {

constexpr std::uint64_t k_room = 1'000'000;
constexpr int k_rows = 300;
const std::string k_long(100'000, 'x');

// Leaves `room` bytes.
void use_up(ExpansionBudget& budget, std::uint64_t room) {
    budget.charge_written(budget.left_to_write() - room);
}

snapshot::StackId stack_of(snapshot::Symbols& symbols, const std::vector<std::uint32_t>& frames) {
    return symbols.intern_stack(frames);
}

std::uint32_t frame_of(snapshot::Symbols& symbols, std::string_view file, std::int64_t line,
                       std::string_view name) {
    return symbols.intern_frame(make_frame(symbols, file, line, name)).value();
}

// The database of a snapshot whose account has little room left.
class Cramped {
public:
    Cramped() { use_up(*m_snapshot.expansion_budget, k_room); }

    snapshot::Snapshot& snapshot() { return m_snapshot; }
    snapshot::Symbols& symbols() { return m_snapshot.symbols; }

    std::int64_t build() {
        frames::StackClassifier classifier(m_snapshot.symbols);
        frames::StackHasher hasher(m_snapshot.symbols, 1'000'000);
        return build_database(m_file.fd(), {m_snapshot,
                                            m_manifest,
                                            {},
                                            frames::StackPhases(m_snapshot.symbols),
                                            [&](snapshot::StackId stack, std::size_t longest) {
                                                return classifier.classify(stack, longest);
                                            },
                                            [&](snapshot::StackId stack) { return hasher.hash(stack); }});
    }
    std::vector<std::string> rows(std::string_view sql) { return Questions(m_file.fd()).rows(sql); }
    std::int64_t number(std::string_view sql) { return std::stoll(rows(sql).at(0)); }
    [[nodiscard]] std::uint64_t size() const { return m_file.content().size(); }
    void expect(std::string anomaly) { CHECK(rows("SELECT * FROM anomalies") == std::vector{anomaly}); }

    Manifest m_manifest;

private:
    snapshot::Snapshot m_snapshot;
    UnnamedFile m_file;
};

// An empty database, and what rows take beside their texts.
constexpr std::uint64_t k_without_texts = 600'000;

}  // namespace

TEST_CASE("texts are whole until a quarter of the account is left, then they are shorter") {
    ExpansionBudget budget;
    CHECK(budget.most_written() == 200'000'000);
    budget.set_bytes_read(20'000'000);
    CHECK(budget.most_written() == 400'000'000);
    use_up(budget, 1'000'000);
    RowTexts texts(budget);
    CHECK(texts.fit(k_long) == k_long);
    texts.charge(650'001);
    CHECK(texts.longest() == RowTexts::k_cut);
    CHECK(texts.cut_texts() == 0);
    CHECK(texts.fit(k_long) == k_long.substr(0, RowTexts::k_cut));
    CHECK(texts.fit("short") == "short");
    CHECK(texts.cut_texts() == 1);
    texts.charge(250'000);
    CHECK(texts.is_used_up());
    CHECK(texts.fit(k_long) == k_long.substr(0, RowTexts::k_shortest_cut));
    CHECK(texts.fit(k_long.substr(0, RowTexts::k_shortest_cut)).size() == RowTexts::k_shortest_cut);
    CHECK(texts.cut_texts() == 2);
}

TEST_CASE("a text is cut before a character, not inside it") {
    ExpansionBudget budget;
    use_up(budget, 0);
    RowTexts texts(budget);
    std::string text = "a";
    for (int i = 0; i < 100; ++i) text += "é";
    CHECK(texts.fit(text) == text.substr(0, RowTexts::k_shortest_cut - 1));
}

TEST_CASE("the texts of many stacks over one long name are cut, and table stack_frames has all frames") {
    Cramped cramped;
    const std::uint32_t named = frame_of(cramped.symbols(), "a.py", 1, k_long);
    for (int i = 0; i < k_rows; ++i)
        stack_of(cramped.symbols(), {frame_of(cramped.symbols(), "b.py", i, "f"), named});
    const std::int64_t cut = cramped.build();
    CHECK(cut >= k_rows - 10);
    CHECK(cramped.size() <= k_room + k_without_texts);
    CHECK(cramped.number("SELECT count(*) FROM stack_frames") == 2 * k_rows);
    CHECK(cramped.number("SELECT count(*) FROM stacks WHERE callstack LIKE '(0) b.py:%:f%1 more frames'") >=
          k_rows - 10);
    CHECK(cramped.number("SELECT count(*) FROM frames WHERE length(name) = 100000") == 1);
    CHECK(cramped.number("SELECT count(DISTINCT stack_hash) FROM stacks") == k_rows);
    cramped.expect("-|cut_text|" + std::to_string(cut) + "|-");
}

TEST_CASE("long sites, ops and nodes that many stacks share are cut") {
    const std::string op = "at::_ops::" + k_long + "::call(x)";
    const std::string node = "torch::autograd::generated::" + k_long + "::apply(x)";
    for (const auto& [file, name] : std::vector<std::pair<std::string, std::string>>{
             {"/home/ada/" + k_long + ".py", "f"}, {"/home/ada/a.py", k_long}, {"??", op}, {"??", node}}) {
        INFO(file.substr(0, 20) << " " << name.substr(0, 40));
        Cramped cramped;
        const std::uint32_t deciding = frame_of(cramped.symbols(), file, file == "??" ? 0 : 7, name);
        for (int i = 0; i < k_rows; ++i)
            stack_of(cramped.symbols(), {frame_of(cramped.symbols(), "??", i, "g"), deciding});
        CHECK(cramped.build() >= 2 * k_rows - 10);
        CHECK(cramped.size() <= k_room + k_without_texts);
        CHECK(cramped.number("SELECT count(DISTINCT site_frame_id) FROM stacks") == (file == "??" ? 0 : 1));
    }
}

TEST_CASE("names of annotations, pools and unknown keys that many rows share are cut") {
    const auto check = [](const std::function<void(snapshot::Snapshot&, snapshot::TextId)>& add) {
        Cramped cramped;
        const snapshot::TextId text = cramped.symbols().intern_text(k_long);
        for (int i = 0; i < k_rows; ++i) add(cramped.snapshot(), text);
        CHECK(cramped.build() >= k_rows - 10);
        CHECK(cramped.size() <= k_room + k_without_texts);
    };
    check([](snapshot::Snapshot& to, snapshot::TextId text) {
        to.annotations.push_back({{}, text, text, 5});
    });
    check([](snapshot::Snapshot& to, snapshot::TextId text) {
        snapshot::Segment segment;
        segment.pool = text;
        to.segments.push_back(segment);
    });
    check([](snapshot::Snapshot& to, snapshot::TextId text) {
        to.extras.push_back({snapshot::Extra::Owner::snapshot, 0, 0, text, to.symbols.intern_text("1")});
    });
    check([](snapshot::Snapshot& to, snapshot::TextId text) {
        const snapshot::TextId nothing = to.symbols.intern_text("");
        const std::uint32_t frame =
            to.symbols.intern_frame({nothing, text, std::int64_t(to.symbols.frame_count()), {}, {}, {}, {}})
                .value();
        to.symbols.intern_stack({&frame, 1});
    });
}

TEST_CASE("an unknown value that is too long says so in JSON") {
    Cramped cramped;
    const snapshot::TextId value = cramped.symbols().intern_text('"' + k_long + '"');
    for (int i = 0; i < k_rows; ++i) {
        cramped.snapshot().extras.push_back(
            {snapshot::Extra::Owner::snapshot, 0, 0, cramped.symbols().intern_text("k"), value});
    }
    cramped.build();
    CHECK(cramped.size() <= k_room + k_without_texts);
    CHECK(cramped.number("SELECT count(*) FROM extra WHERE NOT json_valid(value)") == 0);
    CHECK(cramped.number("SELECT count(*) FROM extra WHERE value = '{\"omitted_bytes\":100002}'") >=
          k_rows - 10);
}

TEST_CASE("settings and labels keep their keys") {
    Cramped cramped;
    for (int i = 0; i < 20; ++i) cramped.snapshot().settings.emplace_back(k_long + std::to_string(i), "1");
    use_up(*cramped.snapshot().expansion_budget, 0);
    cramped.m_manifest.labels = {{k_long, "1"}};
    CHECK(cramped.build() == 0);
    CHECK(cramped.number("SELECT count(*) FROM settings") == 20);
    CHECK(cramped.number("SELECT count(*) FROM anomalies") == 0);
}

TEST_CASE("a deep stack that many backward stacks share is written in part when the account is used up") {
    Cramped cramped;
    std::vector<std::uint32_t> frames;
    for (int i = 0; i < 1000; ++i) frames.push_back(frame_of(cramped.symbols(), "a.py", i, "f"));
    const snapshot::StackId deep = stack_of(cramped.symbols(), frames);
    for (int i = 0; i < k_rows; ++i) {
        const snapshot::StackId forward =
            stack_of(cramped.symbols(), {frame_of(cramped.symbols(), "b.py", i, "g")});
        static_cast<void>(cramped.symbols().intern_stack(deep, forward));
    }
    cramped.build();
    CHECK(cramped.size() <= 2 * k_room + k_without_texts);
    CHECK(cramped.number("SELECT count(*) FROM stack_frames WHERE stack_id = 0") == 1000);
    CHECK(cramped.number("SELECT min(n) FROM (SELECT count(*) AS n FROM stack_frames WHERE stack_id IN "
                         "(SELECT stack_id FROM stacks WHERE forward_stack_id >= 0) GROUP BY stack_id)") ==
          64);
    CHECK(cramped.number("SELECT count(*) FROM stacks WHERE depth = 1000") == 1 + k_rows);
    CHECK(cramped.number("SELECT count(DISTINCT stack_hash) FROM stacks") == 1 + 2 * k_rows);
}

TEST_CASE("texts that were cut before and in the database are counted together") {
    Cramped cramped;
    use_up(*cramped.snapshot().expansion_budget, 0);
    static_cast<void>(frame_of(cramped.symbols(), "a.py", 1, k_long));
    cramped.m_manifest.anomalies = {{.device = {}, .kind = "cut_text", .count = 3, .first_event = {}}};
    CHECK(cramped.build() == 1);
    cramped.expect("-|cut_text|4|-");
    std::vector<AnomalyRecord> records = cramped.m_manifest.anomalies;
    add_cut_texts(records, 1);
    REQUIRE(records.size() == 1);
    CHECK(records[0].count == 4);
    records.clear();
    add_cut_texts(records, 0);
    CHECK(records.empty());
    add_cut_texts(records, 2);
    CHECK(records ==
          std::vector<AnomalyRecord>{{.device = {}, .kind = "cut_text", .count = 2, .first_event = {}}});
}
