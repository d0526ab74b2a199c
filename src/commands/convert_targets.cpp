#include "commands/convert_targets.hpp"

#include <fmt/format.h>
#include <re2/re2.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "commands/output.hpp"
#include "commands/ranks.hpp"
#include "io/output_path.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> k_compression_suffixes{".gz", ".zst", ".zstd"};
constexpr std::array<std::string_view, 9> k_snapshot_suffixes{".pickle", ".pkl", ".pck", ".json", ".html",
                                                              ".htm",    ".pth", ".pt",  ".p"};

template <std::size_t N>
bool strip(std::string& name, const std::array<std::string_view, N>& suffixes) {
    for (const std::string_view suffix : suffixes) {
        if (name.size() > suffix.size() && name.ends_with(suffix)) {
            name.resize(name.size() - suffix.size());
            return true;
        }
    }
    return false;
}

std::string stem_of(std::string name) {
    strip(name, k_compression_suffixes);
    strip(name, k_snapshot_suffixes);
    return name;
}

std::string base_name(const std::string& input) {
    return input == "-" ? std::string("stdin") : fs::path(input).filename().string();
}

std::string parent_name(const std::string& input) {
    const fs::path parent = fs::absolute(input).lexically_normal().parent_path().filename();
    return parent.empty() ? std::string("root") : parent.string();
}

// One path for each input, without suffix.
std::vector<std::string> stems_in_directory(const std::vector<std::string>& inputs) {
    std::map<std::string, int> uses;
    for (const std::string& input : inputs) ++uses[stem_of(base_name(input))];
    std::vector<std::string> names;
    for (const std::string& input : inputs) {
        std::string name = stem_of(base_name(input));
        if (uses[name] > 1) name = parent_name(input) + "_" + name;
        names.push_back(name);
    }
    return names;
}

// Identifies a file independently of its name.
using FileId = std::pair<dev_t, ino_t>;

std::optional<FileId> id_of(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return std::nullopt;
    return FileId{found.st_dev, found.st_ino};
}

// The archives of earlier inputs are written before a later input is read, so no archive may replace an
// input.
void check_inputs_are_kept(const std::vector<std::string>& inputs, const std::vector<std::string>& targets) {
    std::map<FileId, std::size_t> input_of;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (const auto id = id_of(inputs[i])) input_of.emplace(*id, i);
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
        refuse_replacing_input(inputs[i], targets[i], "its own archive");
        const auto id = id_of(targets[i]);
        const auto lost = id ? input_of.find(*id) : input_of.end();
        if (lost == input_of.end()) continue;
        throw UsageError(
            fmt::format("'{}' would be replaced by the archive of '{}'", inputs[lost->second], inputs[i]))
            .with_hint("name another output with -o");
    }
}

bool is_directory(const std::string& path) {
    std::error_code unknown;
    return fs::is_directory(path, unknown);
}

[[noreturn]] void throw_nameless_input() {
    throw UsageError("standard input has no name; name the archive with -o");
}

// Throws SystemError if another user made the link, because it could lead to our own files. The same rule
// holds for a file.
void refuse_foreign_link(const std::string& path) {
    static_cast<void>(io::resolve_output(path));
}

void make_directory(const std::string& path) {
    std::error_code failure;
    fs::create_directory(path, failure);
    if (is_directory(path)) return;
    if (fs::exists(path)) throw_usage("-o {}: --split needs a directory", path);
    throw SystemError(fmt::format("cannot create the directory {}", path), failure.value());
}

void check_distinct(const std::vector<std::string>& inputs, const std::vector<std::string>& targets) {
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const auto [first, is_new] = seen.emplace(targets[i], i);
        if (!is_new) {
            throw UsageError(fmt::format("'{}' and '{}' would both be converted to '{}'",
                                         inputs[first->second], inputs[i], targets[i]))
                .with_hint("convert them one by one with -o");
        }
    }
}

}  // namespace

std::string archive_path(const std::string& stem, convert::Layout layout) {
    return stem + (layout == convert::Layout::zip ? ".zip" : ".snapq");
}

std::string archive_name(const std::string& base_name, convert::Layout layout) {
    return archive_path(stem_of(base_name), layout);
}

std::string page_path(const std::string& input) {
    constexpr std::array<std::string_view, 2> k_archive_suffixes{".zip", ".snapq"};
    if (input == "-") throw UsageError("standard input has no name").with_hint("name the page with -o");
    const fs::path path = path_with_own_name(input);
    std::string name = stem_of(path.filename().string());
    strip(name, k_archive_suffixes);
    return path.parent_path() / (name + ".html");
}

std::vector<std::string> plan_targets(const std::vector<std::string>& inputs, const std::string& output,
                                      convert::Layout layout) {
    const bool into_directory =
        !output.empty() && (inputs.size() > 1 || (layout == convert::Layout::zip && is_directory(output)));
    std::vector<std::string> targets;
    if (into_directory) {
        if (!is_directory(output)) {
            throw UsageError(fmt::format("-o {}: several inputs need an existing directory", output))
                .with_hint(fmt::format("mkdir {}", output));
        }
        refuse_foreign_link(output);
        for (const std::string& stem : stems_in_directory(inputs))
            targets.push_back(fs::path(output) / archive_path(stem, layout));
    } else if (!output.empty()) {
        targets.push_back(output);
    } else {
        for (const std::string& input : inputs) {
            if (input == "-") throw_nameless_input();
            targets.push_back(fs::path(input).parent_path() / archive_name(base_name(input), layout));
        }
    }
    check_distinct(inputs, targets);
    check_inputs_are_kept(inputs, targets);
    return targets;
}

std::vector<std::string> plan_stems(const std::vector<std::string>& inputs, const std::string& output) {
    std::vector<std::string> stems;
    if (output.empty()) {
        for (const std::string& input : inputs) {
            if (input == "-") throw_nameless_input();
            stems.push_back(fs::path(input).parent_path() / stem_of(base_name(input)));
        }
    } else {
        refuse_foreign_link(output);
        make_directory(output);
        for (const std::string& stem : stems_in_directory(inputs)) stems.push_back(fs::path(output) / stem);
    }
    check_distinct(inputs, stems);
    return stems;
}

namespace {

using convert::Part;
using snapshot::SnapshotKey;

// The most bytes of one key in a file name.
constexpr std::size_t k_longest_key = 60;

// Replaces characters that some file system or shell does not accept in a name.
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

// The rank in a key such as "3", "rank3", "gpu_0" or "cuda:1".
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

// All keys that say more than the rank, each after an underscore.
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

// Two parts can have the same position, for example in lists of pairs. The later one then gets its number in
// the file as its rank.
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
