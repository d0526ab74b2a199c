#include "snapshot/other_values.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "support/error.hpp"

namespace snapq::snapshot {
namespace {

constexpr const char* k_how_to_record =
    "a snapshot is made by torch.cuda.memory._record_memory_history() before the model is built and "
    "torch.cuda.memory._dump_snapshot(\"run.pickle\") afterwards";

// Dicts that users pass by mistake, by the beginning of one of their keys.
struct KnownDict {
    std::string_view key;
    std::string_view what;
};
constexpr std::array k_known_dicts{
    KnownDict{"traceEvents", "a trace of torch.profiler (Chrome's trace format)"},
    KnownDict{"allocated_bytes", "the statistics of torch.cuda.memory_stats(), which are totals only"},
    KnownDict{"active_bytes.", "the statistics of torch.cuda.memory_stats(), which are totals only"},
    KnownDict{"state_dict", "a checkpoint"},
    KnownDict{"model_state_dict", "a checkpoint"},
    KnownDict{"optimizer_state_dict", "a checkpoint"},
};

class Describer {
public:
    explicit Describer(const Builder& builder) : m_builder(builder) {}

    [[nodiscard]] std::string operator()(const Value& value) const {
        switch (value.kind) {
            case Kind::none: return "None";
            case Kind::boolean: return "a boolean";
            case Kind::integer:
            case Kind::natural:
            case Kind::real: return "a number";
            case Kind::text: return "text";
            case Kind::record: return record_text(value);
            default: return "an object";
        }
    }

private:
    [[nodiscard]] std::string record_text(const Value& value) const {
        if (is_record(value, Record::trace) || m_builder.is_sequence_of(value, Record::trace)) {
            return "the trace entries of a snapshot without the dict around them";
        }
        if (is_record(value, Record::frame) || is_record(value, Record::block) ||
            is_record(value, Record::segment) || is_record(value, Record::annotation)) {
            return "one part of a snapshot";
        }
        if (!is_record(value, Record::extra)) return "a list of something else";
        const std::span<const Value> items = m_builder.extra_values.items(value);
        return m_builder.extra_values.is_dict(value) ? dict_text(items) : list_text(items);
    }

    [[nodiscard]] std::string dict_text(std::span<const Value> items) const {
        for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
            if (!items[i].is_text()) continue;
            const std::string_view key = m_builder.text_of(items[i].id);
            const auto known = std::ranges::find_if(
                k_known_dicts, [&](const KnownDict& dict) { return key.starts_with(dict.key); });
            if (known != k_known_dicts.end()) return std::string(known->what);
        }
        return "a dict without 'segments' and 'device_traces'";
    }

    // Chrome's format is also written as a bare list of events, each with a phase.
    [[nodiscard]] std::string list_text(std::span<const Value> items) const {
        if (!items.empty() && has_key(items[0], "ph") && has_key(items[0], "name")) {
            return std::string(k_known_dicts[0].what);
        }
        return "a list of something else";
    }

    [[nodiscard]] bool has_key(const Value& value, std::string_view key) const {
        if (!is_record(value, Record::extra) || !m_builder.extra_values.is_dict(value)) return false;
        const std::span<const Value> items = m_builder.extra_values.items(value);
        for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
            if (items[i].is_text() && m_builder.text_of(items[i].id) == key) return true;
        }
        return false;
    }

    const Builder& m_builder;
};

}  // namespace

void refuse_value(const Builder& builder, const Value& value) {
    InputError error(fmt::format("the file holds {}, not a memory snapshot", Describer(builder)(value)));
    error.with_hint(k_how_to_record);
    throw error;
}

}  // namespace snapq::snapshot
