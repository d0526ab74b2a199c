// Limits how much text is made from the snapshots of an input.
//
// An input can hold a text, a list or a dict once and refer to it with two bytes. An archive repeats the text
// in each row. Code that turns shared values of the input into text charges the bytes here before it makes
// the text: texts of frames, annotations, blocks and segments, unknown values, settings, and the texts that
// the archive builds of them. So a small input cannot become a large archive, and no part of the program
// needs a limit of its own. What exceeds the allowance has to be left out or cut, and counted as an anomaly,
// by the caller.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "support/text.hpp"

namespace snapq::snapshot {

// What is left of a text that exceeds the allowance: its beginning and "…", k_longest_cut bytes at most.
// Shorter texts stay as they are.
inline constexpr std::size_t k_longest_cut = 32;
[[nodiscard]] inline std::string cut_text(std::string_view text) {
    constexpr std::string_view k_mark = "…";
    if (text.size() <= k_longest_cut) return std::string(text);
    std::size_t length = k_longest_cut - k_mark.size();
    while (length > 0 && continues_character(text[length])) --length;
    return std::string(text.substr(0, length)).append(k_mark);
}

// Each input has one budget, shared by everything that is made of it. One thread at a time.
class ExpansionBudget {
public:
    // The allowance in bytes of text: k_allowance for any input, and k_allowance_of_byte more for each byte
    // of it. Texts of real snapshots take less than one byte for each byte of input.
    static constexpr std::uint64_t k_allowance = std::uint64_t{64} << 20;
    static constexpr std::uint64_t k_allowance_of_byte = 8;

    // The same for texts that are made and kept in memory, such as the JSON text of an unknown value. Once
    // they are in a row, they are charged like any other.
    static constexpr std::uint64_t k_kept = std::uint64_t{16} << 20;
    static constexpr std::uint64_t k_kept_of_byte = 2;

    // The number of bytes of the input, unpacked, that have been read. It never shrinks.
    void set_bytes_read(std::uint64_t bytes) { m_bytes_read = std::max(m_bytes_read, bytes); }

    // Charges text of `bytes` bytes. Charges nothing and returns false when that would exceed the allowance.
    [[nodiscard]] bool charge(std::uint64_t bytes) {
        if (bytes > left(k_allowance + k_allowance_of_byte * m_bytes_read, m_charged)) return false;
        m_charged += bytes;
        return true;
    }

    // The same for text that stays in memory as long as the snapshot. `refund_kept` takes back what was
    // charged too much for a text whose length was not known.
    [[nodiscard]] bool charge_kept(std::uint64_t bytes) {
        if (bytes > left(k_kept + k_kept_of_byte * m_bytes_read, m_kept)) return false;
        m_kept += bytes;
        return true;
    }
    void refund_kept(std::uint64_t bytes) { m_kept -= bytes; }

    [[nodiscard]] std::uint64_t charged() const { return m_charged; }

    // Bytes of an archive: of the rows of its database and of its timelines, compressed. The limit is
    // k_written, or k_written_of_byte for each byte of input if that is more. The archive of a small input
    // may be many times larger than the input, because it has the whole text of each stack. The bytes are
    // charged when they are written; how the texts of rows get shorter is up to the archive
    // (archive/sqlite/bulk_inserter.hpp).
    static constexpr std::uint64_t k_written = 200'000'000;
    static constexpr std::uint64_t k_written_of_byte = 20;

    [[nodiscard]] std::uint64_t most_written() const {
        return std::max(k_written, k_written_of_byte * m_bytes_read);
    }
    [[nodiscard]] std::uint64_t written() const { return m_written; }
    [[nodiscard]] std::uint64_t left_to_write() const { return left(most_written(), m_written); }
    void charge_written(std::uint64_t bytes) { m_written += bytes; }

    [[nodiscard]] std::uint64_t bytes_read() const { return m_bytes_read; }

private:
    [[nodiscard]] static std::uint64_t left(std::uint64_t allowance, std::uint64_t used) {
        return allowance - std::min(allowance, used);
    }

    std::uint64_t m_bytes_read = 0;
    std::uint64_t m_charged = 0;
    std::uint64_t m_kept = 0;
    std::uint64_t m_written = 0;
};

}  // namespace snapq::snapshot
