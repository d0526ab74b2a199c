#include "snapshot/find_snapshots.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "support/error.hpp"
#include "support/text.hpp"

namespace snapq::snapshot {
namespace {

// Users nest snapshots one or two levels deep. The limit keeps the search from nesting as deep as the file.
constexpr std::size_t k_deepest_search = 8;

// The limit for repeated references to snapshots is this number, plus one for each 100 bytes of the file,
// which is about the size of the smallest snapshot.
constexpr std::uint64_t k_repeated = 1'000;
constexpr std::uint64_t k_bytes_of_repeated = 100;

// The longest key in a path, in bytes.
constexpr std::size_t k_longest_key = 100;

std::string shortened(std::string_view text) {
    if (text.size() <= k_longest_key) return std::string(text);
    std::size_t length = k_longest_key;
    while (length > 0 && continues_character(text[length])) --length;
    return std::string(text.substr(0, length)).append("…");
}

class Search {
public:
    explicit Search(const Builder& builder) : m_builder(builder) {}

    FoundSnapshots run(const Value& root) {
        if (is_snapshot(root) || m_builder.is_empty_list(root)) {
            m_found.snapshots.push_back({root, {}, {}, false});
        } else if (is_container(root)) {
            static_cast<void>(search(root));
        }
        return std::move(m_found);
    }

private:
    // The second form is the list that torch.cuda.memory_snapshot() and the first versions of _snapshot()
    // return.
    [[nodiscard]] bool is_snapshot(const Value& value) const {
        return is_record(value, Record::snapshot) || m_builder.is_sequence_of(value, Record::segment);
    }

    [[nodiscard]] static bool is_container(const Value& value) { return is_record(value, Record::extra); }

    // The snapshots that a container holds: a part of m_found.snapshots.
    struct SnapshotRange {
        std::size_t first = 0;
        std::size_t end = 0;
        std::size_t depth = 0;  // of the container: containers around it
    };

    // Whether the container holds a snapshot. A container that is in the file several times is searched once.
    bool search(const Value& container) {
        if (const auto range = m_searched.find(container.id); range != m_searched.end())
            return repeat(range->second);
        if (m_open.size() == k_deepest_search) return false;
        m_searched.try_emplace(container.id);  // holds nothing while it is being searched
        const std::size_t first = m_found.snapshots.size();
        m_open.push_back(static_cast<std::uint32_t>(m_found.others.size()));
        m_found.others.emplace_back();
        const bool is_dict = m_builder.extra_values.is_dict(container);
        const std::span<const Value> items = m_builder.extra_values.items(container);
        bool holds_one = false;
        for (std::size_t i = 0; i < items.size(); i += is_dict ? 2 : 1) {
            const Value key = is_dict ? items[i] : Value::integer(static_cast<std::int64_t>(i));
            const Value& value = items[is_dict ? i + 1 : i];
            m_keys.emplace_back(key, is_dict);
            if (value.kind == Kind::cyclic && !m_found.unclear) m_found.unclear = current_key();
            const bool is_one = take(value) || (is_container(value) && search(value));
            m_keys.pop_back();
            if (!is_one) m_found.others[m_open.back()].push_back({key, value});
            holds_one |= is_one;
        }
        m_open.pop_back();
        m_searched[container.id] = {first, m_found.snapshots.size(), m_open.size()};
        return holds_one;
    }

    // Adds the snapshots of a container again, under the current key. Returns whether there are any.
    bool repeat(const SnapshotRange& range) {
        for (std::size_t i = range.first; i < range.end; ++i) {
            charge_repeated();
            FoundSnapshot again{m_found.snapshots[i].value, current_key(), m_open, true};
            const FoundSnapshot& found = m_found.snapshots[i];
            again.key.steps.insert(again.key.steps.end(),
                                   found.key.steps.begin() + static_cast<std::ptrdiff_t>(range.depth),
                                   found.key.steps.end());
            again.containers.insert(again.containers.end(),
                                    found.containers.begin() + static_cast<std::ptrdiff_t>(range.depth),
                                    found.containers.end());
            m_found.snapshots.push_back(std::move(again));
        }
        return range.first < range.end;
    }

    // Adds the value if it is a snapshot, and returns whether it is one.
    bool take(const Value& value) {
        if (!is_snapshot(value)) return false;
        const bool is_new = m_taken.insert(std::uint64_t{value.type} << 32 | value.id).second;
        if (!is_new) charge_repeated();
        m_found.snapshots.push_back({value, current_key(), m_open, !is_new});
        return true;
    }

    // Another reference takes two bytes in the file, but may become an archive.
    void charge_repeated() {
        const std::uint64_t limit = k_repeated + m_builder.offset() / k_bytes_of_repeated;
        if (++m_repeated <= limit) return;
        throw InputError(fmt::format("{}: the snapshots of the file are in it again more than {} times",
                                     current_key().path(), limit));
    }

    [[nodiscard]] SnapshotKey current_key() const {
        SnapshotKey key;
        for (const auto& [value, is_dict] : m_keys) {
            SnapshotKey::Step& step = key.steps.emplace_back();
            if (is_dict) {
                step.key = value.is_text() ? shortened(m_builder.text_of(value.id))
                                           : key_text(value, m_builder.symbols).value_or("?");
            } else {
                step.position = value.as_integer();
            }
        }
        return key;
    }

    const Builder& m_builder;
    FoundSnapshots m_found;
    std::vector<std::uint32_t> m_open;           // the containers that are being searched
    std::vector<std::pair<Value, bool>> m_keys;  // the path of the current value; true: the key of a dict
    std::unordered_map<std::uint32_t, SnapshotRange> m_searched;
    std::unordered_set<std::uint64_t> m_taken;
    std::uint64_t m_repeated = 0;
};

}  // namespace

FoundSnapshots find_snapshots(const Builder& builder, const Value& root) {
    return Search(builder).run(root);
}

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
