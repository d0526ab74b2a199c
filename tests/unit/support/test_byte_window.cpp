#include "support/byte_window.hpp"

#include <algorithm>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_source.hpp"

using snapq::ByteWindow;
using snapq::InputError;
using snapq::tests::MemorySource;

namespace {

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const InputError& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("integers are little-endian, wherever the pieces are cut") {
    const std::string bytes("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 15);
    for (const std::size_t piece : {1U, 2U, 3U, 4096U}) {
        MemorySource source(bytes, piece);
        ByteWindow window(source);
        CHECK(window.u8("a") == 0x01);
        CHECK(window.u16le("b") == 0x0302);
        CHECK(window.u32le("c") == 0x07060504);
        CHECK(window.u64le("d") == 0x0f0e0d0c0b0a0908);
        CHECK(window.offset() == 15);
    }
}

TEST_CASE("an error of a truncated stream names its end and the item that is not complete") {
    MemorySource source("abc");
    ByteWindow window(source);
    CHECK(window.u8("x") == 'a');
    CHECK(message_of([&] { static_cast<void>(window.u32le("BINUNICODE length")); }) ==
          "truncated: the file ends at byte 3, inside the pickle (BINUNICODE length)");
    CHECK(window.offset() == 1);
}

TEST_CASE("a huge declared length needs no more memory than the bytes that exist") {
    MemorySource source(std::string(1000, 'x'));
    ByteWindow window(source);
    CHECK(message_of([&] {
              static_cast<void>(window.bytes(std::uint64_t{1} << 60, "text"));
          }).find("ends at byte 1000, inside the pickle (text of 1152921504606846976 bytes)") !=
          std::string::npos);
}

TEST_CASE("text longer than the window is returned as a whole, and short reads work after it") {
    const std::string long_text(3'000'000, 'y');
    MemorySource source(long_text + "end", 100'000);
    ByteWindow window(source);
    CHECK(window.bytes(long_text.size(), "text") == long_text);
    CHECK(window.bytes(3, "text") == "end");
    CHECK(window.offset() == 3'000'003);
}

TEST_CASE("the beginning of a long text is returned, and all of it is consumed") {
    const std::string long_text = "begin" + std::string(3'000'000, 'y');
    MemorySource source(long_text + "end", 100'000);
    ByteWindow window(source);
    CHECK(window.beginning(long_text.size(), 6, "text") == "beginy");
    CHECK(window.bytes(3, "text") == "end");
    MemorySource cut(long_text);
    ByteWindow short_window(cut);
    CHECK(message_of([&] { static_cast<void>(short_window.beginning(4'000'000, 6, "text")); }) ==
          "truncated: the file ends at byte 3000005, inside the pickle (text of 4000000 bytes)");
}

TEST_CASE("looking ahead consumes nothing and shows the end") {
    MemorySource source(std::string(1'000'000, 'a') + "b", 1000);
    ByteWindow window(source);
    CHECK(window.peek(700'000).size() >= 700'000);
    CHECK(window.offset() == 0);
    window.skip(1'000'000, "x");
    CHECK(window.peek(100) == "b");
    window.advance(1);
    CHECK(window.peek(1).empty());
}

TEST_CASE("lines end at a newline that is not part of the line") {
    MemorySource source("one\n\ntwo", 2);
    ByteWindow window(source);
    CHECK(window.line(100, "line") == "one");
    CHECK(window.line(100, "line").empty());
    CHECK(message_of([&] { static_cast<void>(window.line(100, "GLOBAL name")); }) ==
          "truncated: the file ends at byte 8, inside the pickle (GLOBAL name)");
}

TEST_CASE("a line without an end is refused at the limit") {
    MemorySource source(std::string(2'000'000, 'z'));
    ByteWindow window(source);
    CHECK(message_of([&] {
              static_cast<void>(window.line(4096, "INT"));
          }).find("no end of line within 4096") != std::string::npos);
}

TEST_CASE("skipping works across windows and detects the end") {
    MemorySource source(std::string(1'000'000, 'a') + "b");
    ByteWindow window(source);
    window.skip(1'000'000, "frame");
    CHECK(window.u8("x") == 'b');
    CHECK(message_of([&] { window.skip(5, "frame"); }) ==
          "truncated: the file ends at byte 1000001, inside the pickle (frame)");
}

TEST_CASE("The buffer grows with the stream") {
    // Records how much room the window offers.
    class Recorder final : public snapq::ByteSource {
    public:
        std::size_t read(std::span<char> into) override {
            m_rooms.push_back(into.size());
            std::ranges::fill(into, 'x');
            return into.size();
        }
        [[nodiscard]] std::uint64_t consumed() const override { return 0; }
        std::vector<std::size_t> m_rooms;
    };
    Recorder source;
    ByteWindow window(source);
    CHECK(source.m_rooms.empty());
    for (int i = 0; i < 1 << 20; ++i) static_cast<void>(window.u8("a byte"));
    REQUIRE(source.m_rooms.size() > 3);
    CHECK(source.m_rooms[0] == 16 << 10);
    CHECK(source.m_rooms[1] == 64 << 10);
    CHECK(source.m_rooms[2] == 256 << 10);
    CHECK(source.m_rooms.back() == 256 << 10);
}
