#include "analysis/summary/figure_getter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

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

}  // namespace

void require_figure_names(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        if (figure_named(name) != nullptr || oom_figure_named(name) != nullptr) continue;
        throw UsageError(fmt::format("--get: there is no figure '{}'", name))
            .with_hint("see 'snapq summary --list-get'");
    }
}

FigureGetter::FigureGetter(std::vector<std::string> names) {
    for (std::string& name : names) {
        Wanted& wanted = m_wanted.emplace_back();
        wanted.of_device = figure_named(name);
        wanted.of_oom = oom_figure_named(name);
        wanted.name = std::move(name);
    }
}

void FigureGetter::add(const report::ArchiveSummary& archive) {
    for (const report::DeviceSummary& device : archive.devices) {
        if (report::counts_in_archive(archive, device)) add_device(device);
        for (const report::OomReport& oom : device.ooms) add_oom(device, oom);
    }
}

void FigureGetter::add_device(const report::DeviceSummary& device) {
    const std::int64_t peak = device.figures.peak_requested_bytes.value_or(0);
    for (Wanted& wanted : m_wanted) {
        if (wanted.of_device == nullptr) continue;
        FigureValue value = wanted.of_device->get(device);
        if (!std::holds_alternative<UntrustedText>(value)) {
            wanted.value = combined(wanted.value, value);
        } else if (peak > wanted.highest_peak) {
            wanted.highest_peak = peak;
            wanted.value = std::move(value);
        }
    }
}

void FigureGetter::add_oom(const report::DeviceSummary& device, const report::OomReport& oom) {
    if (m_oom && m_oom->is_of_moment) return;
    const bool is_of_moment = device.at.raw().starts_with("oom:") && device.at_event == oom.event;
    const bool is_earlier = !m_oom || (oom.time_us && oom.time_us < m_oom->time_us);
    if (!is_of_moment && !is_earlier) return;
    m_oom = {is_of_moment, oom.time_us};
    for (Wanted& wanted : m_wanted) {
        if (wanted.of_oom != nullptr) wanted.value = wanted.of_oom->get(device.figures.device, oom);
    }
}

GotFigures FigureGetter::take() {
    GotFigures got;
    for (Wanted& wanted : m_wanted) {
        if (std::holds_alternative<std::monostate>(wanted.value)) got.missing.push_back(wanted.name);
        // A figure must be one line, but names of functions in a snapshot may contain line feeds.
        std::string line = text_of(wanted.value);
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
