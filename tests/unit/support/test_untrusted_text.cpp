#include "support/untrusted_text.hpp"

#include <fmt/format.h>

#include <concepts>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

#include "support/catch.hpp"

using snapq::AnyText;
using snapq::UntrustedText;

namespace {

template <typename Left, typename Right>
concept can_be_joined = requires(const Left& left, const Right& right) {
    left + right;
};
template <typename Left, typename Right>
concept can_be_appended = requires(Left& left, const Right& right) {
    left += right;
};

// What would make it part of an output without a rule does not compile.
static_assert(!fmt::is_formattable<UntrustedText>::value && fmt::is_formattable<std::string>::value);
static_assert(!std::convertible_to<UntrustedText, std::string>);
static_assert(!std::convertible_to<UntrustedText, std::string_view>);
static_assert(!can_be_joined<std::string, UntrustedText> && !can_be_joined<UntrustedText, std::string>);
static_assert(!can_be_joined<const char*, UntrustedText> && !can_be_joined<UntrustedText, const char*>);
static_assert(can_be_joined<std::string, std::string> && can_be_appended<std::string, std::string>);
static_assert(!can_be_appended<std::string, UntrustedText>);
static_assert(!fmt::is_formattable<AnyText>::value && !std::convertible_to<AnyText, std::string_view>);

std::string_view shown(AnyText text) {
    return text.raw();
}

}  // namespace

TEST_CASE("An untrusted text is compared like any other, and may be a key") {
    const UntrustedText text = "model.py";
    CHECK(text == "model.py");
    CHECK(text == std::string("model.py"));
    CHECK(text == UntrustedText(std::string_view("model.py")));
    CHECK(text != "model");
    CHECK(UntrustedText("a") < UntrustedText("b"));
    CHECK(UntrustedText().empty());
    CHECK(std::set<UntrustedText>{"b", "a", "b"}.size() == 2);
    CHECK(std::unordered_set<UntrustedText>{"a", "a"}.size() == 1);
}

TEST_CASE("An untrusted text may grow") {
    UntrustedText text = "a";
    text += "b";
    text += std::string("c");
    CHECK(text.raw() == "abc");
}

TEST_CASE("The rule of an output takes any text") {
    const UntrustedText untrusted = "a";
    const std::string text = "b";
    CHECK(shown(untrusted) == "a");
    CHECK(shown(text) == "b");
    CHECK(shown("c") == "c");
    CHECK(shown(std::string_view("d")) == "d");
}
