// Colours of a terminal. They mark verdicts only; whoever prints decides whether the output takes them.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace snapq::render {

enum class Color : std::uint8_t { red = 31, yellow = 33 };

// How text for people is drawn. `width` is in columns.
struct TextStyle {
    std::size_t width = 80;
    bool color = false;
};

// `text` between the escape sequences of a colour. Cut and align texts before they are coloured, because the
// sequences would count as columns.
[[nodiscard]] inline std::string colored(std::string_view text, Color color, bool enabled) {
    if (!enabled || text.empty()) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", static_cast<int>(color), text);
}

}  // namespace snapq::render
