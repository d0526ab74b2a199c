// Whatever a user puts where a command asks for ARCHIVE (design section 2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_reader.hpp"

namespace snapq::commands {

// What the timeline of a converted snapshot is needed for: nothing, so it is thinned out, or to be shown.
enum class TimelineText { thinned, exact };

// Opens one archive, no directory of several. A raw snapshot (also "-", standard input) is converted to a
// temporary archive first, which has lost its name when this returns, so that nothing of it is left however
// the process ends; the reader goes by the name of the snapshot. Notes about that, and about SnapViewer's
// archives, go to stderr unless `quiet`. Throws what open_archive and convert_file throw.
[[nodiscard]] archive::ArchiveReader open_archive_argument(const std::string& path, bool quiet = false,
                                                           TimelineText timeline = TimelineText::thinned);

// The rank that was kept at conversion, else what the name tells.
[[nodiscard]] std::optional<std::int64_t> rank_of(const archive::ArchiveReader& archive);

// True for a directory that is no archive itself: the ranks of one job are in it.
[[nodiscard]] bool is_rank_directory(const std::string& path);

// What becomes of a pickle beside archives that is not converted yet: it is a rank like the others, or none
// where only archives can be asked.
enum class Unconverted { taken, left_out };

// The archives of such a directory: zips and directories with a database, and pickles without their archive;
// where there are no archives, snapshots of any kind. Ordered by the ranks their names tell, then by name,
// digits as numbers. Throws InputError when there is nothing.
[[nodiscard]] std::vector<std::string> archives_in(const std::string& directory,
                                                   Unconverted unconverted = Unconverted::taken);

// Every path, directories of ranks replaced by what is in them.
[[nodiscard]] std::vector<std::string> expand_archive_arguments(const std::vector<std::string>& paths,
                                                                Unconverted unconverted = Unconverted::taken);

}  // namespace snapq::commands
