#include "io/zip_stream.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/little_endian.hpp"
#include "io/zip_member_source.hpp"
#include "io/zip_records.hpp"

namespace snapq::io {
namespace {

constexpr std::string_view k_local_signature("PK\x03\x04", 4);
constexpr std::string_view k_central_signature("PK\x01\x02", 4);
constexpr std::string_view k_end_signature("PK\x05\x06", 4);
constexpr std::size_t k_local_size = 30;
// An archive whose first members are none of torch.save's is not read to its end only to say so.
constexpr std::size_t k_max_members = 64;

std::string_view expect(Window& archive, std::size_t count, const Origin& origin) {
    const std::string_view text = archive.peek(count);
    if (text.size() < count) origin.fail_truncated(archive.offset() + text.size());
    return text;
}

// The header the archive stands on; nullopt behind the last member.
std::optional<ZipMember> next_member(Window& archive, const Origin& origin) {
    std::string_view text = expect(archive, k_local_signature.size(), origin);
    if (text.starts_with(k_central_signature) || text.starts_with(k_end_signature)) return std::nullopt;
    if (!text.starts_with(k_local_signature))
        origin.fail(archive.offset(), "the header of a member is damaged");
    text = expect(archive, k_local_size, origin);
    ZipMember member;
    member.header_offset = archive.offset();
    member.flags = load_le<std::uint16_t>(text, 6);
    member.method = load_le<std::uint16_t>(text, 8);
    member.crc32 = load_le<std::uint32_t>(text, 14);
    member.packed_size = load_le<std::uint32_t>(text, 18);
    member.unpacked_size = load_le<std::uint32_t>(text, 22);
    const std::size_t name_size = load_le<std::uint16_t>(text, 26);
    const std::size_t extra_size = load_le<std::uint16_t>(text, 28);
    text = expect(archive, k_local_size + name_size + extra_size, origin);
    member.name = text.substr(k_local_size, name_size);
    if (!apply_zip64(text.substr(k_local_size + name_size, extra_size), member)) {
        origin.fail(archive.offset(), "a zip64 field is too short");
    }
    archive.skip(k_local_size + name_size + extra_size);
    return member;
}

void skip_data(Window& archive, const ZipMember& member, const Origin& origin, const ExpansionGuard& guard) {
    ZipMemberReader reader(member, origin, guard);
    std::array<char, std::size_t{16} << 10> piece;
    while (reader.read(archive, piece) > 0) {
    }
}

}  // namespace

std::unique_ptr<ByteSource> open_streamed_torch_pickle(std::unique_ptr<Window> archive, const Origin& origin,
                                                       const ExpansionGuard& guard) {
    std::vector<std::string> names;
    while (names.size() < k_max_members) {
        std::optional<ZipMember> member = next_member(*archive, origin);
        if (!member) break;
        const bool is_wanted = is_torch_pickle(member->name);
        const bool is_ours = member->name == "allocations.json" || member->name == "elements.db";
        names.push_back(member->name);
        if (is_ours) break;
        check_supported(*member, origin);
        if (is_wanted)
            return std::make_unique<ZipMemberSource>(std::move(archive),
                                                     ZipMemberReader(*member, origin, guard));
        skip_data(*archive, *member, origin, guard);
    }
    refuse_members(names, origin);
}

}  // namespace snapq::io
