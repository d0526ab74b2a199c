// Options that set limits: sizes, growth, and the thresholds of `summary`.
//
// Sizes are parsed by snapq itself, because CLI11's AsSizeValue accepts no fractions such as 1.5GiB.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>

#include "analysis/category_rules.hpp"
#include "analysis/diff/diff.hpp"
#include "analysis/summary/thresholds.hpp"

namespace snapq::commands {

// In all functions, `to` must outlive `app`. An invalid value is a usage error that shows valid ones.

// Adds a limit of memory: a size with a unit, or a number of bytes that is 0 or at least 1 MiB. "20" is
// refused, because the user most likely meant 20 GiB.
CLI::Option* add_size_option(CLI::App& app, const std::string& name, std::optional<std::int64_t>& to,
                             const std::string& description);

// Adds a limit of growth: a percentage, a size, or both.
CLI::Option* add_growth_option(CLI::App& app, const std::string& name,
                               std::optional<analysis::GrowthLimit>& to, const std::string& description);

// Throws UsageError if a limit of --max-category names a category that neither snapq nor the rules have.
// `rules` may be null.
void check_category_limits(const analysis::Thresholds& limits, const analysis::CategoryRules* rules);

void add_threshold_options(CLI::App& app, analysis::Thresholds& to);

}  // namespace snapq::commands
