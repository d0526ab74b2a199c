#include "commands/options/limit_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "analysis/categories.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::commands {
namespace {

// Below this, a number without a unit more likely lacks its unit than means so few bytes.
constexpr std::int64_t k_least_without_unit = std::int64_t{1} << 20U;

// "'20G' is not a valid size (use 20GB or 20GiB)"
std::string size_message(const std::string& text) {
    const std::size_t digits = text.find_first_not_of("0123456789.");
    const std::string unit = digits == std::string::npos ? std::string() : text.substr(digits);
    const bool is_prefix =
        unit.size() == 1 && std::string_view("KMGTkmgt").find(unit[0]) != std::string_view::npos;
    if (digits == 0 || !is_prefix) {
        return fmt::format("'{}' is not a valid size (examples: 512MiB, 1.5GiB, 20GB, 20000000000)", text);
    }
    const std::string number = text.substr(0, digits);
    const char letter = static_cast<char>(unit[0] & ~0x20);
    return fmt::format("'{}' is not a valid size (use {}{}B or {}{}iB)", text, number,
                       letter == 'K' ? 'k' : letter, number, letter);
}

// Why a size is not accepted as a limit; empty for a valid one.
std::string problem_of_size(const std::string& text) {
    const std::optional<std::int64_t> bytes = parse_size(text);
    if (!bytes) return size_message(text);
    const bool has_unit = text.find_first_not_of("0123456789. ") != std::string::npos;
    if (has_unit || *bytes == 0 || *bytes >= k_least_without_unit) return {};
    return fmt::format("'{}' has no unit and would be bytes (use {}GiB or {}MiB; {}B for bytes)", text, text,
                       text, text);
}

// The same for "5%", "512MiB" or "5%,512MiB".
std::string problem_of_growth(const std::string& text) {
    std::string_view rest = text;
    while (true) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        std::string part(rest.substr(0, comma));
        part.erase(0, part.find_first_not_of(' '));
        const bool is_size = !part.empty() && is_digit(part[0]) && !part.ends_with('%');
        if (std::string problem = is_size ? problem_of_size(part) : ""; !problem.empty()) return problem;
        if (comma == rest.size()) return {};
        rest.remove_prefix(comma + 1);
    }
}

// Adds an option whose text `parse` turns into an optional value. If a text is not valid, `problem` says why;
// if it returns "", `valid` completes the message "'5XB' is not a valid …".
template <typename Value, typename Parse, typename Problem>
CLI::Option* add_parsed_option(CLI::App& app, const std::string& name, std::optional<Value>& to, Parse parse,
                               Problem problem, const std::string& valid, const std::string& description) {
    const auto read = [&to, name, parse, problem, valid](const std::string& text) {
        const std::string message = problem(text);
        if (!message.empty()) throw CLI::ValidationError(name, message);
        to = parse(text);
        if (!to) throw CLI::ValidationError(name, fmt::format("'{}' is not a valid {}", text, valid));
    };
    return app.add_option_function<std::string>(name, read, description);
}

// "activation=20GiB". Throws CLI::ValidationError for other texts.
analysis::CategoryLimit category_limit(const std::string& name, const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
        throw CLI::ValidationError(name, fmt::format("'{}' is no limit (example: activation=20GiB)", text));
    const std::string size = text.substr(equals + 1);
    if (const std::string problem = problem_of_size(size); !problem.empty())
        throw CLI::ValidationError(name, problem);
    return {text.substr(0, equals), *parse_size(size)};
}

CLI::Option* add_category_option(CLI::App& app, std::vector<analysis::CategoryLimit>& to) {
    const std::string name = "--max-category";
    const auto read = [&to, name](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) to.push_back(category_limit(name, text));
    };
    return app
        .add_option_function<std::vector<std::string>>(
            name, read,
            "Limit for the bytes of one category at the peak, such as activation=20GiB (repeatable)")
        ->type_name("CATEGORY=SIZE")
        ->type_size(1)
        ->allow_extra_args(false);
}

}  // namespace

CLI::Option* add_size_option(CLI::App& app, const std::string& name, std::optional<std::int64_t>& to,
                             const std::string& description) {
    return add_parsed_option(app, name, to, parse_size, problem_of_size, "size", description)
        ->type_name("SIZE");
}

void check_category_limits(const analysis::Thresholds& limits, const analysis::CategoryRules* rules) {
    std::vector<std::string> names = rules == nullptr ? std::vector<std::string>() : rules->categories();
    std::ranges::move(analysis::category_names(), std::back_inserter(names));
    for (const analysis::CategoryLimit& limit : limits.max_category) {
        if (std::ranges::find(names, limit.category) != names.end()) continue;
        throw UsageError(fmt::format("--max-category: '{}' is no category; expected one of {}",
                                     limit.category, fmt::join(names, ", ")))
            .with_hint("see 'snapq summary --help'");
    }
}

CLI::Option* add_growth_option(CLI::App& app, const std::string& name,
                               std::optional<analysis::GrowthLimit>& to, const std::string& description) {
    return add_parsed_option(app, name, to, analysis::parse_growth_limit, problem_of_growth,
                             "limit (examples: 5%, 512MiB, or both: 5%,512MiB)", description)
        ->type_name("PERCENT%,SIZE");
}

void add_threshold_options(CLI::App& app, analysis::Thresholds& to) {
    constexpr const char* k_group = "Limits (exit code 1 when one is exceeded, on any device)";
    const auto add = [&](const char* name, std::optional<std::int64_t>& limit, const char* description) {
        add_size_option(app, name, limit, description)->group(k_group);
    };
    add("--max-peak", to.max_peak, "Limit for the peak of requested bytes");
    add("--max-host-peak", to.max_host_peak,
        "Limit for the peak of pinned host memory, which the other limits do not count without --device "
        "host");
    add("--max-reserved", to.max_reserved, "Limit for the peak of bytes reserved from the driver");
    add("--max-end", to.max_end, "Limit for the requested bytes live at the end");
    add("--max-growth-in-trace", to.max_growth,
        "Limit for the growth of requested bytes from the first event to the end, to detect leaks");
    add("--max-unfreed", to.max_unfreed,
        "Limit for the bytes that were requested in the trace and not freed in it");
    add_parsed_option(
        app, "--max-stranded", to.max_stranded, analysis::parse_size_or_percent, problem_of_growth,
        "size or percentage (examples: 512MiB, 20%)",
        "Limit for the bytes that are free inside occupied segments at the peak, as a size or as a "
        "percentage of the reserved bytes")
        ->type_name("SIZE|PERCENT%")
        ->group(k_group);
    add_category_option(app, to.max_category)->group(k_group);
    app.add_flag("--no-oom", to.no_oom, "Fail when an allocation failed (out of memory)")->group(k_group);
    app.add_flag("--allow-no-trace", to.allow_no_trace,
                 "Without a trace, check the state at the dump instead of failing")
        ->group(k_group);
    app.add_flag("--strict", to.strict,
                 "Fail when events are missing, because the peak is then only a lower bound")
        ->group(k_group);
}

}  // namespace snapq::commands
