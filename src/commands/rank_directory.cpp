#include "commands/rank_directory.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <tuple>

#include "commands/convert_targets.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

namespace fs = std::filesystem;

bool has_database(const fs::path& directory) {
    std::error_code failure;
    return fs::exists(directory / archive::k_database_entry, failure);
}

bool has_suffix(const std::string& name, std::initializer_list<std::string_view> suffixes) {
    return std::ranges::any_of(suffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

// Whether it is a regular file or a broken link. A rank that cannot be read must not be left out; opening it
// reports the error.
bool is_file(const fs::directory_entry& entry) {
    std::error_code unknown;
    const fs::file_type type = entry.status(unknown).type();
    return type == fs::file_type::regular || type == fs::file_type::not_found || type == fs::file_type::none;
}

bool looks_like_archive(const fs::directory_entry& entry) {
    std::error_code unknown;
    if (entry.is_directory(unknown)) return has_database(entry.path());
    return is_file(entry) && entry.path().extension() == ".zip";
}

bool looks_like_pickle(const fs::directory_entry& entry) {
    return is_file(entry) &&
           has_suffix(entry.path().filename().string(),
                      {".pickle", ".pkl", ".pickle.gz", ".pkl.gz", ".pickle.zst", ".pkl.zst"});
}

bool looks_like_snapshot(const fs::directory_entry& entry) {
    return looks_like_pickle(entry) ||
           (is_file(entry) && has_suffix(entry.path().filename().string(), {".json", ".html"}));
}

// Whether the archive that `convert` would write is beside the snapshot.
bool is_converted(const fs::directory_entry& snapshot) {
    const fs::path& path = snapshot.path();
    return std::ranges::any_of(
        std::array{convert::Layout::zip, convert::Layout::directory}, [&](convert::Layout layout) {
            const fs::path archive = path.parent_path() / archive_name(path.filename().string(), layout);
            std::error_code unknown;
            return fs::exists(archive, unknown) && looks_like_archive(fs::directory_entry(archive, unknown));
        });
}

// Sorts "mem_10" after "mem_9": a run of digits is compared by its length first, then digit by digit.
std::string natural_key(const std::string& name) {
    std::string key;
    for (std::size_t i = 0; i < name.size();) {
        const std::size_t end = std::min(name.find_first_not_of("0123456789", i), name.size());
        if (end == i) {
            key += name[i++];
            continue;
        }
        const std::size_t first = std::min(name.find_first_not_of('0', i), end);
        key += '0';
        key += static_cast<char>(std::min<std::size_t>(end - first, std::numeric_limits<char>::max()));
        key.append(name, first, end - first);
        i = end;
    }
    return key;
}

auto order_of(const std::string& path) {
    const std::string name = fs::path(path).filename().string();
    const auto rank = rank_of_name(name).value_or(std::numeric_limits<std::int64_t>::max());
    return std::make_tuple(rank, natural_key(name), name);
}

template <typename Predicate>
std::vector<std::string> entries_of(const std::string& directory, Predicate&& matches) {
    std::vector<std::string> paths;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
        if (!entry.path().filename().string().starts_with('.') && matches(entry)) {
            paths.push_back(entry.path().string());
        }
    }
    std::ranges::sort(paths, {}, order_of);
    return paths;
}

}  // namespace

fs::path path_with_own_name(const std::string& path) {
    fs::path named = fs::path(path).lexically_normal();
    if (!named.has_filename()) named = named.parent_path();
    if (named.filename() == "." || named.filename() == "..") named = fs::absolute(named).lexically_normal();
    return named.has_filename() ? named : named.parent_path();
}

std::string own_name(const std::string& path) {
    return path_with_own_name(path).filename().string();
}

std::optional<std::int64_t> rank_of_name(const std::string& base_name) {
    // Torchtitan, Megatron and Composer write the first form, PyTorch's own examples the second.
    static const RE2 rank_word("(?i)(?:^|[^a-z])rank[-_. ]?([0-9]{1,9})(?:[^0-9]|$)");
    static const RE2 numbered_snapshot("(?i)(?:^|[^a-z])snapshot[-_]([0-9]{1,9})(?:[^0-9]|$)");
    std::int64_t rank = 0;
    if (RE2::PartialMatch(base_name, rank_word, &rank)) return rank;
    if (RE2::PartialMatch(base_name, numbered_snapshot, &rank)) return rank;
    return std::nullopt;
}

std::optional<std::int64_t> rank_by_pattern(const std::string& base_name, const std::string& pattern) {
    const RE2 expression(pattern, RE2::Quiet);
    if (!expression.ok()) throw_usage("--rank-regex '{}': {}", pattern, expression.error());
    if (expression.NumberOfCapturingGroups() < 1) {
        throw UsageError(fmt::format("--rank-regex '{}' has no group that captures the rank", pattern))
            .with_hint("put the digits in parentheses: --rank-regex 'node_(\\d+)'");
    }
    std::int64_t rank = 0;
    if (RE2::PartialMatch(base_name, expression, &rank)) return rank;
    return std::nullopt;
}

std::optional<std::int64_t> rank_of(const archive::ArchiveReader& archive) {
    if (archive.manifest() && archive.manifest()->rank) return archive.manifest()->rank;
    return rank_of_name(own_name(archive.path()));
}

bool is_rank_directory(const std::string& path) {
    std::error_code failure;
    return fs::is_directory(path, failure) && !has_database(path);
}

std::vector<std::string> archives_in(const std::string& directory, Unconverted unconverted) {
    // Beside archives, JSON and HTML files are more likely reports than snapshots.
    const auto is_rank = [unconverted](const fs::directory_entry& entry) {
        if (looks_like_archive(entry)) return true;
        return unconverted == Unconverted::taken && looks_like_pickle(entry) && !is_converted(entry);
    };
    try {
        const bool has_archives = !entries_of(directory, looks_like_archive).empty();
        std::vector<std::string> paths =
            has_archives ? entries_of(directory, is_rank) : entries_of(directory, looks_like_snapshot);
        if (!paths.empty()) return paths;
    } catch (const fs::filesystem_error& error) {
        throw InputError(directory, "cannot be listed: " + error.code().message());
    }
    InputError error(directory, "is a directory without archives or snapshots");
    error.with_hint(
        "archives are *.zip, or directories that contain elements.db; snapshots are *.pickle, *.pkl, …");
    throw error;
}

std::vector<std::string> expand_archive_arguments(const std::vector<std::string>& paths,
                                                  Unconverted unconverted) {
    std::vector<std::string> expanded;
    for (const std::string& path : paths) {
        if (!is_rank_directory(path)) {
            expanded.push_back(path);
            continue;
        }
        std::ranges::copy(archives_in(path, unconverted), std::back_inserter(expanded));
    }
    return expanded;
}

}  // namespace snapq::commands
