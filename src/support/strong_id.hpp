// Distinct types for ids of different things: code that passes a FrameId for a StackId does not compile.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>

namespace snapq {

// A dense 32-bit id, given in first-seen order. A default-constructed id, which comments call `none`, means
// that there is no value (NULL in the database).
template <typename Tag>
class StrongId {
public:
    static constexpr std::uint32_t k_none = std::numeric_limits<std::uint32_t>::max();

    constexpr StrongId() = default;
    constexpr explicit StrongId(std::uint32_t value) : m_value(value) {}

    [[nodiscard]] constexpr std::uint32_t value() const { return m_value; }
    [[nodiscard]] constexpr bool is_none() const { return m_value == k_none; }
    [[nodiscard]] constexpr explicit operator bool() const { return m_value != k_none; }

    friend constexpr auto operator<=>(StrongId, StrongId) = default;

private:
    std::uint32_t m_value = k_none;
};

}  // namespace snapq

template <typename Tag>
struct std::hash<snapq::StrongId<Tag>> {
    std::size_t operator()(snapq::StrongId<Tag> id) const noexcept { return id.value(); }
};
