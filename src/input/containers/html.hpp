// Reads the snapshot from a page of the official plot commands. The page contains a JSON array
// `[{"name": "snapshot.pickle", "base64": "gASV…"}]`, whose base64 text is decoded while it is read.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "input/sniff.hpp"
#include "io/window.hpp"
#include "support/bytes.hpp"

namespace snapq::input {

// The bytes of all snapshots of the array, one after the other. Throws InputError when the page has no such
// array, ends before the end of the array, or when the text is not base64. Does not check what follows the
// array.
class HtmlSource final : public ByteSource {
public:
    HtmlSource(std::unique_ptr<io::Window> page, io::ErrorContext origin);

    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override { return m_page->consumed(); }

private:
    // `before`: the next base64 text has not been found yet.
    enum class State { before, inside, behind };

    void find_text();
    bool find(std::string_view needle);
    void look_at_new(std::string_view text);
    [[noreturn]] void refuse_page();
    // Decodes groups of four characters, then single characters. Returns the number of bytes written to
    // `into`.
    std::size_t decode_groups(std::string_view text, std::span<char> into);
    std::size_t decode_one(char character, std::span<char> into);
    void end_text(char character);
    void continue_array();
    void skip_blanks();
    void skip_json_string();
    char next();
    bool next_is(char character);

    std::unique_ptr<io::Window> m_page;
    io::ErrorContext m_origin;
    PageKind m_kind;
    std::uint64_t m_looked_at = 0;  // the end of what m_kind has seen, as an offset in the page
    State m_state = State::before;
    bool m_found_one = false;
    std::uint32_t m_bits = 0;  // decoded bits that do not make a whole byte yet, in the low bits
    unsigned m_bit_count = 0;  // 0, 2, 4 or 6
};

}  // namespace snapq::input
