// The options of `summary` that set limits.
#pragma once

#include <CLI/CLI.hpp>

#include "analysis/summary/thresholds.hpp"

namespace snapq::commands {

// `to` must outlive `app`. A wrong unit is a usage error that names the right ones.
void add_threshold_options(CLI::App& app, analysis::Thresholds& to);

}  // namespace snapq::commands
