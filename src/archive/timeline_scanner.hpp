// Reads a timeline (allocations.json) element by element in constant memory.
//
// Not with simdjson: it wants an element in memory as a whole, with an index several times its size, and an
// element may be a line of a hundred megabytes. Accepts snapq's own text, one element a line, and what
// SnapViewer's converter writes: the same members in any order, with spaces, all on one line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "support/bytes.hpp"

namespace snapq::archive {

struct ScannedElement {
    std::uint64_t offset = 0;  // of its '{' in the text
    std::int64_t size = 0;     // bytes of the allocation
    std::int64_t first_timestep = 0;
    std::int64_t last_timestep = 0;
    std::uint64_t points = 0;
};

class TimelineScanner {
public:
    // `text` must outlive the scanner.
    explicit TimelineScanner(ByteSource& text);

    // nullopt after the last. Throws InputError, with the offset in the text, for anything but an array of
    // elements with the three members, at least one point, as many offsets as timesteps and timesteps that
    // never go back.
    std::optional<ScannedElement> next();

private:
    struct Numbers {
        std::uint64_t count = 0;
        std::int64_t first = 0;
        std::int64_t last = 0;
        bool ascending = true;
    };

    [[nodiscard]] std::uint64_t offset() const { return m_buffer_offset + m_position; }
    [[noreturn]] void fail(std::string_view what) const;
    bool at_end();
    char peek();  // skips white space before it
    void expect(char wanted);
    bool take(char wanted);  // whether it was there
    std::string_view key();
    std::int64_t number();
    Numbers numbers();
    ScannedElement element();
    void end_of_text();

    ByteSource& m_text;
    std::vector<char> m_buffer;
    std::size_t m_filled = 0;
    std::size_t m_position = 0;
    std::uint64_t m_buffer_offset = 0;
    char m_key[16] = {};
    bool m_started = false;
    bool m_ended = false;
};

}  // namespace snapq::archive
