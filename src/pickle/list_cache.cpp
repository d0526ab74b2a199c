#include "pickle/list_cache.hpp"

#include <algorithm>
#include <utility>

#include "pickle/opcode.hpp"

namespace snapq::pickle {
namespace {

constexpr std::size_t k_longest_run = 4096;  // bytes, at least 819 frames; real stacks have up to about 300

}  // namespace

std::size_t length_of_run(std::string_view rest) {
    const std::size_t end = std::min(rest.size(), k_longest_run);
    std::size_t at = 0;
    while (at < end) {
        switch (static_cast<Opcode>(static_cast<std::uint8_t>(rest[at]))) {
            case Opcode::LONG_BINGET: at += 5; break;
            case Opcode::BINGET: at += 2; break;
            case Opcode::APPENDS: return at + 1;
            default: return 0;
        }
    }
    return 0;
}

std::optional<ListCache::Known> ListCache::expected(std::string_view rest) {
    if (m_last == k_none) return std::nullopt;
    auto& followers = m_runs[m_last].followers;
    for (std::size_t i = 0; i < k_followers && followers[i] != k_none; ++i) {
        const std::uint32_t id = followers[i];
        const std::string_view run = m_texts[id];
        if (!rest.starts_with(run)) continue;
        if (i > 0) std::swap(followers[i], followers[i - 1]);
        m_last = id;
        return Known{m_runs[id].value, run.size()};
    }
    return std::nullopt;
}

std::optional<Value> ListCache::find(std::string_view run) {
    const std::optional<std::uint32_t> id = m_texts.find(run);
    if (!id) return std::nullopt;
    follow(*id);
    return m_runs[*id].value;
}

void ListCache::add(std::string_view run, const Value& value) {
    if (m_bytes + run.size() > k_most_bytes) clear();
    const std::uint32_t id = m_texts.intern(run);
    if (id < m_runs.size()) return;
    m_runs.push_back(Run{value});
    m_bytes += run.size();
    follow(id);
}

void ListCache::clear() {
    m_texts = TextInterner();
    m_runs.clear();
    m_last = k_none;
    m_bytes = 0;
}

void ListCache::follow(std::uint32_t id) {
    if (m_last != k_none) {
        auto& followers = m_runs[m_last].followers;
        std::shift_right(followers.begin(), followers.end(), 1);
        followers[0] = id;
    }
    m_last = id;
}

}  // namespace snapq::pickle
