#include "analysis/query/named_queries.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "analysis/messages.hpp"
#include "analysis/moment.hpp"
#include "support/error.hpp"
#include "support/spelling.hpp"

namespace snapq::analysis {
namespace {

std::string text_of(const Parameter& parameter) {
    return std::visit([](const auto& value) { return fmt::format("{}", value); }, parameter.value);
}

// `live_stacks` has no rows for these moments if nothing was live, but they are stored.
bool is_always_stored(const Moment& moment) {
    return moment.kind == Moment::Kind::peak || moment.kind == Moment::Kind::reserved_peak ||
           moment.kind == Moment::Kind::start || moment.kind == Moment::Kind::end;
}

// A query that does not call alive_at() reads table `live_stacks`, which has only a few moments.
void check_moment(const NamedQuery& query, const std::string& moment, archive::Database& database) {
    if (is_always_stored(parse_moment(moment)) || query.sql.find("alive_at(") != std::string_view::npos)
        return;
    archive::Query stored = database.prepare("SELECT 1 FROM live_stacks WHERE moment = ?1 LIMIT 1");
    stored.bind(1, std::string_view(moment));
    if (stored.next()) return;
    throw UsageError(fmt::format("the archive has nothing stored for the moment {}", moment))
        .with_hint(fmt::format("--named at --param at={} computes it", moment));
}

void check_device(const Parameter& parameter, archive::Database& database) {
    const auto* wanted = std::get_if<std::int64_t>(&parameter.value);
    if (wanted == nullptr) {
        throw_usage("--param device: a number from 0 is expected, not '{}'", text_of(parameter));
    }
    std::vector<std::int64_t> present;
    archive::Query devices = database.prepare("SELECT device FROM devices ORDER BY device");
    while (devices.next()) present.push_back(devices.integer(0));
    if (std::ranges::count(present, *wanted) == 0) throw no_such_device(*wanted, present);
}

}  // namespace

std::string_view NamedQuery::description() const {
    std::string_view line = sql.substr(0, sql.find('\n'));
    line.remove_prefix(std::min(line.find_first_not_of("- "), line.size()));
    return line;
}

const NamedQuery& named_query(std::string_view name) {
    const auto all = named_queries();
    const auto found = std::ranges::find(all, name, &NamedQuery::name);
    if (found != all.end()) return *found;
    std::vector<std::string> names;
    for (const NamedQuery& query : all) names.emplace_back(query.name);
    const std::string nearest = nearest_word(name, names);
    throw UsageError(fmt::format("there is no built-in query '{}'", name))
        .with_hint((nearest.empty() ? "" : fmt::format("did you mean {}? ", nearest)) +
                   "--list-named shows all");
}

void check_named_values(const NamedQuery& query, std::span<const Parameter> parameters,
                        archive::Database& database) {
    for (const Parameter& parameter : parameters) {
        if (parameter.name == "at") check_moment(query, text_of(parameter), database);
        if (parameter.name == "device") check_device(parameter, database);
    }
}

}  // namespace snapq::analysis
