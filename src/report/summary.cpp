#include "report/summary.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <tuple>
#include <vector>

namespace snapq::report {

bool UnevenLoad::same_sites() const {
    const auto has = [this](const LiveRow& row) {
        return std::ranges::find(typical_sites, row.key, &LiveRow::key) != typical_sites.end();
    };
    return !sites.empty() && sites.size() == typical_sites.size() && std::ranges::all_of(sites, has);
}

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

FigureValue figure_value(MaybeInteger value) {
    return value ? FigureValue(*value) : FigureValue();
}

FigureValue figure_value(const std::optional<UntrustedText>& text) {
    return text ? FigureValue(*text) : FigureValue();
}

std::vector<NamedOomFigure> make_oom_list() {
    std::vector<NamedOomFigure> list;
    const auto add = [&list](std::string_view name, auto OomReport::*member, std::string_view description) {
        list.push_back({name, description,
                        [member](std::int64_t, const OomReport& oom) { return figure_value(oom.*member); }});
    };
    list.push_back({"oom_device", "the device of the OOM: the first one, or that of --at oom:N",
                    [](std::int64_t device, const OomReport&) { return FigureValue(device); }});
    list.push_back({"oom_event", "its event in the trace of the device",
                    [](std::int64_t, const OomReport& oom) { return FigureValue(oom.event); }});
    list.push_back({"oom_attempts", "times that this request failed",
                    [](std::int64_t, const OomReport& oom) { return FigureValue(oom.attempts); }});
    list.push_back({"oom_site", "who asked",
                    [](std::int64_t, const OomReport& oom) { return FigureValue(oom.site.key); }});
    list.push_back({"oom_op", "the operator that asked",
                    [](std::int64_t, const OomReport& oom) { return figure_value(oom.site.op); }});
    add("oom_time_us", &OomReport::time_us, "its time, Unix microseconds");
    add("oom_requested_bytes", &OomReport::asked_bytes, "asked for");
    add("oom_segment_bytes", &OomReport::segment_bytes, "what the driver was asked for");
    add("oom_device_free_bytes", &OomReport::device_free_bytes, "free on the device");
    add("oom_short_bytes", &OomReport::short_bytes, "asked for, but not free on the device");
    add("oom_live_bytes", &OomReport::requested_bytes, "requested and live at the OOM");
    add("oom_reserved_bytes", &OomReport::reserved_bytes, "held from the driver at the OOM");
    add("oom_pool", &OomReport::pool, "pool of the request");
    add("oom_stream", &OomReport::stream, "stream of the request");
    add("oom_usable_bytes", &OomReport::usable_bytes, "free memory of the segments that could serve it");
    add("oom_usable_largest_bytes", &OomReport::usable_largest_bytes, "the largest piece of that");
    list.push_back({"oom_fits", "whether it would have fit without fragmentation",
                    [](std::int64_t, const OomReport& oom) {
                        return oom.fits_without_fragmentation ? FigureValue(*oom.fits_without_fragmentation)
                                                              : FigureValue();
                    }});
    return list;
}

}  // namespace

std::span<const NamedOomFigure> oom_figure_list() {
    static const std::vector<NamedOomFigure> list = make_oom_list();
    return list;
}
std::span<const NamedFigure> device_figure_list() {
    static const std::vector<NamedFigure> list = make_device_list();
    return list;
}
std::span<const NamedFigure> fragmentation_figure_list() {
    static const std::vector<NamedFigure> list = make_fragmentation_list();
    return list;
}

MaybeInteger highest(const ArchiveSummary& archive, MaybeInteger DeviceFigures::*figure) {
    MaybeInteger most;
    for (const DeviceSummary& device : archive.devices) {
        if (counts_in_archive(archive, device)) most = std::max(most, device.figures.*figure);
    }
    return most;
}

std::vector<std::size_t> most_important_archives(const Summary& summary, std::size_t most) {
    std::vector<std::size_t> order(summary.archives.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (order.size() <= most) return order;
    std::set<UntrustedText> outliers;
    for (const Outlier& outlier : summary.outliers) outliers.insert(outlier.archive);
    const auto importance = [&](std::size_t i) {
        const ArchiveSummary& archive = summary.archives[i];
        const auto ooms = highest(archive, &DeviceFigures::oom_events).value_or(0);
        return std::tuple(ooms > 0, outliers.contains(archive.archive),
                          highest(archive, &DeviceFigures::peak_requested_bytes));
    };
    std::ranges::stable_sort(order, std::ranges::greater(), importance);
    order.resize(most);
    std::ranges::sort(order);
    return order;
}

}  // namespace snapq::report
