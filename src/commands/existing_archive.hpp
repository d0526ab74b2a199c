// Tells whether an archive that `convert` would write exists already, for --skip-existing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "convert/converter.hpp"

namespace snapq::commands {

// The conversion that would be made.
struct WantedArchive {
    std::string input;
    // The key of the snapshot in the input's dicts and lists, as in `source_key` of table `meta`; nullopt:
    // the input has only one snapshot.
    std::optional<std::string> key;
    std::optional<std::int64_t> rank;
    std::map<std::string, std::string> labels;  // that the archive must have; it may have others
    std::optional<std::int64_t> device;         // the only device of the archive; nullopt: all devices
    convert::Layout layout = convert::Layout::zip;
    timeline::Preexisting preexisting = timeline::Preexisting::all;
};

// Returns "" if `output` was made from this input: it can be opened, its manifest records the input's name,
// size, rank and so on, and it was modified after the input. Otherwise returns the reason, as the end of the
// sentence "OUTPUT exists, but …". Opening reads only the ends of a zip and the head of the database;
// `verify` checks every byte.
[[nodiscard]] std::string difference_of(const std::string& output, const WantedArchive& wanted);

}  // namespace snapq::commands
