#include "render/checks.hpp"

#include <fmt/format.h>

#include "render/text_width.hpp"
#include "support/sizes.hpp"

namespace snapq::render {
namespace {

using report::Check;

std::string amount(const Check& check, std::int64_t value) {
    return check.is_bytes ? format_size(value) : format_count(value);
}

std::string place(const Check& check) {
    std::string text = fmt::format("device {}", check.device);
    if (check.rank) {
        text = fmt::format("rank {}, {}", *check.rank, text);
    } else if (!check.archive.empty()) {
        text = fmt::format("{}, {}", printable(check.archive), text);
    }
    return text;
}

std::string why_no_value(const Check& check) {
    if (check.reason == "no-trace") {
        return "the file has no trace of this device, only the state at the dump; --allow-no-trace compares "
               "that";
    }
    if (check.reason == "lower-bound")
        return "events are missing from the trace: the true peak may be higher";
    return "the archive does not have this figure";
}

std::string why_complete(const Check& check) {
    return check.reason == "no-trace" ? "there is no trace, which is allowed" : "the trace is complete";
}

// "727.28 MiB, 215.28 MiB over the limit of 512.00 MiB"
std::string explanation(const Check& check) {
    if (!check.value || !check.limit) return check.ok ? why_complete(check) : why_no_value(check);
    const std::string value = amount(check, *check.value);
    const std::string limit = amount(check, *check.limit);
    std::string text = check.ok || !check.is_bytes
                           ? fmt::format("{}, limit {}", value, limit)
                           : fmt::format("{}, {} over the limit of {}", value,
                                         amount(check, *check.value - *check.limit), limit);
    if (!check.ok && !check.subject.empty()) text += "; " + printable(check.subject);
    return text;
}

// Workflow commands are one line; % and line ends are escaped, in properties also ':' and ','.
std::string github_escaped(std::string_view text, bool property) {
    std::string escaped;
    for (const char c : text) {
        const bool special = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
        if (special) {
            escaped += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            escaped += c;
        }
    }
    return escaped;
}

void write_maybe(json::JsonWriter& to, std::string_view key, report::MaybeInteger value) {
    to.key(key);
    value ? to.value(*value) : to.null();
}

}  // namespace

std::string checks_text(const std::vector<Check>& checks) {
    std::string text;
    for (const Check& check : checks) {
        const char* verdict = check.ok ? "ok" : "FAIL";
        if (!check.value || !check.limit) {
            const std::string& reason = check.reason.empty() ? std::string("complete") : check.reason;
            text += fmt::format("{} {} {} ({}: {})\n", verdict, check.name, reason, place(check),
                                explanation(check));
        } else {
            text += fmt::format("{} {} {} {} {} ({}{})\n", verdict, check.name, check.device, *check.value,
                                *check.limit, check.archive.empty() ? "" : place(check) + ": ",
                                explanation(check));
        }
    }
    return text;
}

void write_checks(json::JsonWriter& to, const std::vector<Check>& checks) {
    to.begin_array();
    for (const Check& check : checks) {
        to.begin_object();
        if (!check.archive.empty()) {
            to.key("archive").value(check.archive);
            write_maybe(to, "rank", check.rank);
        }
        to.key("name").value(check.name);
        to.key("device").value(check.device);
        write_maybe(to, "value", check.value);
        write_maybe(to, "limit", check.limit);
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
        text +=
            fmt::format("::error title={}::{}\n", github_escaped(fmt::format("snapq {}", check.name), true),
                        github_escaped(fmt::format("{}: {}", place(check), explanation(check)), false));
    }
    return text;
}

std::string checks_markdown(const std::vector<Check>& checks) {
    if (checks.empty()) return {};
    std::string text = "| Check | Where | Value | Limit | Verdict |\n|---|---|---:|---:|---|\n";
    for (const Check& check : checks) {
        text += fmt::format("| {} | {} | {} | {} | {} |\n", check.name, place(check),
                            check.value ? amount(check, *check.value) : check.reason,
                            check.limit ? amount(check, *check.limit) : "", check.ok ? "ok" : "**FAIL**");
    }
    return text;
}

}  // namespace snapq::render
