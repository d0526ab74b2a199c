#include "analysis/query/named_queries.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/moment.hpp"
#include "analysis/row_access.hpp"
#include "archive/sqlite/database.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

namespace snapq::analysis {
namespace {

bool is_null(const Parameter& parameter) {
    return std::holds_alternative<std::monostate>(parameter.value);
}

// Null if it is not given, or if its value is NULL: that is the same to the built-in queries.
const Parameter* parameter_named(std::string_view name, std::span<const Parameter> parameters) {
    const auto found = std::ranges::find(parameters, name, &Parameter::name);
    return found == parameters.end() || is_null(*found) ? nullptr : &*found;
}

// Returns the devices that the query is about.
std::vector<std::int64_t> wanted_devices(const Parameter* device, archive::Database& database) {
    std::vector<std::int64_t> present;
    archive::Query devices = database.prepare("SELECT device FROM devices ORDER BY device < 0, device");
    while (devices.next()) present.push_back(devices.integer(0));
    if (device == nullptr) return present;
    const auto* wanted = std::get_if<std::int64_t>(&device->value);
    if (wanted == nullptr) {
        throw_usage("--param device: a number from 0, or host, is expected, not '{}'", text_of(*device));
    }
    if (std::ranges::count(present, *wanted) == 0) throw no_such_device(*wanted, present);
    return {*wanted};
}

// Devices without the moment have no rows, so one that has it is enough.
void check_moment(const std::string& moment, const std::vector<std::int64_t>& devices,
                  archive::Database& database) {
    const Moment parsed = parse_moment(moment);
    const bool any = std::ranges::any_of(
        devices, [&](std::int64_t device) { return find_event(parsed, database, device).has_value(); });
    if (!any && !devices.empty()) static_cast<void>(resolve(parsed, database, devices.front()));
}

// A number is an event.
std::string moment_text(const Parameter& parameter) {
    const bool is_event = std::holds_alternative<std::int64_t>(parameter.value);
    return text_of(parse_moment(is_event ? "event:" + text_of(parameter) : text_of(parameter)));
}

// Adds the names that follow a colon.
void add_parameters(std::string_view sql, std::set<std::string>& names) {
    bool is_parameter = false;
    while (true) {
        const std::string_view token = archive::sqlite::take_token(sql);
        if (token.empty()) return;
        if (is_parameter) names.emplace(token);
        is_parameter = token == ":";
    }
}

}  // namespace

std::string_view NamedQuery::description() const {
    std::string_view line = sql.substr(0, sql.find('\n'));
    line.remove_prefix(std::min(line.find_first_not_of("- "), line.size()));
    return line;
}

std::string NamedQuery::parameters() const {
    std::set<std::string> names;
    add_parameters(sql, names);
    add_parameters(at_sql, names);
    return fmt::format("{}", fmt::join(names, ", "));
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

NamedStatement named_statement(const NamedQuery& query, std::vector<Parameter> parameters) {
    NamedStatement statement{query.sql, std::move(parameters)};
    // Only `at_sql` has this parameter.
    if (!query.at_sql.empty())
        std::erase_if(statement.parameters,
                      [](const Parameter& each) { return each.name == "at" && is_null(each); });
    for (Parameter& parameter : statement.parameters) {
        const auto* text = std::get_if<std::string>(&parameter.value);
        const auto device =
            parameter.name == "device" && text != nullptr ? parse_device(*text) : std::nullopt;
        if (device) parameter.value = *device;
        if (parameter.name != "at" || is_null(parameter)) continue;
        parameter.value = moment_text(parameter);
        if (!query.at_sql.empty()) statement.sql = query.at_sql;
    }
    return statement;
}

void check_named_values(std::span<const Parameter> parameters, archive::Database& database) {
    const Parameter* at = parameter_named("at", parameters);
    const Parameter* device = parameter_named("device", parameters);
    if (at == nullptr && device == nullptr) return;
    const std::vector<std::int64_t> devices = wanted_devices(device, database);
    if (at != nullptr) check_moment(text_of(*at), devices, database);
}

}  // namespace snapq::analysis
