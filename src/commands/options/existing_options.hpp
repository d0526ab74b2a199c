// What happens to an output that is there already. The rule is the same in every command that writes files:
//
// Without an option it is refused, before any work. --skip-existing keeps it if it is up to date, and refuses
// it with the reason if it is not. --force replaces it. Both together keep what is up to date and replace the
// rest, which is what a job needs that runs again: so the two options do not exclude each other.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace snapq::commands {

struct ExistingOptions {
    bool force = false;
    bool skip = false;
};

// `--force`, which replaces `what`: "an existing page". `to` must outlive `app`.
void add_force_option(CLI::App& app, bool& to, const std::string& what);
// The same, and `--skip-existing`, described by `kept`.
void add_existing_options(CLI::App& app, ExistingOptions& to, const std::string& what,
                          const std::string& kept);

// Says why an existing output is not up to date, as the end of the sentence "OUTPUT exists, but …"; "" if it
// is.
using Difference = std::function<std::string()>;

// True: `output` is up to date and stays. False: there is none, or it may be replaced. Throws UsageError
// otherwise.
[[nodiscard]] bool keeps_existing(const std::string& output, const ExistingOptions& options,
                                  const Difference& difference);

// "is older than INPUT" if the file `output` was modified before `input`, and why this is not known if it is
// not. Standard input is "-". Otherwise "".
[[nodiscard]] std::string difference_of_age(const std::string& output, const std::string& input);

}  // namespace snapq::commands
