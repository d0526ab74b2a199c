#include "page/names.hpp"

#include <algorithm>

#include "support/text.hpp"

namespace snapq::page {

std::uint32_t NameList::index_of(std::string_view text) {
    if (m_last_index && text == m_last) return *m_last_index;
    m_last = text;
    m_last_index = m_texts.intern(abbreviate(text));
    return *m_last_index;
}

void NameList::write(json::JsonWriter& to, std::string_view key) const {
    to.key(key).begin_array();
    for (std::uint32_t i = 0; i < m_texts.size(); ++i) to.value(UntrustedText(m_texts[i]));
    to.end_array();
}

std::uint32_t StreamList::index_of(std::int64_t stream, std::int64_t device,
                                   const analysis::StreamNumbers& numbers) {
    const auto [found, is_new] = m_index.try_emplace({device, stream}, 0U);
    if (is_new) {
        const std::int64_t number = numbers.of(stream).value_or(numbers.count() + 1);
        found->second = index_of({stream, analysis::stream_key(stream, number).label});
    }
    return found->second;
}

std::uint32_t StreamList::index_of(const Stream& stream) {
    const auto found = std::ranges::find(m_streams, stream);
    const auto index = static_cast<std::uint32_t>(found - m_streams.begin());
    if (found == m_streams.end()) m_streams.push_back(stream);
    return index;
}

void StreamList::write(json::JsonWriter& to) const {
    to.key("streams").begin_array();
    for (const Stream& stream : m_streams) {
        to.begin_object();
        to.key("value").value(std::to_string(stream.value));
        to.key("label").value(stream.label);
        to.end_object();
    }
    to.end_array();
}

MetadataList::MetadataList(archive::Database& database)
    : m_string(database.prepare("SELECT abbreviate(text) FROM strings WHERE id = ?1")) {}

std::optional<std::uint32_t> MetadataList::index_of(std::int64_t string_id) {
    const auto [found, is_new] = m_index.try_emplace(string_id);
    if (is_new) found->second = read(string_id);
    return found->second;
}

std::optional<std::uint32_t> MetadataList::read(std::int64_t string_id) {
    m_string.reset();
    m_string.bind(1, string_id);
    if (!m_string.next() || m_string.text(0).empty()) return std::nullopt;
    return m_texts.index_of(m_string.text(0));
}

void MetadataList::write(JsonBlock& to) const {
    m_texts.write(to.json(), "metadata");
}

void Names::write(JsonBlock& to, archive::Database& database) const {
    pools.write(to.json(), "pools");
    streams.write(to.json());
    categories.write(to.json(), "categories");
    metadata.write(to);
    sources.write(to, database, stacks);
}

}  // namespace snapq::page
