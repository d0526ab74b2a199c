#include "archive/tables/column_values.hpp"

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

void StringTable::write(sqlite::Connection& connection) const {
    sqlite::BulkInserter strings(connection, "strings");
    for (std::size_t id = 0; id < m_texts.size(); ++id) strings.insert(id, m_symbols->text(m_texts[id]));
}

}  // namespace snapq::archive::tables
