// The outputs of `info`, `verify` and `convert --stats`. Every text ends with a line feed. Members of JSON
// objects are fixed; later versions only add some.
#pragma once

#include <string>
#include <vector>

#include "report/archive_report.hpp"

namespace snapq::render {

// Facts, entries, tables and anomalies.
[[nodiscard]] std::string info_text(const report::ArchiveInfo& info);
// {"format_version":1,"archive","kind","bytes","manifest":{…} or null,"entries":[…],"tables":[…]}
[[nodiscard]] std::string info_json(const report::ArchiveInfo& info);

// One line for each check, then the damage and the refused databases, or "whole" if there are none.
[[nodiscard]] std::string verify_text(const std::string& path, const report::VerifyReport& report);
// {"format_version":1,"archives":[{"archive","ok","checks":[{"name","ok","detail"}],
//  "damage":[{"entry","offset","message"}]}]}, with "refused":true for a database that is not damaged but
// refused. `paths` and `reports` have the same length.
[[nodiscard]] std::string verify_json(const std::vector<std::string>& paths,
                                      const std::vector<report::VerifyReport>& reports);

// "run.pickle", or "run.pickle (rank0)" for one of the snapshots in a file.
[[nodiscard]] UntrustedText input_name(const report::ConvertReport& report);

// Counts and estimated sizes of a dry run.
[[nodiscard]] std::string dry_run_text(const report::ConvertReport& report);
// Time and memory of each phase, then the totals.
[[nodiscard]] std::string stats_text(const std::vector<report::ConvertReport>& reports);
// {"format_version":1,"conversions":[{…,"phases":[…]}],"up_to_date":["ARCHIVE"]}
[[nodiscard]] std::string stats_json(const std::vector<report::ConvertReport>& reports, bool dry_run);

}  // namespace snapq::render
