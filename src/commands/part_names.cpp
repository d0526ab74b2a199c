#include "commands/part_names.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "commands/convert_targets.hpp"
#include "commands/rank_directory.hpp"

namespace snapq::commands {
namespace {

using convert::Part;
using snapshot::SnapshotKey;

// Bytes of one key in the name of a file.
constexpr std::size_t k_longest_key = 60;

// What every file system and shell takes.
std::string as_file_name(std::string text) {
    text.resize(std::min(text.size(), k_longest_key));
    std::ranges::replace_if(
        text,
        [](char c) {
            const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            return !is_plain && c != '.' && c != '-' && c != '_';
        },
        '_');
    return text;
}

// "3", "rank3", "gpu_0", "cuda:1".
std::optional<std::int64_t> rank_of_key(const std::string& key, const std::string& pattern) {
    if (!pattern.empty()) return rank_by_pattern(key, pattern);
    if (const auto rank = rank_of_name(key)) return rank;
    static const RE2 number("(?i)(?:gpu|cuda|device|dev|worker|proc|process|local)?[-_.: ]?([0-9]{1,9})");
    std::int64_t rank = 0;
    return RE2::FullMatch(key, number, &rank) ? std::optional(rank) : std::nullopt;
}

// The innermost key that is a rank.
std::optional<std::int64_t> rank_in_keys(const SnapshotKey& key, const std::string& pattern) {
    for (auto step = key.steps.rbegin(); step != key.steps.rend(); ++step) {
        if (step->position) continue;
        if (const auto rank = rank_of_key(step->key, pattern)) return rank;
    }
    return std::nullopt;
}

// The outermost position in a list.
std::optional<std::int64_t> position_in(const SnapshotKey& key) {
    const auto step =
        std::ranges::find_if(key.steps, [](const SnapshotKey::Step& at) { return at.position.has_value(); });
    return step == key.steps.end() ? std::nullopt : step->position;
}

// The keys that are more than a rank, each after an underscore.
std::string keys_text(const SnapshotKey& key, std::optional<std::int64_t> rank) {
    std::string text;
    for (const SnapshotKey::Step& step : key.steps) {
        const bool is_rank = rank && (step.key == fmt::format("{}", *rank));
        if (!step.position && !is_rank) text += "_" + as_file_name(step.key);
    }
    return text;
}

}  // namespace

convert::PartTarget PartNames::operator()(const Part& part) {
    if (part.is_only && part.key.steps.empty()) {
        return {unused(m_naming.stem), m_naming.file_rank};
    }
    const auto rank = rank_of(part);
    std::string name = keys_text(part.key, rank);
    if (rank && rank_of_name(name) != rank) name += fmt::format("_rank{}", *rank);
    return {unused(m_naming.stem + name), rank};
}

// Two parts can have the same position, in lists of pairs for example. Then their order decides.
std::optional<std::int64_t> PartNames::rank_of(const Part& part) {
    const bool has_keys =
        std::ranges::any_of(part.key.steps, [](const auto& step) { return !step.position.has_value(); });
    auto rank = rank_in_keys(part.key, m_naming.rank_regex);
    if (!rank) rank = position_in(part.key);
    if (!rank && !has_keys) rank = static_cast<std::int64_t>(part.number);
    if (rank && m_ranks.contains(*rank) && !has_keys) rank = static_cast<std::int64_t>(part.number);
    if (rank) m_ranks.insert(*rank);
    return rank;
}

std::string PartNames::unused(const std::string& name) {
    std::string path = archive_path(name, m_naming.layout);
    for (int copy = 2; !m_used.insert(path).second; ++copy) {
        path = archive_path(fmt::format("{}_{}", name, copy), m_naming.layout);
    }
    return path;
}

}  // namespace snapq::commands
