#include "snapshot/find_snapshots.hpp"

#include <unordered_set>
#include <utility>

#include "support/utf8.hpp"

namespace snapq::snapshot {
namespace {

// Users nest snapshots one or two levels deep. The limit keeps the search from nesting as deep as the file.
constexpr std::size_t k_deepest_search = 8;

// Bytes of a key in a path.
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
            m_found.snapshots.push_back({root, {}, {}});
        } else if (is_container(root)) {
            static_cast<void>(search(root));
        }
        return std::move(m_found);
    }

private:
    // The second form is the list of torch.cuda.memory_snapshot() and of the first versions of _snapshot().
    [[nodiscard]] bool is_snapshot(const Value& value) const {
        return is_record(value, Record::snapshot) || m_builder.is_sequence_of(value, Record::segment);
    }

    [[nodiscard]] static bool is_container(const Value& value) { return is_record(value, Record::extra); }

    // Whether the container holds a snapshot. One that is in the file several times is searched once.
    bool search(const Value& container) {
        if (m_open.size() == k_deepest_search || !m_searched.insert(container.id).second) return false;
        m_open.push_back(static_cast<std::uint32_t>(m_found.others.size()));
        m_found.others.emplace_back();
        const bool is_dict = m_builder.extra_values.is_dict(container);
        const std::span<const Value> items = m_builder.extra_values.items(container);
        bool holds_one = false;
        for (std::size_t i = 0; i < items.size(); i += is_dict ? 2 : 1) {
            const Value key = is_dict ? items[i] : Value::integer(static_cast<std::int64_t>(i));
            const Value& value = items[is_dict ? i + 1 : i];
            m_keys.emplace_back(key, is_dict);
            const bool is_one = take(value) || (is_container(value) && search(value));
            m_keys.pop_back();
            if (!is_one) m_found.others[m_open.back()].push_back({key, value});
            holds_one |= is_one;
        }
        m_open.pop_back();
        return holds_one;
    }

    // Whether the value is a snapshot that was not found before.
    bool take(const Value& value) {
        if (!is_snapshot(value)) return false;
        if (!m_taken.insert(std::uint64_t{value.type} << 32 | value.id).second) return false;
        m_found.snapshots.push_back({value, current_key(), m_open});
        return true;
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
    std::unordered_set<std::uint32_t> m_searched;
    std::unordered_set<std::uint64_t> m_taken;
};

}  // namespace

FoundSnapshots find_snapshots(const Builder& builder, const Value& root) {
    return Search(builder).run(root);
}

}  // namespace snapq::snapshot
