#include "page/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "analysis/keys.hpp"
#include "support/error.hpp"

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

}  // namespace snapq::page
