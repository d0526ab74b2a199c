#include "commands/archive_argument.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <tuple>

#include "commands/convert_targets.hpp"
#include "commands/messages.hpp"
#include "commands/progress_bar.hpp"
#include "commands/rank_name.hpp"
#include "convert/converter.hpp"
#include "convert/signal_thread.hpp"
#include "io/cleanup.hpp"
#include "io/temp_file.hpp"
#include "render/text_width.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

namespace fs = std::filesystem;

// A directory of our own for as long as the archive in it has a name. A signal's handler removes both, the
// file first.
class NamedPlace {
public:
    NamedPlace() : m_directory(io::temporary_directory() + "/snapq-XXXXXX") {
        const io::CleanupHeld until_registered;
        if (::mkdtemp(m_directory.data()) == nullptr) {
            throw SystemError("cannot make a temporary directory in " + io::temporary_directory(), errno);
        }
        m_directory_cleanup = io::RegisteredTemporary(m_directory, io::RegisteredTemporary::Type::directory);
        m_file_cleanup = io::RegisteredTemporary(file());
    }
    NamedPlace(const NamedPlace&) = delete;
    NamedPlace& operator=(const NamedPlace&) = delete;
    ~NamedPlace() {
        ::unlink(file().c_str());
        ::rmdir(m_directory.c_str());
    }

    [[nodiscard]] std::string file() const { return m_directory + "/archive.zip"; }

private:
    std::string m_directory;
    io::RegisteredTemporary m_directory_cleanup;
    io::RegisteredTemporary m_file_cleanup;
};

convert::ConvertOptions quick_options(const std::string& path, TimelineText timeline) {
    convert::ConvertOptions options;
    // Read once and thrown away.
    options.compression = zip::Compression::zstd;
    options.level = 1;
    if (timeline == TimelineText::thinned) options.points.max_points = 4;
    options.rank = rank_of_name(fs::path(path).filename().string());
    return options;
}

archive::ArchiveReader convert_first(const std::string& path, bool quiet, TimelineText timeline) {
    const bool from_stdin = path == "-";
    const NamedPlace place;
    const convert::SignalThread signals;
    ProgressBar bar(!quiet && wants_progress(ProgressMode::automatic));
    try {
        static_cast<void>(
            convert::convert_file(path, place.file(), quick_options(path, timeline),
                                  [&](std::string_view phase, std::uint64_t done, std::uint64_t total) {
                                      bar.update(phase, done, total);
                                  }));
    } catch (InputError& error) {
        if (!from_stdin) throw;
        throw error.with_hint(
            "a snapshot is expected on standard input; an archive must be given as a file, not through a "
            "pipe");
    }
    bar.clear();
    if (!quiet) {
        const std::string shown = render::printable(path);
        say("snapq: note: {} is a raw snapshot, converted for this question only{}\n",
            from_stdin ? "standard input" : shown,
            from_stdin ? "" : fmt::format(" ('snapq convert {}' keeps it)", shown));
    }
    archive::ArchiveReader reader = archive::open_archive(place.file());
    reader.show_as(from_stdin ? "stdin" : path);
    return reader;
}

bool holds_database(const fs::path& directory) {
    std::error_code failure;
    return fs::exists(directory / archive::k_database_entry, failure);
}

bool has_suffix(const std::string& name, std::initializer_list<std::string_view> suffixes) {
    return std::ranges::any_of(suffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

// A plain file, or a link to nothing: a rank that is broken must not be overlooked, and opening it says why.
bool is_file(const fs::directory_entry& entry) {
    std::error_code unknown;
    const fs::file_type type = entry.status(unknown).type();
    return type == fs::file_type::regular || type == fs::file_type::not_found || type == fs::file_type::none;
}

bool looks_like_archive(const fs::directory_entry& entry) {
    std::error_code unknown;
    if (entry.is_directory(unknown)) return holds_database(entry.path());
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

// Its archive stands beside it, as `convert` names it.
bool is_converted(const fs::directory_entry& snapshot) {
    const fs::path& path = snapshot.path();
    return std::ranges::any_of(
        std::array{convert::Layout::zip, convert::Layout::directory}, [&](convert::Layout layout) {
            const fs::path archive = path.parent_path() / archive_name(path.filename().string(), layout);
            std::error_code unknown;
            return fs::exists(archive, unknown) && looks_like_archive(fs::directory_entry(archive, unknown));
        });
}

// "mem_10" behind "mem_9": runs of digits are compared by their value, which is their length first.
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

template <typename Wanted>
std::vector<std::string> entries_of(const std::string& directory, Wanted&& wanted) {
    std::vector<std::string> paths;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
        if (!entry.path().filename().string().starts_with('.') && wanted(entry)) {
            paths.push_back(entry.path().string());
        }
    }
    std::ranges::sort(paths, {}, order_of);
    return paths;
}

[[noreturn]] void refuse_several(const std::string& directory) {
    InputError error(directory, "is a directory of archives, not one");
    error.with_hint("name one of them; 'summary DIR' and 'query DIR --each' ask all");
    throw error;
}

}  // namespace

archive::ArchiveReader open_archive_argument(const std::string& path, bool quiet, TimelineText timeline) {
    if (path == "-") return convert_first(path, quiet, timeline);
    if (is_rank_directory(path)) refuse_several(path);
    archive::ArchiveReader reader = archive::open_archive(path);
    if (reader.kind() == archive::ArchiveKind::raw_snapshot) return convert_first(path, quiet, timeline);
    if (archive::is_snapviewer(reader.kind()) && !quiet) {
        say("snapq: note: {} was made by SnapViewer's converter: only the table allocs is known, and its "
            "stacks may be shifted against its rows\n",
            render::printable(path));
    }
    return reader;
}

std::optional<std::int64_t> rank_of(const archive::ArchiveReader& archive) {
    if (archive.manifest() && archive.manifest()->rank) return archive.manifest()->rank;
    return rank_of_name(fs::path(archive.path()).filename().string());
}

bool is_rank_directory(const std::string& path) {
    std::error_code failure;
    return fs::is_directory(path, failure) && !holds_database(path);
}

std::vector<std::string> archives_in(const std::string& directory, Unconverted unconverted) {
    // Beside archives, JSON and HTML are rather reports about them than snapshots.
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
    InputError error(directory, "is a directory without archives and without snapshots");
    error.with_hint(
        "archives are *.zip, or directories that hold elements.db; snapshots are *.pickle, *.pkl, …");
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
