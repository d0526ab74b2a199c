// The results of checks against limits, for a terminal, for scripts and for GitHub.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "json/writer.hpp"
#include "report/check.hpp"

namespace snapq::render {

// One line for each check: result, name, device, value and limit in bytes, then an explanation, as in
// "ok max-peak 0 762608640 1073741824 (device 0: …)". Without a value: "FAIL max-peak no-trace (…)". A check
// of growth is a sentence: "FAIL max-growth device 0: 10.97 GiB, base 634.88 MiB, +10.36 GiB (+1,671 %),
// allowed 256.00 MiB". `color`: FAIL is red.
[[nodiscard]] std::string checks_text(const std::vector<report::Check>& checks, bool color = false);

// Whether a check's subject is written as its member "key".
enum class CheckSubjects : std::uint8_t { left_out, as_key };

// An array of {"name","device","value","limit","ok"}, with "reason" when there is no value, with "base" for
// growth, and with "archive" and "rank" when there are several archives.
void write_checks(json::JsonWriter& to, const std::vector<report::Check>& checks,
                  CheckSubjects subjects = CheckSubjects::left_out);

// A workflow command `::error title=…::…` for each check that failed. GitHub reads them from any output of
// the step and shows them beside the change.
[[nodiscard]] std::string github_errors(const std::vector<report::Check>& checks);

// The line that says that there was no base for `diff`: a workflow command `::warning …` for GitHub,
// otherwise a warning for people.
[[nodiscard]] std::string no_base_warning(const std::string& base, bool for_github);
// The same for the summary page of a GitHub job, in Markdown.
[[nodiscard]] std::string no_base_markdown(const std::string& base);

// A table for a comment on a pull request; empty when there is no check.
[[nodiscard]] std::string checks_markdown(const std::vector<report::Check>& checks);

}  // namespace snapq::render
