#include "report/figure_list.hpp"

#include <vector>

namespace snapq::report {
namespace {

template <typename Row>
FigureValue figure_value(const Column<Row>& column, const Row& row) {
    const MaybeInteger value = column.value_of(row);
    if (!value) return {};
    if (std::holds_alternative<bool Row::*>(column.member)) return *value != 0;
    return *value;
}

FigureValue peak_site(const DeviceSummary& device) {
    return device.peak_site ? FigureValue(device.peak_site->key) : FigureValue();
}

FigureValue growth(const DeviceSummary& device) {
    const MaybeInteger bytes = device.figures.growth_bytes();
    return bytes ? FigureValue(*bytes) : FigureValue();
}

std::vector<NamedFigure> make_device_list() {
    std::vector<NamedFigure> list;
    for (const auto& column : k_device_columns) {
        if (column.description.empty()) continue;
        list.push_back({column.name, column.description, [&column](const DeviceSummary& device) {
                            return figure_value(column, device.figures);
                        }});
        if (column.name == "peak_time_us") list.push_back({"peak_site", "who made the peak", peak_site});
        if (column.name == "unfreed_bytes") {
            list.push_back({"growth_bytes", "requested at the end minus before the first event", growth});
        }
    }
    return list;
}

std::vector<NamedFigure> make_fragmentation_list() {
    std::vector<NamedFigure> list;
    for (const auto& column : k_fragmentation_columns) {
        if (column.description.empty()) continue;
        list.push_back({column.name, column.description, [&column](const DeviceSummary& device) {
                            return device.fragmentation ? figure_value(column, *device.fragmentation)
                                                        : FigureValue();
                        }});
    }
    return list;
}

}  // namespace

std::span<const NamedFigure> device_figure_list() {
    static const std::vector<NamedFigure> list = make_device_list();
    return list;
}
std::span<const NamedFigure> fragmentation_figure_list() {
    static const std::vector<NamedFigure> list = make_fragmentation_list();
    return list;
}

}  // namespace snapq::report
