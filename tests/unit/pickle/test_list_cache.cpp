#include "pickle/list_cache.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/pickle_builder.hpp"
#include "unit/pickle/recorder.hpp"

using namespace snapq;
using namespace snapq::tests;
using pickle::length_of_run;
using pickle::ListCache;
using pickle::Value;
using P = PickleBuilder;

namespace {

std::string run_of(std::initializer_list<std::uint32_t> indexes) {
    P made;
    for (const std::uint32_t index : indexes) {
        if (index < 256)
            made.binget(index);
        else
            made.long_binget(index);
    }
    return made.appends().bytes();
}

// The start of a list of four texts, which are memo entries 0 to 3.
P texts_then() {
    P made;
    made.empty_list().mark();
    for (unsigned i = 0; i < 4; ++i) made.text(std::string(1, static_cast<char>('a' + i))).binput(i);
    return made;
}

P& add_list(P& made, std::initializer_list<unsigned> indexes) {
    made.empty_list().mark();
    for (const unsigned index : indexes) made.binget(index);
    return made.appends();
}

}  // namespace

TEST_CASE("A run is fetches up to APPENDS, completely in the window") {
    const std::string run = run_of({1, 300, 2});
    CHECK(length_of_run(run) == run.size());
    CHECK(length_of_run(run + "more") == run.size());
    for (std::size_t cut = 0; cut < run.size(); ++cut) CHECK(length_of_run(run.substr(0, cut)) == 0);
    CHECK(length_of_run(P().binget(1).none().appends().bytes()) == 0);
    CHECK(length_of_run(P().appends().bytes()) == 1);

    P endless;
    for (int i = 0; i < 5000; ++i) endless.binget(1);
    CHECK(length_of_run(endless.appends().bytes()) == 0);
}

TEST_CASE("A run that followed a list before is expected after it") {
    ListCache known;
    const std::vector<std::string> runs{run_of({1}), run_of({2}), run_of({3, 1})};
    CHECK_FALSE(known.expected(runs[0]));
    for (std::uint32_t i = 0; i < 3; ++i) known.add(runs[i], Value::record(0, i));

    CHECK_FALSE(known.expected(runs[0]));  // nothing has followed the third run
    CHECK(known.find(runs[0]) == Value::record(0, 0));
    for (std::uint32_t i = 1; i < 7; ++i) {
        const auto found = known.expected(runs[i % 3] + "rest");
        REQUIRE(found);
        CHECK(found->value == Value::record(0, i % 3));
        CHECK(found->length == runs[i % 3].size());
    }
    CHECK_FALSE(known.find(run_of({9})));
}

TEST_CASE("Several followers are expected, the latest replaces the oldest") {
    ListCache known;
    const auto run = [](std::uint32_t i) { return run_of({1000 + i}); };
    known.add(run(0), Value::record(0, 0));
    for (std::uint32_t i = 1; i <= 5; ++i) {
        known.add(run(i), Value::record(0, i));
        CHECK(known.find(run(0)));
    }
    const auto is_expected = [&](std::uint32_t i) {
        const bool found = known.expected(run(i)).has_value();
        CHECK(known.find(run(0)));
        return found;
    };
    for (std::uint32_t i = 2; i <= 5; ++i) CHECK(is_expected(i));
    CHECK_FALSE(is_expected(1));
}

TEST_CASE("Memory for runs is bounded, forgotten runs can be added again") {
    ListCache known;
    std::vector<std::string> runs;
    for (std::uint32_t i = 0; i < 6000; ++i) {
        P made;
        for (std::uint32_t j = 0; j < 200; ++j) made.long_binget(i * 200 + j);
        runs.push_back(made.appends().bytes());  // 1001 bytes, 6 MB together
        known.add(runs.back(), Value::record(0, i));
    }
    CHECK_FALSE(known.find(runs[0]));
    CHECK(known.find(runs.back()) == Value::record(0, 5999));
    known.add(runs[0], Value::record(0, 0));
    CHECK(known.find(runs[0]) == Value::record(0, 0));
}

TEST_CASE("A repeated list has the same value, wherever the pieces end") {
    P pickle = texts_then();
    for (int round = 0; round < 3; ++round) {
        add_list(pickle, {0, 1, 2});
        add_list(pickle, {3});
        add_list(pickle, {0, 1});
    }
    const std::string bytes = pickle.appends().stop().bytes();
    const std::string lists = "['a', 'b', 'c'], ['d'], ['a', 'b']";
    const std::string all = "['a', 'b', 'c', 'd', " + lists + ", " + lists + ", " + lists + "]";
    for (const std::size_t piece : {1UL, 2UL, 3UL, 7UL, 1000UL}) CHECK(contents_of(bytes, piece) == all);
}

TEST_CASE("A list is read again when a memo entry that it fetches was overwritten") {
    P pickle = texts_then();
    add_list(pickle, {0, 1});
    add_list(pickle, {0, 1});
    pickle.text("other").binput(1);
    add_list(pickle, {0, 1});
    add_list(pickle, {0, 1});
    CHECK(contents_of(pickle.appends().stop().bytes()) ==
          "['a', 'b', 'c', 'd', ['a', 'b'], ['a', 'b'], 'other', ['a', 'other'], ['a', 'other']]");
}

TEST_CASE("A list that contained itself is not in the next one with the same bytes") {
    P pickle = texts_then();
    for (int i = 0; i < 2; ++i) pickle.empty_list().binput(9).mark().binget(9).binget(0).appends();
    CHECK(contents_of(pickle.appends().stop().bytes()) ==
          "['a', 'b', 'c', 'd', [cyclic, 'a'], [cyclic, 'a']]");
}

TEST_CASE("A list from the cache cannot grow, like any other complete list") {
    P pickle = texts_then();
    for (int i = 0; i < 2; ++i) add_list(pickle, {0, 1});
    pickle.mark().binget(2).appends();
    CHECK(contents_of(pickle.stop().bytes()).ends_with("the container is already complete"));
}
