#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <variant>

#include "archive/sqlite/bulk_inserter.hpp"
#include "archive/tables/tables.hpp"

namespace snapq::archive::tables {
namespace {

using MetaValue = std::variant<std::int64_t, std::string>;

// Over all devices.
timeline::CategoryBasis category_basis(const DatabaseContents& contents) {
    timeline::CategoryBasis basis = timeline::CategoryBasis::none;
    for (const DeviceContents& device : contents.devices)
        basis = std::max(basis, device.tables->categories.basis);
    return basis;
}

std::int64_t inferred_phases(const DatabaseContents& contents) {
    std::int64_t inferred = 0;
    for (const DeviceContents& device : contents.devices) inferred += device.tables->categories.inferred;
    return inferred;
}

// The basis of the first device that has steps.
std::string_view step_basis(const DatabaseContents& contents) {
    const auto found = std::ranges::find_if(
        contents.devices, [](const DeviceContents& device) { return !device.tables->steps.empty(); });
    return found == contents.devices.end() ? "none" : found->tables->step_basis;
}

// Sorted by the key of the table.
std::map<std::string, MetaValue> meta_of(const DatabaseContents& contents) {
    const Manifest& manifest = contents.manifest;
    std::map<std::string, MetaValue> meta{
        {"format_version", manifest.format_version},
        {"snapq_version", manifest.snapq_version},
        {"preexisting", std::string(archive::name_of(manifest.preexisting))},
        // An integer, because view allocs compares it with an integer column.
        {"viewer_device", manifest.viewer_device},
        {"source_name", manifest.source_name},
        {"source_bytes", static_cast<std::int64_t>(manifest.source_bytes)},
        {"source_kind", manifest.source_kind},
        {"timeline_exact", std::int64_t{manifest.timeline_exact}},
    };
    meta.emplace("category_basis", std::string(report::name_of(category_basis(contents))));
    meta.emplace("step_basis", std::string(step_basis(contents)));
    if (const std::int64_t inferred = inferred_phases(contents); inferred > 0)
        meta.emplace("inferred_backward", inferred);
    if (contents.snapshot.made_by_profile_plot)
        meta.emplace("cpu_device", std::int64_t{contents.snapshot.traces.back().device});
    if (!manifest.source_key.empty()) meta.emplace("source_key", manifest.source_key);
    if (manifest.rank) meta.emplace("rank", *manifest.rank);
    for (const auto& [key, value] : manifest.labels) meta.emplace("label." + key, value);
    return meta;
}

}  // namespace

void write_manifest_tables(sqlite::Connection& connection, const DatabaseContents& contents) {
    sqlite::BulkInserter meta(connection, "meta");
    for (const auto& [key, value] : meta_of(contents)) {
        std::visit([&meta, &name = key](const auto& held) { meta.insert(name, held); }, value);
    }
    sqlite::BulkInserter anomalies(connection, "anomalies");
    for (const AnomalyRecord& anomaly : contents.manifest.anomalies) {
        anomalies.insert(anomaly.device, anomaly.kind, anomaly.count, anomaly.first_event);
    }
}

}  // namespace snapq::archive::tables
