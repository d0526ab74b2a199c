// Text that is first collected as a whole and then read from its beginning, in memory that does not grow with
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/temp_file.hpp"
#include "support/bytes.hpp"

namespace snapq::io {

// Beyond `most_held` bytes, the text is in an unnamed temporary file. One thread at a time. Throws
// SystemError when the directory of temporary files has no room.
class SpilledText final : public ByteSink {
public:
    explicit SpilledText(std::size_t most_held = std::size_t{1} << 20U) : m_most_held(most_held) {}

    // Appends.
    void write(std::string_view bytes) override;
    // In bytes.
    [[nodiscard]] std::uint64_t size() const { return m_written + m_held.size(); }
    void copy_to(ByteSink& to) const;
    // Forgets the text.
    void clear();

private:
    std::size_t m_most_held;
    std::string m_held;              // the end of the text
    std::optional<TempFile> m_file;  // what comes before it
    std::uint64_t m_written = 0;     // bytes in the file
};

}  // namespace snapq::io
