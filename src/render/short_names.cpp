#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "render/summary_parts.hpp"

namespace snapq::render {
namespace {

// The last `parts` parts of a path.
std::string_view end_of(std::string_view path, std::size_t parts) {
    std::size_t begin = path.size();
    for (std::size_t i = 0; i < parts && begin > 0; ++i) {
        const std::size_t slash = path.rfind('/', begin - 1);
        if (slash == std::string_view::npos) return path;
        begin = slash;
    }
    return path.substr(std::min(begin + 1, path.size()));
}

std::size_t count_different(const std::vector<UntrustedText>& paths, std::size_t parts) {
    std::unordered_set<std::string_view> ends;
    for (const UntrustedText& path : paths) ends.insert(end_of(path.raw(), parts));
    return ends.size();
}

}  // namespace

std::vector<UntrustedText> shortest_names(const std::vector<UntrustedText>& paths) {
    std::size_t most_parts = 1;
    for (const UntrustedText& path : paths)
        most_parts = std::max(most_parts, static_cast<std::size_t>(std::ranges::count(path.raw(), '/')) + 1);
    const std::size_t different = count_different(paths, most_parts);
    std::size_t parts = 1;
    while (parts < most_parts && count_different(paths, parts) < different) ++parts;
    std::vector<UntrustedText> names;
    names.reserve(paths.size());
    for (const UntrustedText& path : paths) names.emplace_back(end_of(path.raw(), parts));
    return names;
}

}  // namespace snapq::render
