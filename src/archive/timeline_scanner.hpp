// Reads a timeline (allocations.json) element by element in constant memory.
//
// simdjson is not used: it needs a whole element in memory, with an index several times its size, and an
// element may be a line of a hundred megabytes. Accepts the text of snapq, which has one element on each
// line, and that of SnapViewer's converter, which has all elements on one line, members in any order, and
// spaces.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include "json/scanner.hpp"
#include "support/bytes.hpp"

namespace snapq::archive {

struct ScannedElement {
    std::uint64_t offset = 0;  // of its '{' in the text, in bytes
    std::int64_t size = 0;     // bytes of the allocation
    std::int64_t first_timestep = 0;
    std::int64_t last_timestep = 0;
    std::uint64_t points = 0;
};

// One thread at a time. Holds a buffer of 1 MiB.
class TimelineScanner {
public:
    // `text` must outlive the scanner.
    explicit TimelineScanner(ByteSource& text);

    // The next element, nullopt after the last one. Throws InputError, with the offset in the text, unless
    // the text is an array of elements with the three members, at least one point, as many offsets as
    // timesteps, and timesteps that never decrease.
    std::optional<ScannedElement> next();

private:
    struct Numbers {
        std::uint64_t count = 0;
        std::int64_t first = 0;
        std::int64_t last = 0;
        bool ascending = true;
    };

    [[noreturn]] void fail(std::string_view what) const;
    char peek();  // skips white space and returns the byte after it
    void expect(char wanted);
    bool skip_if(char wanted);  // returns whether it was the next one
    std::string_view key();
    std::int64_t number();
    Numbers numbers();
    ScannedElement element();
    void end_of_text();

    json::JsonWindow m_text;
    char m_key[16] = {};
    bool m_started = false;
    bool m_ended = false;
};

}  // namespace snapq::archive
