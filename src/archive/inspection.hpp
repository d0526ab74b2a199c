// Looks at whole archives: lists what one contains, for the command `info`, and reports what is damaged in
// it, for `verify`.
#pragma once

#include <string>

#include "archive/archive_reader.hpp"
#include "report/archive_report.hpp"

namespace snapq::archive {

// Counts the rows of tables, but reads no more of the database than that takes: the number of rows of
// `allocations` comes from table `devices`. Throws InputError when the archive is damaged.
[[nodiscard]] report::ArchiveInfo describe_archive(const ArchiveReader& archive);

// Checks the container, the manifest, each chunk, each entry as one stream, the integrity of the SQLite
// database, and that each timeline has the same elements, sizes, first and last timesteps as its rows of the
// database. Takes constant memory. Damage becomes a finding of the report. Throws InputError only when the
// file does not exist or is not an archive.
[[nodiscard]] report::VerifyReport verify_archive(const std::string& path);

}  // namespace snapq::archive
