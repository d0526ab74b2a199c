// Tells whether an archive that `convert` would write is there already, for --skip-existing.
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
    // Of the snapshot in the input's dicts and lists, as `source_key` in table `meta`; nullopt: the input has
    // only one snapshot.
    std::optional<std::string> key;
    std::optional<std::int64_t> rank;
    std::map<std::string, std::string> labels;  // that the archive must have; it may have others
    std::optional<std::int64_t> device;         // the only one; empty: any devices
    convert::Layout layout = convert::Layout::zip;
    timeline::Preexisting preexisting = timeline::Preexisting::all;
};

// Whether `output` was made from this input: it opens, the input's name, size, rank and so on are those that
// its manifest records, and it was modified after the input. Opening reads the ends of a zip and the head of
// the database; `verify` checks every byte. Returns "" if so, otherwise the reason as the end of the sentence
// "OUTPUT exists, but …".
[[nodiscard]] std::string difference_of(const std::string& output, const WantedArchive& wanted);

}  // namespace snapq::commands
