#include "page/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "analysis/keys.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

namespace snapq::page {
namespace {

constexpr std::array<std::string_view, 3> k_origins{"trace", "preexisting_freed", "preexisting_kept"};

// Archives of earlier versions have no phases.
bool has_keys(archive::Database& database, const analysis::KeyKindInfo& info) {
    if (!info.column.empty() || info.kind == analysis::KeyKind::stack) return false;
    return info.kind != analysis::KeyKind::phase || database.has_column("stacks", "phase");
}

}  // namespace

std::uint32_t Sources::index_of(report::MaybeInteger stack_id, std::string_view origin) {
    const auto known = std::ranges::find(k_origins, origin);
    if (known == k_origins.end()) throw InputError("the database has an allocation of unknown origin");
    return m_sources.intern({.stack_id = stack_id.value_or(0),
                             .has_stack = stack_id.has_value(),
                             .origin = static_cast<std::uint8_t>(known - k_origins.begin())});
}

void Sources::write(JsonBlock& to, archive::Database& database, const StackList& stacks) const {
    json::JsonWriter& json = to.json();
    const auto write_each = [&](const auto& value_of) {
        json.begin_array();
        for (std::uint32_t i = 0; i < m_sources.size(); ++i) {
            json.value(static_cast<std::int64_t>(value_of(m_sources[i])));
            to.relieve();
        }
        json.end_array();
    };
    json.key("sources").begin_object();
    json.key("stack");
    write_each([&](const Source& source) {
        return source.has_stack ? std::int64_t{stacks.index_of(source.stack_id)} : -1;
    });
    json.key("origin");
    write_each([](const Source& source) { return source.origin; });
    json.key("keys").begin_object();
    for (const analysis::KeyKindInfo& info : analysis::key_kinds()) {
        if (!has_keys(database, info)) continue;
        analysis::StackKeys keys(database, info.kind);
        TextInterner names;
        std::vector<UntrustedText> labels;
        json.key(info.name).begin_object();
        json.key("of");
        write_each([&](const Source& source) {
            const report::Key key = keys.key_of(
                source.has_stack ? report::MaybeInteger(source.stack_id) : std::nullopt, source.origin != 0);
            const std::uint32_t name = names.intern(key.key.raw());
            if (name == labels.size()) labels.push_back(key.label);
            return name;
        });
        json.key("keys").begin_array();
        for (std::uint32_t i = 0; i < names.size(); ++i) json.value(UntrustedText(names[i]));
        json.end_array();
        json.key("labels").begin_array();
        for (const UntrustedText& label : labels) json.value(label);
        json.end_array();
        json.end_object();
        to.relieve();
    }
    json.end_object().end_object();
}

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

std::uint32_t StreamList::index_of(Stream stream) {
    const auto next = static_cast<std::uint32_t>(m_streams.size());
    const auto [found, is_new] = m_numbers.try_emplace(std::move(stream), next);
    if (is_new) m_streams.push_back(&found->first);
    return found->second;
}

void StreamList::write(json::JsonWriter& to) const {
    to.key("streams").begin_array();
    for (const Stream* stream : m_streams) {
        to.begin_object();
        to.key("value").value(std::to_string(stream->value));
        to.key("label").value(stream->label);
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
