// What `convert` prints of its work.
#pragma once

#include <exception>
#include <vector>

#include "convert/report.hpp"

namespace snapq::commands {

// `snapq: error: …` for one input of several; the batch goes on.
void print_failure(const std::exception_ptr& error);

// Counts and estimated sizes of a dry run, on stdout.
void print_dry_run(const convert::ConvertReport& report);

// Phases and totals on stdout, as a table or as one JSON object.
void print_stats(const std::vector<convert::ConvertReport>& reports, bool as_json, bool dry_run);

}  // namespace snapq::commands
