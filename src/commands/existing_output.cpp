#include "commands/existing_output.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <tuple>

#include "analysis/row_access.hpp"
#include "archive/archive_reader.hpp"
#include "commands/ranks.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::commands {
namespace {

bool is_before(const timespec& a, const timespec& b) {
    return std::tie(a.tv_sec, a.tv_nsec) < std::tie(b.tv_sec, b.tv_nsec);
}

}  // namespace

void add_force_option(CLI::App& app, bool& to, const std::string& what) {
    app.add_flag("-f,--force", to, "Replace " + what);
}

void add_existing_options(CLI::App& app, ExistingOptions& to, const std::string& what,
                          const std::string& kept) {
    add_force_option(app, to.force, what);
    app.add_flag("--skip-existing", to.skip, kept + ". What is not up to date is replaced only with --force");
}

bool keeps_existing(const std::string& output, const ExistingOptions& options, const Difference& difference) {
    std::error_code unknown;
    if (!std::filesystem::exists(output, unknown)) return false;
    const std::string reason = options.skip ? difference() : "";
    if (options.skip && reason.empty()) return true;
    if (options.force) return false;
    const std::string what =
        options.skip ? fmt::format("{} exists, but {}", output, reason) : output + " exists";
    throw UsageError(what).with_hint("use --force to replace it");
}

std::string difference_of_age(const std::string& output, const std::string& input) {
    if (input == "-") return "nothing shows whether standard input is the same";
    struct stat target {};
    struct stat source {};
    if (::stat(output.c_str(), &target) != 0) return "was deleted";
    if (::stat(input.c_str(), &source) != 0)
        return fmt::format("{} cannot be found to compare it with", input);
    return is_before(target.st_mtim, source.st_mtim) ? fmt::format("is older than {}", input) : "";
}

namespace {

using archive::Manifest;

std::optional<struct stat> status_of(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return std::nullopt;
    return found;
}

// Where everybody may create files, another user can put an archive under the name that this one will have,
// which looks like it and says something else.
bool may_be_planted(const std::string& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0 || found.st_uid == ::geteuid() || found.st_uid == 0) return false;
    const std::optional<struct stat> directory = status_of(path_with_own_name(path).parent_path() / ".");
    return !directory || (directory->st_mode & S_IWOTH) != 0;
}

std::string or_none(const std::optional<std::int64_t>& number) {
    return number ? std::to_string(*number) : "none";
}

// Compares what is known of the input file without reading it.
std::string difference_of_file(const std::string& output, const WantedArchive& wanted,
                               const Manifest& manifest) {
    if (wanted.input == "-") return difference_of_age(output, wanted.input);
    const std::string name = std::filesystem::path(wanted.input).filename().string();
    if (manifest.source_name != name)
        return fmt::format("was made from {}, not {}", manifest.source_name, name);
    const std::optional<struct stat> input = status_of(wanted.input);
    if (!input) return fmt::format("{} cannot be found to compare it with", wanted.input);
    if (!S_ISREG(input->st_mode))
        return fmt::format("{} is not a regular file, so nothing shows whether it has changed", wanted.input);
    if (manifest.source_bytes != static_cast<std::uint64_t>(input->st_size)) {
        return fmt::format("was made from a file of {} bytes, and {} has {}",
                           format_count(static_cast<std::int64_t>(manifest.source_bytes)), wanted.input,
                           format_count(input->st_size));
    }
    return difference_of_age(output, wanted.input);
}

// The key is read from the database, because manifest.json does not have it.
std::string difference_of_key(const archive::ArchiveReader& reader, const std::string& wanted) {
    const UntrustedText key = archive::with_own_sql(reader.path(), [&] {
        archive::Database database = reader.open_database();
        return analysis::meta_text(database, "source_key");
    });
    if (key == wanted) return {};
    return fmt::format("holds the snapshot '{}', not '{}'", key.raw(), wanted);
}

std::string difference_of_content(const WantedArchive& wanted, const Manifest& manifest) {
    if (manifest.rank != wanted.rank)
        return fmt::format("has the rank {}, not {}", or_none(manifest.rank), or_none(wanted.rank));
    if (manifest.preexisting != wanted.preexisting) {
        return fmt::format("was made with --preexisting {}, not {}", archive::name_of(manifest.preexisting),
                           archive::name_of(wanted.preexisting));
    }
    if (wanted.device && manifest.devices != std::vector{*wanted.device}) return "has other devices";
    for (const auto& [key, value] : wanted.labels) {
        const auto found = manifest.labels.find(key);
        if (found == manifest.labels.end()) return fmt::format("has no label {}", key);
        if (found->second != value)
            return fmt::format("has the label {}={}, not {}={}", key, found->second, key, value);
    }
    return {};
}

}  // namespace

std::string difference_of(const std::string& output, const WantedArchive& wanted) {
    if (may_be_planted(output))
        return "belongs to another user, in a directory where everybody may create files";
    try {
        const std::optional<struct stat> status = status_of(output);
        const archive::ArchiveReader reader = archive::open_archive(output);
        const bool is_directory = status && S_ISDIR(status->st_mode);
        if (reader.kind() == archive::ArchiveKind::raw_snapshot || !reader.manifest())
            return "is not an archive that convert has made";
        if (is_directory != (wanted.layout == convert::Layout::directory))
            return is_directory ? "is a directory" : "is not a directory";
        std::string difference =
            status ? difference_of_file(output, wanted, *reader.manifest()) : "was deleted";
        if (difference.empty() && wanted.key) difference = difference_of_key(reader, *wanted.key);
        return difference.empty() ? difference_of_content(wanted, *reader.manifest()) : difference;
    } catch (const InputError& error) {
        return fmt::format("cannot be used: {}", error.message());
    }
}

}  // namespace snapq::commands
