#include "analysis/summary/figure_getter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "report/summary.hpp"
#include "support/error.hpp"

namespace snapq::analysis {
namespace {

using report::FigureValue;
using report::NamedFigure;

const NamedFigure* figure_named(std::string_view name) {
    for (const auto& list : {report::device_figure_list(), report::fragmentation_figure_list()}) {
        const auto found = std::ranges::find(list, name, &NamedFigure::name);
        if (found != list.end()) return &*found;
    }
    return nullptr;
}

const report::NamedOomFigure* oom_figure_named(std::string_view name) {
    const auto list = report::oom_figure_list();
    const auto found = std::ranges::find(list, name, &report::NamedOomFigure::name);
    return found == list.end() ? nullptr : &*found;
}

// Calls visit(name, description) for every figure, in the order of --list-get.
template <typename Visit>
void visit_figures(const Visit& visit) {
    for (const auto& list : {report::device_figure_list(), report::fragmentation_figure_list()}) {
        for (const NamedFigure& figure : list) visit(figure.name, figure.description);
    }
    for (const report::NamedOomFigure& figure : report::oom_figure_list())
        visit(figure.name, figure.description);
}

struct FoundOom {
    std::int64_t device = 0;
    const report::OomReport* oom = nullptr;
};

// The figures of an OOM belong together, so all describe the same one: the OOM at the moment that was asked
// for, else the earliest one.
FoundOom find_oom(const report::Summary& summary) {
    FoundOom first;
    for (const report::ArchiveSummary& archive : summary.archives) {
        for (const report::DeviceSummary& device : archive.devices) {
            for (const report::OomReport& oom : device.ooms) {
                const FoundOom found{device.figures.device, &oom};
                if (device.at.raw().starts_with("oom:") && device.at_event == oom.event) return found;
                const bool is_earlier =
                    first.oom == nullptr || (oom.time_us && oom.time_us < first.oom->time_us);
                if (is_earlier) first = found;
            }
        }
    }
    return first;
}

std::string text_of(const FigureValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* text = std::get_if<UntrustedText>(&value)) return text->raw();
    return {};
}

// std::variant compares the kind first. A missing value is the smallest; all other values have the same kind.
FigureValue combined(const FigureValue& a, const FigureValue& b) {
    if (std::holds_alternative<bool>(a) && std::holds_alternative<bool>(b))
        return std::get<bool>(a) && std::get<bool>(b);
    return std::max(a, b);
}

FigureValue value_over(const report::Summary& summary, const NamedFigure& figure) {
    FigureValue value;
    std::int64_t highest_peak = -1;
    for (const report::ArchiveSummary& archive : summary.archives) {
        for (const report::DeviceSummary& device : archive.devices) {
            if (!report::counts_in_archive(archive, device)) continue;
            const FigureValue of_device = figure.get(device);
            if (!std::holds_alternative<UntrustedText>(of_device)) {
                value = combined(value, of_device);
            } else if (device.figures.peak_requested_bytes.value_or(0) > highest_peak) {
                highest_peak = device.figures.peak_requested_bytes.value_or(0);
                value = of_device;
            }
        }
    }
    return value;
}

}  // namespace

void require_figure_names(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        if (figure_named(name) != nullptr || oom_figure_named(name) != nullptr) continue;
        throw UsageError(fmt::format("--get: there is no figure '{}'", name))
            .with_hint("see 'snapq summary --list-get'");
    }
}

GotFigures get_figures(const report::Summary& summary, const std::vector<std::string>& names) {
    GotFigures got;
    const FoundOom found = find_oom(summary);
    for (const std::string& name : names) {
        const report::NamedOomFigure* of_oom = oom_figure_named(name);
        FigureValue value;
        if (of_oom == nullptr) {
            value = value_over(summary, *figure_named(name));
        } else if (found.oom != nullptr) {
            value = of_oom->get(found.device, *found.oom);
        }
        if (std::holds_alternative<std::monostate>(value)) got.missing.push_back(name);
        // A figure must be one line, but names of functions in a snapshot may contain line feeds.
        std::string line = text_of(value);
        std::ranges::replace(line, '\n', ' ');
        got.text += line + "\n";
    }
    return got;
}

std::string figure_list_text() {
    std::string text;
    visit_figures([&text](std::string_view name, std::string_view description) {
        text += fmt::format("{:<29} {}\n", name, description);
    });
    return text;
}

std::vector<std::string> figure_names() {
    std::vector<std::string> names;
    visit_figures([&names](std::string_view name, std::string_view) { names.emplace_back(name); });
    return names;
}

}  // namespace snapq::analysis
