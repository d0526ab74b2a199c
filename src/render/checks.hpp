// The verdicts on limits, as a terminal, a script and GitHub want them.
#pragma once

#include <string>
#include <vector>

#include "json/writer.hpp"
#include "report/check.hpp"

namespace snapq::render {

// A line each: "ok max-peak 0 762608640 1073741824 (…)": verdict, name, device, value and limit in bytes,
// then words for people; "FAIL max-peak no-trace (…)" and the like where there is no value.
[[nodiscard]] std::string checks_text(const std::vector<report::Check>& checks);

// An array of {"name","device","value","limit","ok"}, plus "reason" where there is no value, plus "archive"
// and "rank" where there are several archives.
void write_checks(json::JsonWriter& to, const std::vector<report::Check>& checks);

// A workflow command `::error title=…::…` for each check that failed. GitHub reads them from any output of
// the step and shows them beside the change.
[[nodiscard]] std::string github_errors(const std::vector<report::Check>& checks);

// A table for a pull-request comment; empty when there is no check.
[[nodiscard]] std::string checks_markdown(const std::vector<report::Check>& checks);

}  // namespace snapq::render
