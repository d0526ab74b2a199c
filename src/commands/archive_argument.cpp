#include "commands/archive_argument.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "analysis/category_rules.hpp"
#include "commands/messages.hpp"
#include "commands/ranks.hpp"
#include "convert/converter.hpp"
#include "io/file_descriptor.hpp"
#include "io/temporaries.hpp"
#include "render/escape.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

constexpr std::size_t k_most_text_bytes = std::size_t{4} << 20;  // of a file with SQL or rules

convert::ConvertOptions quick_options(const std::string& path, TimelineText timeline) {
    convert::ConvertOptions options;
    // The archive is read once and then deleted, so a fast compression is best.
    options.compression = zip::Compression::zstd;
    options.level = 1;
    if (timeline == TimelineText::thinned) options.points.max_points = 4;
    options.rank = rank_of_name(own_name(path));
    return options;
}

archive::ArchiveReader convert_first(const std::string& path, bool quiet, TimelineText timeline) {
    const bool from_stdin = path == "-";
    const io::TempFile temporary;
    ProgressBar bar(!quiet && wants_progress(ProgressMode::automatic));
    report::ConvertReport report;
    try {
        report = convert::convert_file(path, temporary, quick_options(path, timeline),
                                       [&](std::string_view phase, std::uint64_t done, std::uint64_t total) {
                                           bar.update(phase, done, total);
                                       });
    } catch (InputError& error) {
        if (!from_stdin || !error.hint().empty()) throw;
        throw error.with_hint(
            "a snapshot is expected on standard input; an archive must be given as a file, not through a "
            "pipe");
    }
    bar.clear();
    if (!quiet) {
        const std::string shown = render::printable(path);
        say("snapq: note: {} is a raw snapshot; it is converted for this command only{}\n",
            from_stdin ? "standard input" : shown,
            from_stdin ? "" : fmt::format(" ('snapq convert {}' keeps the archive)", shown));
        if (!report.key.empty()) {
            say("snapq: note: {}: the snapshot is the value of {} in a dict or list\n", shown,
                render::printable(report.key));
        }
    }
    return archive::open_archive(temporary.duplicate(), from_stdin ? "stdin" : path);
}

[[noreturn]] void refuse_several(const std::string& directory) {
    InputError error(directory, "is a directory of several archives");
    error.with_hint("name one of them; 'snapq summary DIR' and 'snapq query DIR --each' use all of them");
    throw error;
}

// Some editors begin a file with a byte order mark, which SQLite rejects.
std::string without_mark(std::string text) {
    constexpr std::string_view k_mark = "\xef\xbb\xbf";
    if (text.starts_with(k_mark)) text.erase(0, k_mark.size());
    return text;
}

// `what`: the kind of text, for the message that it is too large.
std::string read_text(int fd, const std::string& name, std::string_view what) {
    std::string text;
    std::array<char, 65536> buffer;
    while (true) {
        const std::ptrdiff_t count = io::read_some(fd, buffer);
        if (count < 0) throw InputError(name, "cannot be read: " + std::generic_category().message(errno));
        if (count == 0) return without_mark(std::move(text));
        text.append(buffer.data(), static_cast<std::size_t>(count));
        if (text.size() > k_most_text_bytes)
            throw InputError(name, fmt::format("is longer than 4 MiB, which is too long for {}", what));
    }
}

std::string read_text_file(const std::string& path, std::string_view what) {
    const io::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) io::throw_not_opened(path, "cannot be opened", errno);
    return read_text(file.get(), path, what);
}

}  // namespace

archive::ArchiveReader open_archive_argument(const std::string& path, bool quiet, TimelineText timeline) {
    if (path == "-") return convert_first(path, quiet, timeline);
    if (is_rank_directory(path)) refuse_several(path);
    archive::ArchiveReader reader = archive::open_archive(path);
    if (reader.kind() == archive::ArchiveKind::raw_snapshot) return convert_first(path, quiet, timeline);
    if (archive::is_snapviewer(reader.kind()) && !quiet) {
        say("snapq: note: {} was made by SnapViewer's converter: it has only the table allocs, whose stacks "
            "may belong to other rows\n",
            render::printable(path));
    }
    return reader;
}

std::string read_sql_file(const std::string& path) {
    return read_text_file(path, "SQL");
}

std::shared_ptr<const analysis::CategoryRules> read_rules_file(const std::string& path) {
    if (path.empty()) return nullptr;
    return std::make_shared<const analysis::CategoryRules>(path, read_text_file(path, "rules"));
}

std::string read_sql_stdin() {
    return read_text(STDIN_FILENO, "standard input", "SQL");
}

}  // namespace snapq::commands
