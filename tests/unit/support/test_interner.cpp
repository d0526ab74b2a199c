#include "support/interner.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using snapq::IdTable;
using snapq::SequenceInterner;
using snapq::TextInterner;

TEST_CASE("equal texts get one id, and ids are dense in first-seen order") {
    TextInterner texts;
    CHECK(texts.intern("b") == 0);
    CHECK(texts.intern("a") == 1);
    CHECK(texts.intern("b") == 0);
    CHECK(texts.intern("") == 2);
    CHECK(texts[1] == "a");
    CHECK(texts[2].empty());
    CHECK(texts.size() == 3);
}

TEST_CASE("an empty text has one id, whether or not it points somewhere") {
    TextInterner texts;
    const std::uint32_t id = texts.intern("");
    CHECK(texts.intern(std::string_view()) == id);
    CHECK(texts.intern(std::string_view()) == id);
    CHECK(texts.find(std::string_view()) == id);
}

TEST_CASE("views stay valid while a hundred thousand short and long texts are added") {
    TextInterner texts;
    const std::uint32_t first = texts.intern("the first");
    const std::string_view view = texts[first];
    for (int i = 0; i < 100'000; ++i)
        texts.intern("text " + std::to_string(i) + std::string(i % 1000 == 0 ? 50'000 : 0, 'x'));
    CHECK(view == "the first");
    CHECK(texts.intern("text 99999") == 100'000);
    CHECK(texts.size() == 100'001);
}

TEST_CASE("texts that differ only in trailing NUL bytes are different") {
    TextInterner texts;
    CHECK(texts.intern(std::string_view("a\0", 2)) != texts.intern("a"));
    CHECK(texts.intern(std::string_view("\0\0\0", 3)) != texts.intern(std::string_view("\0\0", 2)));
}

TEST_CASE("sequences are distinguished by content and length") {
    SequenceInterner sequences;
    const std::vector<std::uint32_t> stack{5, 6, 7};
    CHECK(sequences.intern(stack.data(), 3) == 0);
    CHECK(sequences.intern(stack.data(), 2) == 1);
    CHECK(sequences.intern(nullptr, 0) == 2);
    CHECK(sequences.intern(stack.data(), 3) == 0);
    CHECK(sequences.length(0) == 3);
    CHECK(sequences.data(1)[1] == 6);
    CHECK(sequences.length(2) == 0);
}

TEST_CASE("values with equal hashes are distinguished by the owner") {
    IdTable table;
    const auto equals = [](std::uint32_t wanted) {
        return [wanted](std::uint32_t id) { return id == wanted; };
    };
    for (std::uint32_t id = 0; id < 1000; ++id) CHECK(table.find_or_insert(42, id, equals(id)) == id);
    CHECK(table.find_or_insert(42, 5000, equals(567)) == 567);
}
