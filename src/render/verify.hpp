// What `verify` prints of an archive.
#pragma once

#include <string>

#include "archive/verify.hpp"
#include "json/writer.hpp"

namespace snapq::commands {

// The checks one a line, damage beyond the first of a check below them, then a verdict.
[[nodiscard]] std::string verify_as_text(const std::string& path, const archive::VerifyReport& report);

// {"archive","ok","checks":[{"name","ok","detail"}],"damage":[{"entry","offset","message"}]}
void write_verify(json::JsonWriter& json, const std::string& path, const archive::VerifyReport& report);

}  // namespace snapq::commands
