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

// A limit of memory: a size with a unit, or a number of bytes from 1 MiB on, or 0. "20" is refused, because
// 20 GiB was meant.
CLI::Option* add_size_option(CLI::App& app, const std::string& name, std::optional<std::int64_t>& to,
                             const std::string& description);

// A percentage, a size, or both.
CLI::Option* add_growth_option(CLI::App& app, const std::string& name,
                               std::optional<analysis::GrowthLimit>& to, const std::string& description);

// Throws UsageError if a limit of --max-category names a category that is neither one of snapq nor one of the
// rules (null: none).
void check_category_limits(const analysis::Thresholds& limits, const analysis::CategoryRules* rules);

void add_threshold_options(CLI::App& app, analysis::Thresholds& to);

}  // namespace snapq::commands
