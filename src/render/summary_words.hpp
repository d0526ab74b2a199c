// Phrases that the text and the Markdown of a summary share.
#pragma once

#include <string>

#include "report/summary.hpp"

namespace snapq::render {

// "711.94 MiB"; "unknown" without a value.
[[nodiscard]] std::string size_words(report::MaybeInteger bytes);
// "67.5 %"; "" when the whole is 0.
[[nodiscard]] std::string share_words(std::int64_t part, std::int64_t whole);
// "+310 ms", "+12.4 s"; empty when a time is missing.
[[nodiscard]] std::string time_words(report::MaybeInteger time_us, report::MaybeInteger first_time_us);
// The moment that the device's rows are about: "the peak", "the dump" (without a trace), "event:17", "oom:0".
[[nodiscard]] std::string moment_words(const report::DeviceSummary& device);
// "event 249, +310 ms", "before the first event", or "timestep 12" where events are unknown.
[[nodiscard]] std::string when_words(const report::DeviceFigures& figures);
// "1 hole", "2 holes"
[[nodiscard]] std::string count_words(std::int64_t count, const char* noun);
// "site", and with it the op where there is one: "model.py:7 forward (bmm)". Not cut, not made printable.
[[nodiscard]] std::string site_words(const report::Key& key);
// Whether the failed allocation would have found room; empty where nobody can tell.
[[nodiscard]] std::string fit_words(const report::OomReport& oom);

// `text` broken at spaces so that no line is wider than `width`; `indent` stands before all lines but the
// first.
[[nodiscard]] std::string wrapped(const std::string& text, std::size_t width, const std::string& indent);

}  // namespace snapq::render
