#include <fmt/format.h>

#include <map>
#include <string>
#include <variant>

#include "archive/sqlite/bulk_inserter.hpp"
#include "archive/tables/tables.hpp"

namespace snapq::archive::tables {
namespace {

using MetaValue = std::variant<std::int64_t, std::string>;

// Sorted by the key of the table.
std::map<std::string, MetaValue> meta_of(const Manifest& manifest) {
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
    if (!manifest.source_key.empty()) meta.emplace("source_key", manifest.source_key);
    if (manifest.rank) meta.emplace("rank", *manifest.rank);
    for (const auto& [key, value] : manifest.labels) meta.emplace("label." + key, value);
    return meta;
}

}  // namespace

void write_manifest_tables(sqlite::Connection& connection, const Manifest& manifest) {
    sqlite::BulkInserter meta(connection, "meta");
    for (const auto& [key, value] : meta_of(manifest)) {
        std::visit([&meta, &name = key](const auto& held) { meta.insert(name, held); }, value);
    }
    sqlite::BulkInserter anomalies(connection, "anomalies");
    for (const AnomalyRecord& anomaly : manifest.anomalies) {
        anomalies.insert(anomaly.device, anomaly.kind, anomaly.count, anomaly.first_event);
    }
}

}  // namespace snapq::archive::tables
