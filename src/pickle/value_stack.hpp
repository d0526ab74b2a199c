// The machine's stack. A std::vector would check its capacity beside the machine's own ceiling; here both are
// one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>

#include "pickle/value.hpp"

namespace snapq::pickle {

class ValueStack {
public:
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool empty() const { return m_size == 0; }
    [[nodiscard]] bool is_full() const { return m_size == m_capacity; }
    [[nodiscard]] Value* data() { return m_values.get(); }
    [[nodiscard]] Value& operator[](std::size_t i) { return m_values[i]; }
    [[nodiscard]] const Value& operator[](std::size_t i) const { return m_values[i]; }
    [[nodiscard]] Value& back() { return m_values[m_size - 1]; }
    [[nodiscard]] const Value& back() const { return m_values[m_size - 1]; }
    [[nodiscard]] Value* begin() { return data(); }
    [[nodiscard]] Value* end() { return data() + m_size; }

    // Only when not full.
    void push(const Value& value) { m_values[m_size++] = value; }
    void pop() { --m_size; }
    void shrink_to(std::size_t size) { m_size = size; }

    // Doubles the room, up to `most` values.
    void grow(std::size_t most) {
        const std::size_t capacity = std::min(most, std::max<std::size_t>(4096, m_capacity * 2));
        auto larger = std::make_unique_for_overwrite<Value[]>(capacity);
        std::copy_n(m_values.get(), m_size, larger.get());
        m_values = std::move(larger);
        m_capacity = capacity;
    }

private:
    std::unique_ptr<Value[]> m_values;
    std::size_t m_size = 0;
    std::size_t m_capacity = 0;
};

}  // namespace snapq::pickle
