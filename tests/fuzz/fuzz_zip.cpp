// Reads the directory of a zip file, and every entry as one stream.
#include <array>

#include "fuzz/target.hpp"
#include "zip/reader.hpp"

namespace {

// In bytes. An entry is not unpacked further, because more bytes would find no more errors.
constexpr std::uint64_t k_enough = std::uint64_t{1} << 20;

void drain(snapq::ByteSource& source) {
    std::array<char, 5000> buffer{};
    std::uint64_t total = 0;
    while (const std::size_t count = source.read(buffer)) {
        total += count;
        if (total > k_enough) return;
    }
}

}  // namespace

SNAPQ_FUZZ_TARGET(zip, data, size) {
    using namespace snapq;
    const snapq::tests::MemoryFile file(snapq::fuzz::text_of(data, size));
    snapq::fuzz::accepts([&] {
        const zip::ZipReader reader(std::make_shared<const io::FileBytes>(file.path()));
        for (const zip::DirectoryEntry& entry : reader.entries()) {
            snapq::fuzz::require(entry.data_offset + entry.compressed_size <= size,
                                 "entries lie within the file");
            snapq::fuzz::accepts([&] { drain(*reader.open(entry)); });
        }
    });
    return 0;
}
