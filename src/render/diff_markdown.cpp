#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "render/call_tree.hpp"
#include "render/checks.hpp"
#include "render/diff.hpp"
#include "render/diff_rows.hpp"
#include "render/escape.hpp"
#include "render/terminal_text.hpp"
#include "support/devices.hpp"
#include "support/numbers.hpp"

namespace snapq::render {
namespace {

using report::DiffDevice;
using report::DiffReport;
using report::DiffRow;

constexpr std::size_t k_reserve = 2'000;  // bytes that are kept free for sums and the ends of tables

constexpr std::string_view k_row_head =
    "| Status | {} | Base | New | Delta | Count | Base max | New max "
    "|\n|---|---|---:|---:|---:|---:|---:|---:|\n";

std::string cell(AnyText text, std::size_t width = k_comment_name_width) {
    return escape_markdown(keep_start(text, width));
}

std::string row_text(const DiffRow& row, std::string_view status, std::string_view name) {
    const bool plain = status.empty();
    return fmt::format("| {} | {} | {} | {} | {} | {} → {} | {} | {} |\n", status, name,
                       format_size(row.base_bytes), format_size(row.new_bytes), delta_text(row.delta()),
                       format_count(row.base_count), format_count(row.new_count),
                       plain && !row.base_max ? "" : maximum_text(row.base_max),
                       plain && !row.new_max ? "" : maximum_text(row.new_max));
}

std::string row_text(const DiffRow& row, std::string_view status) {
    std::string name = cell(row.label);
    for (const std::string& note : {why_text(row), older_text(row)}) {
        if (!status.empty() && !note.empty()) name += "<br>" + escape_markdown(note);
    }
    return row_text(row, status, name);
}

// A row with the lines of its function below it.
std::string rows_text(const DiffRow& row) {
    std::string text = row_text(row, name_of(row.status()));
    const ShownRows shown = shown_lines(row);
    for (const DiffRow& line : shown.rows) {
        text += row_text(line, name_of(line.status()), "↳ " + cell(line_name(line)));
    }
    if (shown.others) text += row_text(*shown.others, "", "↳ " + cell(shown.others->label));
    return text;
}

class DiffMarkdownWriter {
public:
    DiffMarkdownWriter(const DiffReport& report, const DiffStyle& style) : m_report(report), m_style(style) {}

    std::string write() {
        write_headline();
        for (const DiffDevice& device : m_report.devices) write_device(device);
        write_settings();
        for (const UntrustedText& text : m_report.remarks) add(fmt::format("- {}\n", cell(text, 1000)));
        // The details come last, so that the rows of one device never use up the room for the totals of the
        // next.
        for (const DiffDevice& device : m_report.devices) {
            if (!write_details(device)) break;
        }
        return std::move(m_text);
    }

private:
    // Adds all of `text`, or nothing when there is no room for it.
    bool add(std::string_view text) {
        if (m_text.size() + text.size() > k_comment_bytes - k_reserve) return false;
        m_text += text;
        return true;
    }

    void write_headline() {
        const auto failed = std::ranges::count(m_report.checks, false, &report::Check::ok);
        std::string_view sign;
        if (!m_report.checks.empty()) sign = failed > 0 ? "❌ " : "✅ ";
        add(fmt::format("### {}snapq diff: {}\n\n", sign, cell(title_of(m_report), 200)));
        for (const UntrustedText& text : m_report.warnings)
            add(fmt::format("> ⚠️ {}\n\n", cell(text, 1000)));
        if (m_report.checks.empty()) return;
        // A limit, because many rows may exceed --max-row-growth.
        constexpr std::size_t k_most_checks = 30;
        const std::size_t shown = std::min(k_most_checks, m_report.checks.size());
        for (std::size_t i = 0; i < shown; ++i) {
            const report::Check& check = m_report.checks[i];
            if (check.ok || check.subject.empty()) continue;
            add(fmt::format("- **{}**: {} grew by {}\n", check.name, cell(check.subject),
                            size_text(check.value)));
        }
        if (!m_text.ends_with("\n\n")) add("\n");
        add("\n" +
            checks_markdown(
                {m_report.checks.begin(), m_report.checks.begin() + static_cast<std::ptrdiff_t>(shown)}) +
            "\n");
    }

    void write_device(const DiffDevice& device) {
        add(fmt::format("| {} | Base | New | Delta | |\n|---|---:|---:|---:|---:|\n",
                        device_title(device.device)));
        for (const NamedFigure& total : totals_of(device)) {
            const auto text = [&](report::MaybeInteger value) {
                return total.is_bytes || !value ? size_text(value) : format_count(*value);
            };
            const auto delta = total.figure.delta();
            add(fmt::format(
                "| {} | {} | {} | {} | {} |\n", cell(total.name), text(total.figure.base),
                text(total.figure.newer),
                total.is_bytes || !delta ? delta_text(delta) : (*delta > 0 ? "+" : "") + format_count(*delta),
                growth_text(total.figure)));
        }
        add("\n");
        write_moment(device.base_at, "base");
        write_moment(device.new_at, "new");
        add("\n");
        if (device.tree) {
            // The first rows always have room.
            if (!add(compared_tree_markdown(*device.tree, true)))
                add(compared_tree_markdown(*device.tree, false));
        } else if (device.rows_known) {
            write_rows(device);
        }
    }

    void write_moment(const std::optional<report::DiffMoment>& at, std::string_view side) {
        if (!at) return;
        const std::string site = at->site.empty() ? "" : ", reached by " + cell(at->site);
        add(fmt::format("- {} {}: {}{}\n", side, cell(at->moment), cell(moment_text(*at)), site));
    }

    void write_rows(const DiffDevice& device) {
        const std::string head = fmt::format(fmt::runtime(k_row_head), m_report.by);
        const ShownRows shown = shown_rows(device, m_style.top.value_or(k_comment_rows));
        add(head);
        for (const DiffRow& row : shown.rows) add(rows_text(row));
        if (shown.others) add(row_text(*shown.others, ""));
        add(row_text(device.total(), ""));
        add("\n");
    }

    // Returns false when there was not enough room.
    bool write_details(const DiffDevice& device) {
        const std::size_t first = m_style.top.value_or(k_comment_rows);
        const std::size_t rows = device.rows.size() + device.others.count;
        if (rows <= first) return true;
        const std::size_t count = rows - first;
        const std::string summary = fmt::format("{}: {}", device_label(device.device),
                                                counted(static_cast<std::int64_t>(count), "more row"));
        if (!add(fmt::format("\n<details><summary>{}</summary>\n\n{}", summary,
                             fmt::format(fmt::runtime(k_row_head), m_report.by)))) {
            return false;
        }
        std::size_t at = first;
        while (at < device.rows.size() && add(rows_text(device.rows[at]))) ++at;
        // The end of the section fits into the reserve.
        const bool all = at == rows;
        if (!all) m_text += row_text(*shown_rows(device, at).others, "");
        m_text += "\n</details>\n";
        return all;
    }

    void write_settings() {
        if (m_report.settings.empty()) return;
        add("| Setting that differs | Base | New |\n|---|---|---|\n");
        const auto value = [](const std::optional<UntrustedText>& text) {
            return text ? cell(*text) : std::string("not recorded");
        };
        for (const report::DiffSetting& setting : m_report.settings) {
            add(fmt::format("| {} | {} | {} |\n", cell(setting.key), value(setting.base),
                            value(setting.newer)));
        }
        add("\n");
    }

    const DiffReport& m_report;
    const DiffStyle& m_style;
    std::string m_text;
};

}  // namespace

std::string diff_markdown(const DiffReport& report, const DiffStyle& style) {
    return DiffMarkdownWriter(report, style).write();
}

}  // namespace snapq::render
