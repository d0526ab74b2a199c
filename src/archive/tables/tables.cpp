#include "archive/tables/tables.hpp"

#include <algorithm>

#include "archive/sqlite/bulk_inserter.hpp"

namespace snapq::archive::tables {
namespace {

constexpr std::uint32_t k_unused = 0xffffffffU;

}  // namespace

StringTable::StringTable(const snapshot::Symbols& symbols)
    : m_symbols(&symbols), m_ids(symbols.text_count(), k_unused) {}

std::optional<std::uint32_t> StringTable::id_of(snapshot::TextId text) {
    if (text.is_none()) return std::nullopt;
    std::uint32_t& id = m_ids[text.value()];
    if (id == k_unused) {
        id = static_cast<std::uint32_t>(m_texts.size());
        m_texts.push_back(text);
    }
    return id;
}

std::optional<std::uint32_t> StringTable::id_of_list(std::span<const snapshot::TextId> texts) {
    constexpr std::size_t k_longest = 1024;
    std::vector<snapshot::TextId> used;
    std::string joined;
    for (const snapshot::TextId id : texts) {
        const std::string_view text = m_symbols->text(id);
        if (text.empty() || std::ranges::find(used, id) != used.end()) continue;
        used.push_back(id);
        // The loop goes on even if the list is too long, because then the last text is needed.
        if (joined.size() <= k_longest)
            joined.append(joined.empty() ? "" : ", ").append(text.substr(0, k_longest + 1));
        if (joined.size() > k_longest) used = {id};
    }
    if (used.empty()) return std::nullopt;
    if (used.size() == 1) return id_of(used.front());
    if (const snapshot::TextId known = m_symbols->find_text(joined)) return id_of(known);
    const auto [at, is_new] = m_joined.emplace(joined, static_cast<std::uint32_t>(m_texts.size()));
    if (is_new) m_texts.emplace_back();
    return at->second;
}

void StringTable::write(sqlite::Connection& connection) const {
    sqlite::BulkInserter strings(connection, "strings");
    std::vector<std::string_view> joined(m_texts.size());
    for (const auto& [text, id] : m_joined) joined[id] = text;
    for (std::size_t id = 0; id < m_texts.size(); ++id)
        strings.insert(id, m_texts[id] ? m_symbols->text(m_texts[id]) : joined[id]);
}

}  // namespace snapq::archive::tables
