// Tests random access with wrong seek points. The input becomes an entry of several chunks. Its first bytes
// choose changes of the seek points and of the compressed bytes. All ways to read the entry must then give
// the same bytes or an error.
#include <algorithm>

#include "archive/container.hpp"
#include "fuzz/cutter.hpp"
#include "fuzz/target.hpp"
#include "support/archive_fixture.hpp"
#include "support/memory_file.hpp"

namespace {

using namespace snapq;
using namespace snapq::archive;

constexpr std::string_view k_entry = "elements.db";

struct Packed {
    tests::ArchiveFixture fixture;
    tests::ZipMember member;

    [[nodiscard]] ManifestEntry& record() { return fixture.manifest.entries[0]; }
    [[nodiscard]] std::string zip() const {
        return tests::zip_bytes({member, tests::deflated("manifest.json", manifest_text(fixture.manifest))});
    }
};

Packed pack(zip::Compression method, std::size_t chunk_size, const std::string& text) {
    Packed packed{
        .fixture = {.method = method, .chunk_size = chunk_size, .database = {}, .manifest_bytes = {}},
        .member = {}};
    packed.member = packed.fixture.packed(std::string(k_entry), text);
    return packed;
}

// Sizes that are moved from one chunk to another still add up, so they pass the first checks.
void move_between(ChunkRecord& from, ChunkRecord& to, std::uint64_t raw, std::uint64_t compressed) {
    from.raw_size -= raw;
    to.raw_size += raw;
    from.compressed_size -= compressed;
    to.compressed_size += compressed;
}

// Sets the checksum of a chunk to that of its changed bytes, as an attacker would.
void sign(Packed& packed, std::size_t number) {
    std::vector<ChunkRecord>& chunks = packed.record().chunks;
    std::uint64_t begin = 0;
    for (std::size_t i = 0; i < number; ++i) begin += chunks[i].compressed_size;
    const std::string_view bytes = packed.member.packed;
    if (begin > bytes.size() || chunks[number].raw_size > 4096) return;
    std::string raw(static_cast<std::size_t>(chunks[number].raw_size), '\0');
    try {
        ChunkDecompressor(packed.record().method)
            .decompress(bytes.substr(static_cast<std::size_t>(begin), chunks[number].compressed_size), 0,
                        raw);
    } catch (const InputError&) {  // at least the checksum is wrong
    }
    chunks[number].crc32 = crc32_of(raw);
}

void edit(Packed& packed, fuzz::Cutter& input) {
    ManifestEntry& record = packed.record();
    if (record.chunks.empty()) return;
    const std::size_t number = input.index(record.chunks.size());
    ChunkRecord& chunk = record.chunks[number];
    ChunkRecord& other = record.chunks[input.index(record.chunks.size())];
    const auto amount = static_cast<std::int8_t>(input.byte());
    const auto by = static_cast<std::uint64_t>(std::int64_t{amount});
    switch (input.byte() % 10) {
        case 0: chunk.raw_size += by; break;
        case 1: chunk.compressed_size += by; break;
        case 2: chunk.crc32 ^= static_cast<std::uint32_t>(by); break;
        case 3: std::swap(chunk, other); break;
        case 4: record.chunks.insert(record.chunks.begin() + static_cast<std::ptrdiff_t>(number), {}); break;
        case 5: record.chunks.erase(record.chunks.begin() + static_cast<std::ptrdiff_t>(number)); break;
        case 6: move_between(chunk, other, by, 0); break;
        case 7: move_between(chunk, other, 0, by); break;
        case 8:
            if (!packed.member.packed.empty())
                packed.member.packed[input.number(2) % packed.member.packed.size()] ^=
                    static_cast<char>(amount);
            break;
        case 9: sign(packed, number); break;
    }
}

// All bytes, read at once; nullopt when some of them are damaged.
std::optional<std::string> whole(const io::RandomAccessBytes& bytes) {
    std::string text(static_cast<std::size_t>(bytes.size()), '\0');
    const bool readable = fuzz::accepts([&] { bytes.read_at(0, text); });
    return readable ? std::optional(text) : std::nullopt;
}

void compare_chunks(const ChunkReader& reader, const std::string& text) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < reader.chunk_count(); ++i) {
        const std::vector<char> raw = reader.unpack(i);
        fuzz::require(
            std::string_view(raw.data(), raw.size()) == std::string_view(text).substr(begin, raw.size()),
            "chunks read one by one are the whole entry");
        begin += raw.size();
    }
    fuzz::require(begin == text.size(), "the entry ends with the last chunk");
}

void compare_pieces(const io::RandomAccessBytes& bytes, const std::optional<std::string>& text,
                    std::string_view places) {
    for (std::size_t i = 0; i + 3 < places.size() && i < 64; i += 4) {
        const auto at = [&](std::size_t k) { return std::size_t{static_cast<std::uint8_t>(places[i + k])}; };
        const std::size_t offset = at(0) + 256 * at(1);
        std::string piece(at(2) + 256 * (at(3) % 32), '\0');
        const bool readable = fuzz::accepts([&] { bytes.read_at(offset, piece); });
        const bool inside = offset <= bytes.size() && piece.size() <= bytes.size() - offset;
        fuzz::require(inside || !readable, "nothing can be read beyond the end");
        if (!text || !inside) continue;
        fuzz::require(readable && text->compare(offset, piece.size(), piece) == 0,
                      "a range is a part of the whole entry");
    }
}

}  // namespace

SNAPQ_FUZZ_TARGET(seek, data, size) {
    fuzz::Cutter input(data, size);
    constexpr std::array k_methods{zip::Compression::store, zip::Compression::deflate,
                                   zip::Compression::zstd};
    const zip::Compression method = input.one_of(k_methods);
    const std::size_t chunk_size = 1 + input.number(2) % 4096;
    const std::size_t edits = input.index(8);
    fuzz::Cutter edits_input = input;
    // The bytes that choose the changes and the ranges are part of the text as well.
    const std::string text(input.rest().substr(0, chunk_size * 20));
    Packed packed = pack(method, chunk_size, text);
    for (std::size_t i = 0; i < edits; ++i) edit(packed, edits_input);

    const tests::MemoryFile file(packed.zip());
    const bool opened = fuzz::accepts([&] {
        const ZipContainer container(std::make_shared<const io::FileBytes>(file.path()));
        const auto reader = container.chunks(container.manifest().value().entries.at(0));
        const std::optional<std::string> read = whole(*reader);
        if (edits == 0) fuzz::require(read == text, "an unchanged entry is read as it was written");
        if (read) compare_chunks(*reader, *read);
        compare_pieces(*container.random_access(k_entry), read, input.rest());
    });
    fuzz::require(opened || edits > 0, "an unchanged archive can be opened");
    return 0;
}
