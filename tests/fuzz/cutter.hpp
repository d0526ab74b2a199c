// Takes small values from the front of a fuzzer's input, so that the input can choose between options of a
// target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace snapq::fuzz {

// Bytes after the end of the input are read as 0.
class Cutter {
public:
    Cutter(const std::uint8_t* data, std::size_t size) : m_rest(reinterpret_cast<const char*>(data), size) {}

    [[nodiscard]] bool is_empty() const { return m_rest.empty(); }
    [[nodiscard]] std::uint8_t byte() {
        if (m_rest.empty()) return 0;
        const auto first = static_cast<std::uint8_t>(m_rest.front());
        m_rest.remove_prefix(1);
        return first;
    }
    // A little-endian number of `bytes` bytes.
    [[nodiscard]] std::uint64_t number(int bytes) {
        std::uint64_t value = 0;
        for (int i = 0; i < bytes; ++i) value |= std::uint64_t{byte()} << (8 * i);
        return value;
    }
    // An index below `count`, which must be at least 1.
    [[nodiscard]] std::size_t index(std::size_t count) { return byte() % count; }
    template <typename Choices>
    [[nodiscard]] const auto& one_of(const Choices& choices) {
        return choices[index(choices.size())];
    }
    [[nodiscard]] bool flag() { return byte() % 2 == 1; }
    // Everything that is left.
    [[nodiscard]] std::string_view rest() const { return m_rest; }

private:
    std::string_view m_rest;
};

}  // namespace snapq::fuzz
