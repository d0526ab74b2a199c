#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "render/call_tree.hpp"
#include "render/diff.hpp"
#include "render/diff_rows.hpp"
#include "render/escape.hpp"
#include "render/terminal_text.hpp"
#include "support/devices.hpp"
#include "support/numbers.hpp"

namespace snapq::render {
namespace {

using report::DiffDevice;
using report::DiffMoment;
using report::DiffReport;
using report::DiffRow;
using report::DiffStatus;

constexpr std::size_t k_columns = 80;
constexpr std::size_t k_default_top = 10;
constexpr std::size_t k_status_width = 9;
constexpr std::size_t k_name_width = 26;

// Padded to a number of terminal columns, not of bytes.
std::string right(std::string_view text, std::size_t width) {
    const std::size_t wide = display_width(text);
    return std::string(width > wide ? width - wide : 0, ' ') + std::string(text);
}

std::string left(std::string_view text, std::size_t width) {
    const std::size_t wide = display_width(text);
    return std::string(text) + std::string(width > wide ? width - wide : 0, ' ');
}

class TextWriter {
public:
    TextWriter(const DiffReport& report, const DiffStyle& style) : m_report(report), m_style(style) {}

    std::string write() {
        line(printable(title_of(m_report)));
        for (const DiffDevice& device : m_report.devices) write_device(device);
        write_settings();
        write_remarks();
        return std::move(m_text);
    }

private:
    void line(std::string_view text) {
        m_text.append(text.substr(0, text.find_last_not_of(' ') + 1)) += '\n';
    }

    [[nodiscard]] std::string paint(std::string_view text, Color color) const {
        return colored(text, color, m_style.color);
    }
    // Red is more memory, green is less.
    [[nodiscard]] std::string paint(std::string_view text, DiffStatus status) const {
        switch (status) {
            case DiffStatus::added:
            case DiffStatus::grown: return paint(text, Color::red);
            case DiffStatus::removed:
            case DiffStatus::shrunk: return paint(text, Color::green);
            case DiffStatus::same: break;
        }
        return paint(text, Color::faint);
    }

    void write_device(const DiffDevice& device) {
        m_text += '\n';
        const std::string head = paint(left(device_label(device.device), k_name_width + 2), Color::bold);
        const bool both = m_report.base.has_value();
        line(head + (both ? right("base", 13) : "") + right("new", 13) + (both ? right("delta", 14) : ""));
        for (const NamedFigure& total : totals_of(device)) write_total(total);
        write_moment(device.base_at, "base");
        write_moment(device.new_at, "new");
        if (device.tree) {
            m_text += compared_tree_text(*device.tree, k_columns);
        } else if (device.rows_known) {
            write_rows(device);
        }
    }

    void write_total(const NamedFigure& total) {
        const auto text = [&](report::MaybeInteger value) {
            return total.is_bytes || !value ? size_text(value) : format_count(*value);
        };
        if (!m_report.base) {
            line("  " + left(total.name, k_name_width) + right(text(total.figure.newer), 13));
            return;
        }
        const report::MaybeInteger delta = total.figure.delta();
        const std::string change = total.is_bytes ? delta_text(delta)
                                   : delta        ? (*delta > 0 ? "+" : "") + format_count(*delta)
                                                  : "?";
        line("  " + left(total.name, k_name_width) + right(text(total.figure.base), 13) +
             right(text(total.figure.newer), 13) + right(change, 14) + right(growth_text(total.figure), 11));
    }

    void write_moment(const std::optional<DiffMoment>& at, std::string_view side) {
        if (!at) return;
        const std::string head = fmt::format("  {:<5}{}: {}", side, printable(at->moment), moment_text(*at));
        const std::string site = at->site.empty() ? "" : ", reached by " + printable(at->site);
        if (display_width(head) + display_width(site) <= k_columns) {
            line(head + site);
            return;
        }
        line(head + ',');
        line("       " + keep_end(site.substr(2), k_columns - 7));
    }

    void write_rows(const DiffDevice& device) {
        const ShownRows shown = shown_rows(device, m_style.top.value_or(k_default_top));
        m_text += '\n';
        line(left("status", k_status_width) + m_report.by);
        line(right("delta", 13) + right("base", 12) + right("new", 12) + right("count", 15) +
             right("base max", 14) + right("new max", 14));
        line(std::string(k_columns, '-'));
        for (const DiffRow& row : shown.rows) {
            write_row(row, paint(left(name_of(row.status()), k_status_width), row.status()));
            write_lines(row);
            write_stack(row);
        }
        if (shown.others) write_row(*shown.others, "");
        line(std::string(k_columns, '-'));
        write_row(device.total(), "");
    }

    void write_row(const DiffRow& row, const std::string& status) {
        const std::size_t indent = status.empty() ? 0 : k_status_width;
        line(status + keep_start(row.label, k_columns - indent));
        for (const std::string& note : {why_text(row), older_text(row)}) {
            if (!status.empty() && !note.empty()) line(std::string(indent, ' ') + note);
        }
        const auto maximum = [&](const std::optional<report::DiffMaximum>& most) {
            return most || !status.empty() ? maximum_text(most) : "";
        };
        line(paint(right(delta_text(row.delta()), 13), row.status()) +
             right(format_size(row.base_bytes), 12) + right(format_size(row.new_bytes), 12) +
             right(counts(row), 15) + right(maximum(row.base_max), 14) + right(maximum(row.new_max), 14));
    }

    void write_stack(const DiffRow& row) {
        for (const UntrustedText& frame : row.stack) line("    " + keep_end(frame, k_columns - 4));
    }

    void write_lines(const DiffRow& function) {
        const ShownRows shown = shown_lines(function);
        for (const DiffRow& row : shown.rows) write_line(row);
        if (shown.others) write_line(*shown.others);
    }

    // Writes a line of a function below the row of the function. It has the same columns, but its name is in
    // the columns of the maxima.
    void write_line(const DiffRow& row) {
        constexpr std::size_t k_name = 26;
        line(paint(right(delta_text(row.delta()), 13), row.status()) +
             right(format_size(row.base_bytes), 12) + right(format_size(row.new_bytes), 12) +
             right(counts(row), 15) + "  " + keep_start(line_name(row), k_name));
    }

    [[nodiscard]] static std::string counts(const DiffRow& row) {
        if (row.base_count == row.new_count) return format_count(row.new_count);
        return fmt::format("{} → {}", format_count(row.base_count), format_count(row.new_count));
    }

    void write_settings() {
        if (m_report.settings.empty()) return;
        m_text += "\nsettings that differ\n";
        const auto value = [](const std::optional<UntrustedText>& text) {
            return text ? fmt::format("'{}'", printable(*text)) : std::string("not recorded");
        };
        for (const report::DiffSetting& setting : m_report.settings) {
            line(fmt::format("  {}: {} → {}", printable(setting.key), value(setting.base),
                             value(setting.newer)));
        }
    }

    void write_remarks() {
        if (m_report.remarks.empty() && m_report.warnings.empty()) return;
        m_text += '\n';
        for (const UntrustedText& text : m_report.warnings) write_wrapped("warning: " + printable(text));
        for (const UntrustedText& text : m_report.remarks) write_wrapped("note: " + printable(text));
    }

    void write_wrapped(const std::string& text) { m_text += wrap(text, k_columns, 2, 0) + '\n'; }

    const DiffReport& m_report;
    const DiffStyle& m_style;
    std::string m_text;
};

}  // namespace

std::string diff_text(const DiffReport& report, const DiffStyle& style) {
    return TextWriter(report, style).write();
}

}  // namespace snapq::render
