#include "snapshot/settings.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <span>
#include <string_view>

namespace snapq::snapshot {
namespace {

// PyTorch has one level.
constexpr int k_deepest_setting = 8;

// Bytes of keys and values; PyTorch has some hundred. Shared dicts and lists are repeated, so the size of the
// input is not a limit.
constexpr std::size_t k_most_bytes = std::size_t{4} << 20;

using SettingsMap = std::map<std::string, std::string>;

class Flattener {
public:
    explicit Flattener(Builder& builder) : m_builder(builder) {}

    [[nodiscard]] SettingsMap run(const Value& settings) {
        flatten(settings, "", 0);
        return std::move(m_settings);
    }

private:
    void flatten(const Value& dict, const std::string& prefix, int depth) {
        const std::span<const Value> pairs = m_builder.extra_values.items(dict);
        for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
            if (m_bytes > k_most_bytes) return m_builder.count_dropped();
            const auto key = key_text(pairs[i], m_builder.symbols);
            m_bytes += 1 + prefix.size() + (key ? key->size() : 0);
            key ? add(prefix + *key, pairs[i + 1], depth) : m_builder.count_dropped();
        }
    }

    void add(const std::string& key, const Value& value, int depth) {
        const bool is_dict = is_record(value, Record::extra) && m_builder.extra_values.is_dict(value);
        if (is_dict && depth < k_deepest_setting && !m_builder.extra_values.items(value).empty()) {
            return flatten(value, key + ".", depth + 1);
        }
        const TextId text = value.is_text() ? TextId(value.id) : m_builder.extra_value(value);
        if (!text) return;  // extra_value has counted it
        m_bytes += m_builder.symbols.text(text).size();
        const bool is_full = m_settings.size() == k_most_settings && !m_settings.contains(key);
        if (m_bytes > k_most_bytes || is_full) return m_builder.count_dropped();
        m_settings[key] = m_builder.symbols.text(text);
    }

    Builder& m_builder;
    SettingsMap m_settings;
    std::size_t m_bytes = 0;  // of all visited keys and values, also of dropped ones
};

// The value of a setting for one device.
std::optional<std::int64_t> for_device(const Builder& builder, const Value& value, std::int64_t device) {
    if (const auto number = Fields::to_integer(value)) return number;
    if (is_record(value, Record::pair) && (device == 0 || device == 1)) {  // a list of two integers
        return device == 0 ? builder.pairs[value.id].first : builder.pairs[value.id].second;
    }
    if (!is_record(value, Record::extra)) return std::nullopt;
    const std::span<const Value> items = builder.extra_values.items(value);
    if (!builder.extra_values.is_dict(value)) {
        const bool has_device = device >= 0 && static_cast<std::size_t>(device) < items.size();
        return has_device ? Fields::to_integer(items[static_cast<std::size_t>(device)]) : std::nullopt;
    }
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        if (key_text(items[i], builder.symbols) == std::to_string(device))
            return Fields::to_integer(items[i + 1]);
    }
    return std::nullopt;
}

// The value of the key; a later equal key wins, as in Python.
std::optional<Value> find_setting(const Builder& builder, const Value& settings, std::string_view key) {
    const std::span<const Value> pairs = builder.extra_values.items(settings);
    for (std::size_t i = pairs.size() / 2 * 2; i > 0; i -= 2) {
        const Value& candidate = pairs[i - 2];
        if (candidate.is_text() && builder.symbols.text(TextId(candidate.id)) == key) return pairs[i - 1];
    }
    return std::nullopt;
}

}  // namespace

void flatten_settings(Builder& builder, const Value& settings,
                      std::vector<std::pair<std::string, std::string>>& to) {
    const SettingsMap sorted = Flattener(builder).run(settings);
    to.assign(sorted.begin(), sorted.end());
}

void read_ring_settings(Builder& builder, const Value& settings, std::vector<DeviceTrace>& traces) {
    const std::optional<Value> overflowed = find_setting(builder, settings, "trace_alloc_overflowed");
    const std::optional<Value> most = find_setting(builder, settings, "trace_alloc_max_entries");
    for (DeviceTrace& trace : traces) {
        if (overflowed) {
            const auto number = for_device(builder, *overflowed, trace.device);
            if (number) trace.overflowed = *number != 0;
        }
        if (most) trace.max_entries = for_device(builder, *most, trace.device);
    }
}

}  // namespace snapq::snapshot
