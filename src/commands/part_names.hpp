// Names the archives of the snapshots in one file.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "convert/converter.hpp"

namespace snapq::commands {

struct PartNaming {
    std::string stem;  // path of the archives without "_rank0.zip"
    convert::Layout layout = convert::Layout::zip;
    std::string rank_regex;                 // of --rank-regex, for keys; may be empty
    std::optional<std::int64_t> file_rank;  // of a file that is one snapshot
};

// Gives each part a name of its own: "STEM_rank3.zip" where the key or the position in a list is a rank,
// otherwise "STEM_KEY.zip". A file that is one snapshot is "STEM.zip". Copyable; used by one thread.
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
