// Reads a whole archive and reports what is damaged.
#pragma once

#include <string>

#include "report/archive_report.hpp"

namespace snapq::archive {

// Checks the container, the manifest, each chunk, each entry as one stream, the integrity of the SQLite
// database, and that each timeline has the same elements, sizes, first and last timesteps as its rows of the
// database. Takes constant memory. Damage becomes a finding of the report. Throws InputError only when the
// file does not exist or is not an archive.
[[nodiscard]] report::VerifyReport verify_archive(const std::string& path);

}  // namespace snapq::archive
