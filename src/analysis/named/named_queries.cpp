#include "snapq/analysis/named_queries.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "analysis/named/named_texts.hpp"
#include "snapq/support/error.hpp"
#include "snapq/support/spelling.hpp"

namespace snapq::analysis {

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
    std::vector<std::string> names;
    for (const NamedQuery& query : all) names.emplace_back(query.name);
    const std::string meant = nearest_word(name, names);
    throw UsageError(fmt::format("there is no question named '{}'", name))
        .with_hint((meant.empty() ? "" : fmt::format("did you mean {}? ", meant)) + "--list-named shows all");
}

}  // namespace snapq::analysis
