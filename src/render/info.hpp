// What `info` prints of an archive.
#pragma once

#include <optional>
#include <string>

#include "archive/info.hpp"
#include "archive/manifest.hpp"

namespace snapq::commands {

// For people: facts, entries, tables, anomalies. Ends with a line feed.
[[nodiscard]] std::string info_as_text(const archive::ArchiveInfo& info,
                                       const std::optional<archive::Manifest>& manifest);

// One JSON object and a line feed. Members are only ever added:
// {"format_version":1,"archive","kind","bytes","manifest":{…} or null,"entries":[…],"tables":[…]}
[[nodiscard]] std::string info_as_json(const archive::ArchiveInfo& info,
                                       const std::optional<archive::Manifest>& manifest);

}  // namespace snapq::commands
