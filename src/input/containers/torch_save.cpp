// The zip files of torch.save.

#include "input/containers/torch_save.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "input/container.hpp"
#include "zip/reader.hpp"
#include "zip/records.hpp"

namespace snapq::input {
namespace {

// If none of the first entries of a stream comes from torch.save, the stream is refused without reading it to
// the end.
constexpr std::size_t k_max_streamed_entries = 64;
// The number of names in the message about a zip file without data.pkl.
constexpr std::size_t k_max_names = 8;
constexpr std::size_t k_longest_name = 80;

// torch.save puts the pickle into a directory whose name comes from the name of the file.
bool is_torch_pickle(std::string_view name) {
    const std::size_t slash = name.find('/');
    if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
    return name == "data.pkl";
}

bool is_archive_entry(std::string_view name) {
    return name == "allocations.json" || name == "elements.db";
}

// `names` are the names of the first entries of a zip file without data.pkl.
[[noreturn]] void refuse_zip(const std::vector<std::string>& names, const io::ErrorContext& context) {
    if (std::ranges::any_of(names, is_archive_entry)) {
        ArchiveError error(context.file, "this is an archive made from a snapshot already, not a snapshot");
        error.with_hint("query, summary, diff and info read archives as they are");
        throw error;
    }
    if (names.empty()) throw InputError(context.file, "this is an empty zip archive, not a memory snapshot");
    InputError error(context.file,
                     fmt::format("a zip archive without data.pkl, so not made by torch.save (it holds {})",
                                 names.front().substr(0, k_longest_name)));
    error.with_hint("if a snapshot is inside, unzip it first");
    throw error;
}

void check_supported(const zip::DirectoryEntry& entry, const io::ErrorContext& context) {
    const std::string_view shown = std::string_view(entry.name).substr(0, k_longest_name);
    if (entry.is_encrypted()) context.fail(entry.header_offset, fmt::format("{} is encrypted", shown));
    if (entry.has_method(zip::ZipMethod::store) || entry.has_method(zip::ZipMethod::deflate)) return;
    context.fail(entry.header_offset,
                 fmt::format("{} is compressed by method {}; only stored and deflated entries are read",
                             shown, entry.method));
}

zip::DirectoryEntry find_pickle(zip::Directory& directory, const io::ErrorContext& context) {
    std::vector<std::string> names;
    std::optional<zip::DirectoryEntry> pickle;
    for (;;) {
        const std::uint64_t offset = directory.offset();
        std::optional<zip::DirectoryEntry> entry = directory.next();
        if (!entry) break;
        if (is_torch_pickle(entry->name)) {
            // Programs differ in which of two entries with the same name they read.
            if (pickle) directory.fail(offset, "the zip file holds data.pkl twice");
            pickle = std::move(entry);
        } else if (names.size() < k_max_names) {
            names.push_back(std::move(entry->name));
        }
    }
    if (!pickle) refuse_zip(names, context);
    return std::move(*pickle);
}

}  // namespace

TorchPickle open_torch_pickle(const std::shared_ptr<const io::FileSource>& file,
                              const io::ErrorContext& context, const io::ExpansionGuard& guard) {
    const auto bytes = std::make_shared<const io::FileSourceBytes>(file);
    zip::Directory directory(bytes, context);
    zip::DirectoryEntry pickle = find_pickle(directory, context);
    check_supported(pickle, context);
    directory.locate(pickle);
    return {zip::open_entry(bytes, pickle, context, guard), pickle.data_offset,
            pickle.has_method(zip::ZipMethod::store)};
}

std::unique_ptr<ByteSource> open_streamed_torch_pickle(std::unique_ptr<io::Window> zip,
                                                       const io::ErrorContext& context,
                                                       const io::ExpansionGuard& guard) {
    zip::StreamReader reader(std::move(zip), context, guard);
    std::vector<std::string> names;
    while (names.size() < k_max_streamed_entries) {
        const std::optional<zip::DirectoryEntry> entry = reader.next();
        if (!entry) break;
        names.push_back(entry->name);
        if (is_archive_entry(entry->name)) break;
        check_supported(*entry, context);
        if (is_torch_pickle(entry->name)) return reader.open(*entry);
        reader.skip(*entry);
    }
    refuse_zip(names, context);
}

namespace {

using namespace std::string_view_literals;

// Accepts any zip file. If torch.save did not write it, the error says what it is.
bool begins_torch_zip(std::string_view head) {
    return head.starts_with("PK\x03\x04"sv) || head.starts_with("PK\x05\x06"sv);
}

Unpacked open_torch_zip(Packed packed) {
    if (!packed.file)
        return {open_streamed_torch_pickle(std::move(packed.window), packed.context, packed.guard)};
    TorchPickle pickle = open_torch_pickle(packed.file, packed.context, packed.guard);
    if (!pickle.is_stored) return {std::move(pickle.bytes)};
    return {std::move(pickle.bytes), pickle.data_offset};
}

}  // namespace

extern const Container k_torch_zip;
const Container k_torch_zip{"torch-zip", begins_torch_zip, open_torch_zip};

}  // namespace snapq::input
