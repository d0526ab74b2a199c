// Writes archives with arbitrary table content, under arbitrary labels and names, into a lake.
#include <algorithm>
#include <filesystem>

#include "exports/lake.hpp"
#include "fuzz/edited_archive.hpp"

namespace {

using namespace snapq;

std::string text_in(fuzz::Cutter& input) {
    std::string text;
    for (std::size_t left = input.index(8); left > 0; --left) text += static_cast<char>(input.byte());
    return text;
}

exports::LakeGroup group_of(fuzz::Cutter& input) {
    exports::LakeGroup group;
    const std::string job = text_in(input);
    // The name of a file, which cannot have these characters.
    std::string name = "x" + text_in(input);
    std::ranges::replace_if(
        name, [](char c) { return c == '/' || c == '\0'; }, '_');
    group.partition = {{.name = "job", .value = job}};
    group.members = {{.path = "edited", .name = name, .rank = static_cast<std::int64_t>(input.byte())},
                     {.path = "sample", .name = name + "2"}};
    return group;
}

// The only files below the folder are the tables, each in one folder of the partition.
void check(const tests::ScratchFolder& folder, const exports::LakeFiles& written) {
    std::int64_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
        if (entry.is_directory()) continue;
        ++files;
        const auto below = entry.path().lexically_relative(folder.path());
        fuzz::require(std::distance(below.begin(), below.end()) == 3, "labels and names are single names");
        const std::string bytes = tests::read_file(entry.path().string());
        fuzz::require(bytes.starts_with("PAR1") && bytes.ends_with("PAR1"), "each file is whole");
    }
    fuzz::require(files == written.files, "no other file is made");
}

}  // namespace

SNAPQ_FUZZ_TARGET(export, data, size) {
    static const fuzz::OpenArchive sample(fuzz::SampleDatabase::instance().bytes());
    fuzz::Cutter input(data, size);
    const exports::LakeGroup group = group_of(input);
    const tests::ScratchFolder folder;
    const bool is_written = fuzz::accepts([&] {
        const fuzz::OpenArchive edited = fuzz::edited_archive(input);
        const auto open = [&](const exports::LakeMember& member) {
            return archive::open_archive(member.path == "sample" ? sample.path() : edited.path());
        };
        const exports::LakeOptions options{.directory = folder.path(),
                                           .tables = exports::tables_with({"allocations", "events"})};
        try {
            check(folder, exports::write_group(options, group, open));
        } catch (const UsageError&) {
        }
    });
    if (!is_written)
        fuzz::require(std::filesystem::is_empty(folder.path()), "an export that is refused leaves nothing");
    return 0;
}
