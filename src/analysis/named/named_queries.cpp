#include "snapq/analysis/named_queries.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "analysis/named/named_texts.hpp"
#include "snapq/support/error.hpp"

namespace snapq::analysis {
namespace {

// Letters to add, drop or change to get from one word to the other.
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (const char letter : one) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < other.size(); ++j) {
            const std::size_t changed = diagonal + (letter == other[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string_view NamedQuery::description() const {
    std::string_view line = sql.substr(0, sql.find('\n'));
    line.remove_prefix(std::min(line.find_first_not_of("- "), line.size()));
    return line;
}

std::span<const NamedQuery> named_queries() {
    return embedded_queries();
}

const NamedQuery& named_query(std::string_view name) {
    const auto all = named_queries();
    const auto found = std::ranges::find(all, name, &NamedQuery::name);
    if (found != all.end()) return *found;
    const auto alike = std::ranges::min_element(
        all, {}, [&](const NamedQuery& query) { return distance(name, query.name); });
    throw UsageError(fmt::format("there is no question named '{}'", name))
        .with_hint(fmt::format("did you mean {}? --list-named shows all", alike->name));
}

}  // namespace snapq::analysis
