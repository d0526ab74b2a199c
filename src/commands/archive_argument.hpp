// Opens the ARCHIVE argument of a command, and reads small text files.
#pragma once

#include <memory>
#include <string>

#include "archive/archive_reader.hpp"

namespace snapq::analysis {
class CategoryRules;
}

namespace snapq::commands {

// Whether the timeline of a converted snapshot will be shown. If not, it is thinned to save time.
enum class TimelineText { thinned, exact };

// Opens one archive. A raw snapshot ("-": from standard input) is converted to a temporary archive first,
// whose name is already removed when this returns, so that nothing remains however the process ends; messages
// call it by the name of the snapshot. Notes about this and about SnapViewer's archives go to stderr unless
// `quiet`. Throws InputError for a directory of several archives, and what open_archive and convert_file
// throw.
[[nodiscard]] archive::ArchiveReader open_archive_argument(const std::string& path, bool quiet = false,
                                                           TimelineText timeline = TimelineText::thinned);

// The SQL in a file or from standard input, without a byte order mark. At most 4 MiB, so that a snapshot
// given by mistake is not read. Throws InputError.
[[nodiscard]] std::string read_sql_file(const std::string& path);
// The rules of `--rules`; null for an empty path. Throws UsageError for a line that is not a rule, and
// InputError for a file that cannot be read.
[[nodiscard]] std::shared_ptr<const analysis::CategoryRules> read_rules_file(const std::string& path);
[[nodiscard]] std::string read_sql_stdin();

}  // namespace snapq::commands
