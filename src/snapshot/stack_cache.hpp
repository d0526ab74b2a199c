// Stacks by the very text they stand in: JSON spells each out in every event, and few differ.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "snapshot/records.hpp"
#include "support/interner.hpp"

namespace snapq::snapshot {

// Memory: 8 MiB of text. When that is full it starts anew; what it forgets is parsed again. One thread.
class StackCache {
public:
    // What `text` means; nullopt when it is seen for the first time. Then tell it by `set`, before the next
    // call.
    [[nodiscard]] std::optional<Value> find(std::string_view text) {
        if (m_bytes > k_most_bytes) *this = StackCache();
        const std::uint32_t id = m_texts.intern(text);
        if (id < m_values.size()) return m_values[id];
        m_bytes += text.size();
        return std::nullopt;
    }
    void set(const Value& stack) { m_values.push_back(stack); }

private:
    static constexpr std::size_t k_most_bytes = std::size_t{8} << 20;

    TextInterner m_texts;
    std::vector<Value> m_values;  // by id in m_texts
    std::size_t m_bytes = 0;
};

}  // namespace snapq::snapshot
