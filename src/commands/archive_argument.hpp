// Opens the ARCHIVE argument of a command, and reads small text files.
#pragma once

#include <memory>
#include <string>

#include "archive/archive_reader.hpp"

namespace snapq::analysis {
class CategoryRules;
}

namespace snapq::commands {

// Whether the timeline of a converted snapshot is needed. If it is not, it is thinned to save time.
enum class TimelineText { thinned, exact };

// Opens one archive. A raw snapshot ("-": from standard input) is first converted to a temporary archive. Its
// file is already unlinked when this returns, so nothing remains however the process ends. Messages use the
// name of the snapshot for it. Notes about this and about SnapViewer's archives go to stderr unless `quiet`.
// Throws InputError for a directory of several archives, and the errors of open_archive() and convert_file().
[[nodiscard]] archive::ArchiveReader open_archive_argument(const std::string& path, bool quiet = false,
                                                           TimelineText timeline = TimelineText::thinned);

// The SQL in a file, without a byte order mark. Throws InputError if it cannot be read or is larger than 4
// MiB, so that a snapshot given by mistake is not read. read_sql_stdin() does the same for standard input.
[[nodiscard]] std::string read_sql_file(const std::string& path);
// The rules of `--rules`; null for an empty path. Throws UsageError for a line that is not a rule, and
// InputError for a file that cannot be read.
[[nodiscard]] std::shared_ptr<const analysis::CategoryRules> read_rules_file(const std::string& path);
[[nodiscard]] std::string read_sql_stdin();

}  // namespace snapq::commands
