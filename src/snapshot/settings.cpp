#include "snapshot/settings.hpp"

#include <fmt/format.h>

#include <map>

namespace snapq::snapshot {
namespace {

// PyTorch nests one level; a hostile file any number.
constexpr int k_deepest = 8;

using SettingsMap = std::map<std::string, std::string>;

void flatten(Builder& builder, const Value& dict, const std::string& prefix, int depth, SettingsMap& to) {
    const std::span<const Value> view = builder.loose.items(dict);
    const std::vector<Value> pairs(view.begin(), view.end());
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
        const auto key = key_text(pairs[i], builder.symbols);
        const Value& value = pairs[i + 1];
        if (!key) {
            builder.count_dropped();
        } else if (is_record(value, Record::loose) && builder.loose.is_dict(value) && depth < k_deepest &&
                   !builder.loose.items(value).empty()) {
            flatten(builder, value, prefix + *key + ".", depth + 1, to);
        } else if (value.is_text()) {
            to[prefix + *key] = builder.symbols.text(TextId(value.id));
        } else if (const TextId json = builder.extra_value(value)) {
            to[prefix + *key] = builder.symbols.text(json);
        }
    }
}

// The setting's value for one device.
std::optional<std::int64_t> for_device(const Builder& builder, const Value& value, std::int64_t device) {
    if (const auto number = Fields::to_integer(value)) return number;
    if (is_record(value, Record::pair) && (device == 0 || device == 1)) {  // a list of two integers
        return device == 0 ? builder.pairs[value.id].first : builder.pairs[value.id].second;
    }
    if (!is_record(value, Record::loose)) return std::nullopt;
    const std::span<const Value> items = builder.loose.items(value);
    if (!builder.loose.is_dict(value)) {
        const bool there = device >= 0 && static_cast<std::size_t>(device) < items.size();
        return there ? Fields::to_integer(items[static_cast<std::size_t>(device)]) : std::nullopt;
    }
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        if (key_text(items[i], builder.symbols) == std::to_string(device))
            return Fields::to_integer(items[i + 1]);
    }
    return std::nullopt;
}

}  // namespace

void flatten_settings(Builder& builder, const Value& settings,
                      std::vector<std::pair<std::string, std::string>>& to) {
    SettingsMap sorted;
    flatten(builder, settings, "", 0, sorted);
    to.assign(sorted.begin(), sorted.end());
}

void read_ring_settings(Builder& builder, const Value& settings, std::vector<DeviceTrace>& traces) {
    const std::span<const Value> pairs = builder.loose.items(settings);
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
        if (!pairs[i].is_text()) continue;
        const std::string_view key = builder.symbols.text(TextId(pairs[i].id));
        for (DeviceTrace& trace : traces) {
            const auto number = for_device(builder, pairs[i + 1], trace.device);
            if (!number) continue;
            if (key == "trace_alloc_overflowed") trace.overflowed = *number != 0;
            if (key == "trace_alloc_max_entries") trace.max_entries = *number;
        }
    }
}

}  // namespace snapq::snapshot
