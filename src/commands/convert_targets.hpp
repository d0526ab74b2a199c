// Chooses the output paths of `convert` and `report`.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "convert/converter.hpp"

namespace snapq::commands {

// The input's name without its known suffixes (.gz or .zst, then .pickle, .pkl, .json, .html, .pt, …) and
// with ".zip" appended, or ".snapq" for the directory layout.
[[nodiscard]] std::string archive_name(const std::string& base_name, convert::Layout layout);
// `stem` with ".zip" or ".snapq" appended.
[[nodiscard]] std::string archive_path(const std::string& stem, convert::Layout layout);

// The path of the page that `report` writes for an archive, a snapshot or a directory of ranks: next to it,
// with the same name, without known suffixes and with ".html" appended. Throws UsageError for standard input.
[[nodiscard]] std::string page_path(const std::string& input);

// One output path for each input. `output` is empty (next to each input), a file (for one input), or an
// existing directory; in a directory, equal names get the name of their parent directory as a prefix. Throws
// UsageError for standard input without `output`, for two inputs with the same output, and for an output that
// is an input.
[[nodiscard]] std::vector<std::string> plan_targets(const std::vector<std::string>& inputs,
                                                    const std::string& output, convert::Layout layout);

// The same for inputs of which each snapshot becomes an archive: returns paths without suffix. `output` is
// empty or a directory, which is created if it does not exist.
[[nodiscard]] std::vector<std::string> plan_stems(const std::vector<std::string>& inputs,
                                                  const std::string& output);

struct PartNaming {
    std::string stem;  // path of the archives without "_rank0.zip"
    convert::Layout layout = convert::Layout::zip;
    std::string rank_regex;                 // of --rank-regex, for keys; may be empty
    std::optional<std::int64_t> file_rank;  // of a file that is one snapshot
};

// Gives each part (one snapshot of a file) its own name: "STEM_rank3.zip" where the key or the position in a
// list is a rank, otherwise "STEM_KEY.zip". A file that is one snapshot is "STEM.zip". It can be copied; use
// each copy in one thread.
class PartNames {
public:
    explicit PartNames(PartNaming naming) : m_naming(std::move(naming)) {}

    [[nodiscard]] convert::PartTarget operator()(const convert::Part& part);

private:
    [[nodiscard]] std::optional<std::int64_t> rank_of(const convert::Part& part);
    [[nodiscard]] std::string unused(const std::string& name);

    PartNaming m_naming;
    std::set<std::string> m_used;
    std::set<std::int64_t> m_ranks;
};

}  // namespace snapq::commands
