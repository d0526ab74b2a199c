// The frames of whole stacks, for people who ask which way led to a row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/sqlite/database.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::analysis {

// In `--stacks`: which frames are shown.
enum class StackFrames : std::uint8_t { none, python, all };

// "python" or "all".
[[nodiscard]] std::optional<StackFrames> stack_frames_named(std::string_view name);

// Reads stacks of one archive of snapq. Use it in one thread.
class StackFrameReader {
public:
    // `most_bytes`: of all stacks together; what does not fit is left out.
    StackFrameReader(archive::Database& database, StackFrames frames,
                     std::size_t most_bytes = std::size_t{4} << 20U);

    // "/home/ada/model.py:7 forward", innermost first; a C++ frame is its function. Empty if the stack is not
    // known, if no frame of that kind is in it, or if it does not fit.
    [[nodiscard]] std::vector<UntrustedText> frames_of(std::optional<std::int64_t> stack_id);

private:
    StackFrames m_frames;
    std::size_t m_room;                     // bytes
    std::optional<archive::Query> m_query;  // empty: no frames are wanted
};

}  // namespace snapq::analysis
