// Text that somebody else wrote: a name from a snapshot, a value from a database, the name of a file.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace snapq {

// Every text can become one. It is compared and kept like any other, but it becomes part of an output only
// through the rule of that output: render/escape.hpp for terminals, Markdown, workflow commands and CSV,
// render/terminal_text.hpp for cut text, json/writer.hpp for JSON. Without a rule, printing it does not
// compile. Code that examines the text, or makes a new text from it, calls `raw`.
class UntrustedText {
public:
    UntrustedText() = default;
    UntrustedText(std::string text) : m_text(std::move(text)) {}
    UntrustedText(std::string_view text) : m_text(text) {}
    UntrustedText(const char* text) : m_text(text) {}

    [[nodiscard]] const std::string& raw() const { return m_text; }
    [[nodiscard]] bool empty() const { return m_text.empty(); }

    UntrustedText& operator+=(std::string_view more) {
        m_text += more;
        return *this;
    }

    friend bool operator==(const UntrustedText&, const UntrustedText&) = default;
    friend std::strong_ordering operator<=>(const UntrustedText&, const UntrustedText&) = default;
    template <std::convertible_to<std::string_view> Text>
    friend bool operator==(const UntrustedText& one, const Text& other) {
        return one.m_text == std::string_view(other);
    }

private:
    std::string m_text;
};

// The parameter of a rule: any text, untrusted or not. It must outlive the call.
class AnyText {
public:
    AnyText(const UntrustedText& text) : m_text(text.raw()) {}
    template <std::convertible_to<std::string_view> Text>
    AnyText(const Text& text) : m_text(text) {}

    [[nodiscard]] std::string_view raw() const { return m_text; }

private:
    std::string_view m_text;
};

// For code that passes texts on without printing them: errors, which main prints by the rule of a terminal,
// and the public interface.
[[nodiscard]] inline std::optional<std::string> raw_text(const std::optional<UntrustedText>& text) {
    return text ? std::optional(text->raw()) : std::nullopt;
}
[[nodiscard]] inline std::vector<std::string> raw_texts(const std::vector<UntrustedText>& texts) {
    std::vector<std::string> raw;
    raw.reserve(texts.size());
    for (const UntrustedText& text : texts) raw.push_back(text.raw());
    return raw;
}

}  // namespace snapq

template <>
struct std::hash<snapq::UntrustedText> {
    std::size_t operator()(const snapq::UntrustedText& text) const noexcept {
        return std::hash<std::string>()(text.raw());
    }
};
