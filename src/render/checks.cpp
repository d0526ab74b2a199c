#include "render/checks.hpp"

#include <fmt/format.h>

#include <cmath>

#include "json/writer.hpp"
#include "render/escape.hpp"
#include "render/terminal_text.hpp"
#include "support/devices.hpp"
#include "support/numbers.hpp"

namespace snapq::render {
namespace {

using report::Check;

std::string amount(const Check& check, std::int64_t value) {
    return check.is_bytes ? format_size(value) : format_count(value);
}

std::string where(const Check& check) {
    std::string text = device_label(check.device);
    if (check.rank) {
        text = fmt::format("rank {}, {}", *check.rank, text);
    } else if (!check.archive.empty()) {
        text = fmt::format("{}, {}", printable(check.archive), text);
    }
    return text;
}

std::string why_no_value(const Check& check) {
    if (check.reason == "no-trace" && check.device == k_host_device) {
        return "the file has no trace of pinned host memory (record_host=True records it); --allow-no-trace "
               "compares the state at the dump";
    }
    if (check.reason == "no-trace") {
        return "the file has no trace of this device, only the state at the dump; --allow-no-trace compares "
               "that";
    }
    if (check.reason == "lower-bound")
        return "events are missing from the trace, so the true peak may be higher";
    return "the archive does not have this figure";
}

std::string why_complete(const Check& check) {
    return check.reason == "no-trace" ? "there is no trace; --allow-no-trace accepts that"
                                      : "the trace is complete";
}

// "+1,671 %", "+8.4 %", "-0.1 %"
std::string percent_text(std::int64_t delta, std::int64_t base) {
    constexpr double k_without_decimals = 100;
    const double percent = 100.0 * static_cast<double>(delta) / static_cast<double>(base);
    if (!(std::abs(percent) >= k_without_decimals && std::abs(percent) < 1e15)) {
        return fmt::format("{:+.1f} %", percent);
    }
    return fmt::format("{}{} %", percent > 0 ? "+" : "", format_count(std::llround(percent)));
}

// "10.97 GiB, base 634.88 MiB, +10.36 GiB (+1,671 %), allowed 256.00 MiB"
std::string growth_explanation(const Check& check) {
    const std::int64_t growth = *check.value;
    std::string text = fmt::format("{}, base {}, {}{}", format_size(saturating_add(*check.base, growth)),
                                   format_size(*check.base), growth > 0 ? "+" : "", format_size(growth));
    if (*check.base > 0 && growth != 0) text += fmt::format(" ({})", percent_text(growth, *check.base));
    return text + ", allowed " + format_size(*check.limit);
}

// "727.28 MiB, 215.28 MiB over the limit of 512.00 MiB"
std::string explanation(const Check& check) {
    if (!check.value || !check.limit) return check.ok ? why_complete(check) : why_no_value(check);
    std::string text;
    if (check.base) {
        text = growth_explanation(check);
    } else if (check.ok || !check.is_bytes) {
        text = fmt::format("{}, limit {}", amount(check, *check.value), amount(check, *check.limit));
    } else {
        text = fmt::format("{}, {} over the limit of {}", amount(check, *check.value),
                           amount(check, saturating_subtract(*check.value, *check.limit)),
                           amount(check, *check.limit));
    }
    if (!check.ok && !check.subject.empty()) text += "; " + printable(check.subject);
    if (!check.ok && check.older_bytes > 0) {
        text += fmt::format(", {} of it allocated before the recording", format_size(check.older_bytes));
    }
    return text;
}

// "+10.36 GiB (+1,671 %) from 634.88 MiB" for growth.
std::string value_cell(const Check& check) {
    if (!check.value) return check.reason;
    std::string text = amount(check, *check.value);
    if (!check.base) return text;
    if (*check.value > 0) text.insert(0, "+");
    if (*check.base > 0 && *check.value != 0)
        text += fmt::format(" ({})", percent_text(*check.value, *check.base));
    return text + " from " + format_size(*check.base);
}

}  // namespace

std::string checks_text(const std::vector<Check>& checks, bool color) {
    std::string text;
    for (const Check& check : checks) {
        const std::string result = check.ok ? "ok" : colored("FAIL", Color::red, color);
        if (!check.value || !check.limit) {
            const std::string& reason = check.reason.empty() ? std::string("complete") : check.reason;
            text += fmt::format("{} {} {} ({}: {})\n", result, check.name, reason, where(check),
                                explanation(check));
        } else if (check.base) {
            text += fmt::format("{} {} {}: {}\n", result, check.name, where(check), explanation(check));
        } else {
            text += fmt::format("{} {} {} {} {} ({}: {})\n", result, check.name, device_name(check.device),
                                *check.value, *check.limit, where(check), explanation(check));
        }
    }
    return text;
}

void write_checks(json::JsonWriter& to, const std::vector<Check>& checks, CheckSubjects subjects) {
    to.begin_array();
    for (const Check& check : checks) {
        to.begin_object();
        if (!check.archive.empty()) {
            to.key("archive").value(check.archive);
            write_optional(to, "rank", check.rank);
        }
        to.key("name").value(check.name);
        to.key("device").value(check.device);
        if (subjects == CheckSubjects::as_key && !check.subject.empty()) to.key("key").value(check.subject);
        write_optional(to, "value", check.value);
        write_optional(to, "limit", check.limit);
        if (check.base) to.key("base").value(*check.base);
        to.key("ok").value(check.ok);
        if (!check.reason.empty()) to.key("reason").value(check.reason);
        to.end_object();
    }
    to.end_array();
}

std::string github_errors(const std::vector<Check>& checks) {
    std::string text;
    for (const Check& check : checks) {
        if (check.ok) continue;
        text += workflow_command("error", fmt::format("snapq {}", check.name),
                                 fmt::format("{}: {}", where(check), explanation(check)));
    }
    return text;
}

std::string no_base_warning(const std::string& base, bool for_github) {
    const std::string text = fmt::format(
        "no base: nothing was compared and no limit was checked, because {} does not exist", printable(base));
    if (!for_github) return fmt::format("snapq: warning: {}\n", text);
    return workflow_command("warning", "snapq diff", text);
}

std::string no_base_markdown(const std::string& base) {
    return fmt::format("**snapq diff: no base, nothing was compared**: {} does not exist\n",
                       escape_markdown(printable(base)));
}

std::string checks_markdown(const std::vector<Check>& checks) {
    if (checks.empty()) return {};
    std::string text = "| Check | Where | Value | Limit | Result |\n|---|---|---:|---:|---|\n";
    for (const Check& check : checks) {
        text += fmt::format("| {} | {} | {} | {} | {} |\n", check.name, escape_markdown(where(check)),
                            value_cell(check), check.limit ? amount(check, *check.limit) : "",
                            check.ok ? "ok" : "**FAIL**");
    }
    return text;
}

}  // namespace snapq::render
