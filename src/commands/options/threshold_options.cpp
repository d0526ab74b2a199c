#include "commands/options/threshold_options.hpp"

#include <fmt/format.h>

#include <string>

#include "commands/options/size_option.hpp"

namespace snapq::commands {

void add_threshold_options(CLI::App& app, analysis::Thresholds& to) {
    constexpr const char* k_group = "Limits (exit 1 when one is crossed, on any device)";
    const auto add = [&](const char* name, std::optional<std::int64_t>& limit, const char* description) {
        add_size_option(app, name, limit, description)->group(k_group);
    };
    add("--max-peak", to.max_peak, "Most requested bytes live at once");
    add("--max-reserved", to.max_reserved, "Most bytes held from the driver at any time");
    add("--max-end", to.max_end, "Most requested bytes live at the end");
    add("--max-growth-in-trace", to.max_growth, "Most growth from the first event to the end: the leak gate");
    add("--max-unfreed", to.max_unfreed, "Most bytes requested in the trace and not freed in it");
    const auto parse_stranded = [&to](const std::string& text) {
        to.max_stranded = analysis::parse_size_or_percent(text);
        if (!to.max_stranded) {
            throw CLI::ValidationError(
                "--max-stranded",
                fmt::format("'{}' is no size and no percentage; write 512MiB or 20%", text));
        }
    };
    app.add_option_function<std::string>(
           "--max-stranded", parse_stranded,
           "Most bytes free inside occupied segments at the peak, or percent of the "
           "reserved bytes then")
        ->type_name("SIZE|PERCENT%")
        ->group(k_group);
    app.add_flag("--no-oom", to.no_oom, "No allocation may have failed")->group(k_group);
    app.add_flag("--allow-no-trace", to.allow_no_trace,
                 "Without a trace, compare the state at the dump instead of failing")
        ->group(k_group);
    app.add_flag("--strict", to.strict,
                 "Fail when events are missing, so that the peak is only a lower bound")
        ->group(k_group);
}

}  // namespace snapq::commands
