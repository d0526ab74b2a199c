// JSON text, appended to a string.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/untrusted_text.hpp"

namespace snapq::json {

// Appends the text in quotes, escaped as in RFC 8259. Bytes that are not UTF-8 become U+FFFD, so the result
// is always valid JSON.
void append_json_string(std::string& to, std::string_view text);

// Appends the shortest text that reads back as the same double. NaN and infinities, which JSON lacks, become
// null.
void append_json_real(std::string& to, double value);

// Writes objects and arrays with their commas, without spaces and line breaks. Does not check that keys and
// brackets match. `to` must outlive the writer.
class JsonWriter {
public:
    explicit JsonWriter(std::string& to) : m_to(to) {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    JsonWriter& key(AnyText name);
    JsonWriter& value(AnyText text);
    // Otherwise it would be converted to bool.
    JsonWriter& value(const char* text) { return value(AnyText(text)); }
    JsonWriter& value(std::int64_t number);
    JsonWriter& value(double number);
    JsonWriter& value(bool flag);
    JsonWriter& null();
    // `json` is a complete JSON value.
    JsonWriter& raw(std::string_view json);

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();

    std::string& m_to;
    bool m_first = true;  // the next value needs no comma
};

// Writes `key` with the value, or with null when there is none.
template <typename Value>
void write_optional(JsonWriter& to, std::string_view key, const std::optional<Value>& value) {
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
inline void write_texts(JsonWriter& to, std::string_view key, const std::vector<UntrustedText>& texts) {
    to.key(key).begin_array();
    for (const UntrustedText& text : texts) to.value(text);
    to.end_array();
}

}  // namespace snapq::json
