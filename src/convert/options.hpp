// What a user can ask of a conversion (design section 2.1).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "timeline/replay/elements.hpp"
#include "timeline/stacked/stacked_timeline.hpp"
#include "zip/chunk.hpp"

namespace snapq::convert {

enum class Layout : std::uint8_t { zip, directory };

struct ConvertOptions {
    Layout layout = Layout::zip;
    std::optional<std::int64_t> device;  // empty: all
    timeline::Preexisting preexisting = timeline::Preexisting::all;
    zip::Compression compression = zip::Compression::deflate;
    std::optional<int> level;  // empty: the method's own default
    unsigned threads = 1;
    timeline::PointLimit points;
    std::map<std::string, std::string> labels;
    std::optional<std::int64_t> rank;
    bool force = false;
    bool dry_run = false;
};

// min(cores, 4): decoding is one thread, so more cores hardly help, and each costs memory.
[[nodiscard]] unsigned default_threads();

}  // namespace snapq::convert
