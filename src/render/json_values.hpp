// Writes members of JSON objects: values that may be unknown, and arrays of texts.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/writer.hpp"

namespace snapq::render {

// Writes `key` with the value, or with null when there is none.
template <typename Value>
void write_optional(json::JsonWriter& to, std::string_view key, const std::optional<Value>& value) {
    to.key(key);
    if (!value) {
        to.null();
    } else if constexpr (std::integral<Value> && !std::same_as<Value, bool>) {
        to.value(static_cast<std::int64_t>(*value));
    } else {
        to.value(*value);
    }
}

// Writes `key` with an array of texts.
inline void write_texts(json::JsonWriter& to, std::string_view key, const std::vector<UntrustedText>& texts) {
    to.key(key).begin_array();
    for (const UntrustedText& text : texts) to.value(text);
    to.end_array();
}

}  // namespace snapq::render
