// The few pieces of JSON text that are written by hand rather than by a library.
#pragma once

#include <string>
#include <string_view>

namespace snapq {

// Appends `text` as a JSON string with its quotes. Control characters, quotes and backslashes are escaped;
// all else is taken over as it is, so valid UTF-8 stays valid.
void append_json_string(std::string& into, std::string_view text);

}  // namespace snapq
