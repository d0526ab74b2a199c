// An optional value in memory of its own, for a large member that few of many objects have.
#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace snapq {

// Used like std::optional, and copied like it. Takes one pointer where there is no value.
template <typename T>
class Boxed {
public:
    Boxed() = default;
    Boxed(std::nullopt_t) {}                                            // NOLINT(google-explicit-constructor)
    Boxed(T value) : m_value(std::make_unique<T>(std::move(value))) {}  // NOLINT(google-explicit-constructor)
    Boxed(std::optional<T>&& value) {                                   // NOLINT(google-explicit-constructor)
        if (value) m_value = std::make_unique<T>(*std::move(value));
    }
    Boxed(const Boxed& other) : m_value(other ? std::make_unique<T>(*other) : nullptr) {}
    Boxed(Boxed&&) noexcept = default;
    Boxed& operator=(Boxed other) noexcept {
        m_value = std::move(other.m_value);
        return *this;
    }
    ~Boxed() = default;

    explicit operator bool() const { return m_value != nullptr; }
    T& operator*() { return *m_value; }
    const T& operator*() const { return *m_value; }
    T* operator->() { return m_value.get(); }
    const T* operator->() const { return m_value.get(); }
    [[nodiscard]] T value_or(T other) const { return m_value ? *m_value : std::move(other); }

private:
    std::unique_ptr<T> m_value;
};

}  // namespace snapq
