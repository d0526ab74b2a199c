#include "commands/options/option_checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace snapq::commands {
namespace {

constexpr double k_most_seconds = 1e9;  // beyond, clocks overflow

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
    Number number{};
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (text.empty() || parsed.ptr != end || parsed.ec != std::errc()) return std::nullopt;
    return number;
}

std::string refusal(std::string_view expected, std::string_view value) {
    return fmt::format("{} is expected, not '{}'", expected, value);
}

// "deflate, zstd or store"
std::string alternatives(const std::vector<std::string>& words) {
    if (words.size() < 2) return fmt::format("{}", fmt::join(words, ""));
    return fmt::format("{} or {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

}  // namespace

CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
    const auto check = [least, most](std::string& text) -> std::string {
        const auto number = number_of<std::int64_t>(text);
        if (number && *number >= least && *number <= most) {
            text = std::to_string(*number);
            return {};
        }
        std::string expected = fmt::format("a number from {}", least);
        if (most != std::numeric_limits<std::int64_t>::max()) expected += fmt::format(" to {}", most);
        return refusal(expected, text);
    };
    return {check, ""};
}

CLI::Validator seconds() {
    const auto check = [](const std::string& text) -> std::string {
        const auto number = number_of<double>(text);
        if (number && *number > 0 && *number <= k_most_seconds) return {};
        return refusal("a number of seconds above 0", text);
    };
    return {check, ""};
}

CLI::Validator one_of(const std::vector<std::string>& words) {
    const auto check = [words](const std::string& text) -> std::string {
        return std::ranges::count(words, text) > 0 ? std::string() : refusal(alternatives(words), text);
    };
    return {check, fmt::format("{{{}}}", fmt::join(words, ","))};
}

}  // namespace snapq::commands
