// Decides what happens to an output that exists already. The rule is the same in every command that writes
// files:
//
// Without an option, it is an error, before any work. --skip-existing keeps the output if it is up to date;
// otherwise the error says why it is not. --force replaces it. Both together keep outputs that are up to date
// and replace the others, as a job that runs again needs it.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "convert/converter.hpp"

namespace snapq::commands {

struct ExistingOptions {
    bool force = false;
    bool skip = false;
};

// Adds `--force`. `what` is replaced, for the description: "an existing page". `to` must outlive `app`.
void add_force_option(CLI::App& app, bool& to, const std::string& what);
// Adds `--force` and `--skip-existing`, which has the description `kept`.
void add_existing_options(CLI::App& app, ExistingOptions& to, const std::string& what,
                          const std::string& kept);

// Says why an existing output is not up to date, as the end of the sentence "OUTPUT exists, but …"; "" if it
// is.
using Difference = std::function<std::string()>;

// Returns true if `output` exists and is kept, and false if there is none or it may be replaced. Throws
// UsageError otherwise.
[[nodiscard]] bool keeps_existing(const std::string& output, const ExistingOptions& options,
                                  const Difference& difference);

// "is older than INPUT" if the file `output` was modified before `input`; the reason if this cannot be known,
// as for standard input ("-"); otherwise "".
[[nodiscard]] std::string difference_of_age(const std::string& output, const std::string& input);

// The conversion that `convert --skip-existing` would make.
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
