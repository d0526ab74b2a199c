// What one should know before trusting a comparison, in words.
#pragma once

#include "analysis/diff/side.hpp"
#include "report/diff_report.hpp"

namespace snapq::analysis {

// `base` null: there is none yet.
void add_remarks(report::DiffReport& report, const Side* base, const Side& newer);

}  // namespace snapq::analysis
