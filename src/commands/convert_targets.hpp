// Where the archives of `convert` go.
#pragma once

#include <string>
#include <vector>

#include "convert/options.hpp"

namespace snapq::commands {

// The name of the archive of an input: its known suffixes (.gz, .zst, then .pickle, .pkl, .json, .html, .pt,
// …) replaced by ".zip"; by nothing but ".snapq" for a directory.
[[nodiscard]] std::string archive_name(const std::string& base_name, convert::Layout layout);

// One target for each input. `output` is empty (beside each input), a file (one input), or a directory
// (several inputs, or one input and an existing directory); then equal names get their parent's name in
// front. Throws UsageError for stdin without `output`, for two inputs with one target, and for a target that
// is its own input.
[[nodiscard]] std::vector<std::string> plan_targets(const std::vector<std::string>& inputs,
                                                    const std::string& output, convert::Layout layout);

}  // namespace snapq::commands
