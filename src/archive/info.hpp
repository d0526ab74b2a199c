// Lists what an archive contains, for the command `info`.
#pragma once

#include "archive/archive_reader.hpp"
#include "report/archive_report.hpp"

namespace snapq::archive {

// Counts the rows of tables, but reads no more of the database than that takes: the number of rows of
// `allocations` comes from table `devices`. Throws InputError when the archive is damaged.
[[nodiscard]] report::ArchiveInfo describe_archive(const ArchiveReader& archive);

}  // namespace snapq::archive
