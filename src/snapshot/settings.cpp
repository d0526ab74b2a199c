#include "snapshot/assembler.hpp"

#include <map>
#include <optional>
#include <span>
#include <string_view>

#include "support/devices.hpp"
#include "support/numbers.hpp"

namespace snapq::snapshot {
namespace {

// The deepest level of nested dicts that is flattened; PyTorch has one level.
constexpr int k_deepest_setting = 8;

// Bytes that are charged for each visit of a value, since there can be very many paths to the values of dicts
// that share them.
constexpr std::uint64_t k_visit_bytes = 16;

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
            const TextId name = m_builder.key_text(pairs[i]);
            if (!name) {
                m_builder.count_dropped();
                continue;
            }
            visit(prefix, m_builder.symbols.text(name), pairs[i + 1], depth);
            if (m_is_full) return m_builder.count_dropped();
        }
    }

    // Charges the key before it is put together.
    void visit(const std::string& prefix, std::string_view name, const Value& value, int depth) {
        m_is_full = !m_builder.charge_kept(k_visit_bytes + prefix.size() + name.size());
        if (m_is_full) return;
        const std::string key = std::string(prefix).append(name);
        const bool is_dict = is_record(value, Record::extra) && m_builder.extra_values.is_dict(value);
        if (is_dict && depth < k_deepest_setting && !m_builder.extra_values.items(value).empty()) {
            return flatten(value, key + ".", depth + 1);
        }
        if (!keep(key, value)) m_builder.count_dropped();
    }

    [[nodiscard]] bool keep(const std::string& key, const Value& value) {
        const TextId id = value.is_text() ? TextId(value.id) : m_builder.extra_value(value);
        if (!id) return false;
        const std::string_view text = m_builder.symbols.text(id);
        m_is_full = !m_builder.charge_kept(text.size());
        if (m_is_full || !m_builder.charge(key.size() + text.size())) return false;
        if (m_settings.size() == k_most_settings && !m_settings.contains(key)) return false;
        m_settings[key] = text;
        return true;
    }

    Builder& m_builder;
    SettingsMap m_settings;
    bool m_is_full = false;  // the budget is spent
};

// The device that a key names, in a dict with one entry per device.
std::optional<std::int64_t> device_of_key(const Builder& builder, const Value& key) {
    if (key.kind == Kind::integer) return key.as_integer();
    return key.is_text() ? parse_integer(builder.text_of(key.id)) : std::nullopt;
}

// Whether a device of this number can have a trace.
bool can_have_trace(std::int64_t device) {
    return device >= k_host_device && device < static_cast<std::int64_t>(k_most_devices);
}

// A setting whose value is a number for all devices, a list by device, or a dict by device.
class DeviceSetting {
public:
    DeviceSetting(const Builder& builder, const Value& value) {
        m_of_all = Fields::to_integer(value);
        if (is_record(value, Record::pair)) {  // a list of two integers
            m_by_device = {{0, builder.pairs[value.id].first}, {1, builder.pairs[value.id].second}};
        }
        if (!is_record(value, Record::extra)) return;
        const bool is_dict = builder.extra_values.is_dict(value);
        const std::span<const Value> items = builder.extra_values.items(value);
        for (std::size_t i = 0; i < items.size(); i += is_dict ? 2 : 1) {
            const auto device =
                is_dict ? device_of_key(builder, items[i]) : std::optional(static_cast<std::int64_t>(i));
            if (!device || !can_have_trace(*device)) continue;
            m_by_device.emplace(*device, Fields::to_integer(items[is_dict ? i + 1 : i]));
        }
    }

    [[nodiscard]] std::optional<std::int64_t> of(std::int64_t device) const {
        if (m_of_all) return m_of_all;
        const auto found = m_by_device.find(device);
        return found != m_by_device.end() ? found->second : std::nullopt;
    }

private:
    std::optional<std::int64_t> m_of_all;
    std::map<std::int64_t, std::optional<std::int64_t>> m_by_device;
};

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
    const auto read = [&](std::string_view key) -> std::optional<DeviceSetting> {
        const std::optional<Value> value = find_setting(builder, settings, key);
        if (!value) return std::nullopt;
        return DeviceSetting(builder, *value);
    };
    const std::optional<DeviceSetting> overflowed = read("trace_alloc_overflowed");
    const std::optional<DeviceSetting> most = read("trace_alloc_max_entries");
    for (DeviceTrace& trace : traces) {
        if (overflowed) {
            const auto number = overflowed->of(trace.device);
            if (number) trace.overflowed = *number != 0;
        }
        if (most) trace.max_entries = most->of(trace.device);
    }
}

}  // namespace snapq::snapshot
