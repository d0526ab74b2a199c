#include "input/torch_save_stream.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/numbers.hpp"
#include "zip/member_source.hpp"
#include "zip/records.hpp"

namespace snapq::input {
namespace {

// An archive whose first members are none of torch.save's is not read to its end only to say so.
constexpr std::size_t k_max_members = 64;

std::string_view expect(io::Window& archive, std::size_t count, const io::ErrorContext& origin) {
    const std::string_view text = archive.peek(count);
    if (text.size() < count) origin.fail_truncated(archive.offset() + text.size());
    return text;
}

// The header the archive stands on; nullopt behind the last member.
std::optional<zip::ZipMember> next_member(io::Window& archive, const io::ErrorContext& origin) {
    std::string_view text = expect(archive, zip::k_local_signature.size(), origin);
    if (text.starts_with(zip::k_central_signature) || text.starts_with(zip::k_end_signature))
        return std::nullopt;
    if (!text.starts_with(zip::k_local_signature))
        origin.fail(archive.offset(), "the header of a member is damaged");
    text = expect(archive, zip::k_local_size, origin);
    zip::ZipMember member;
    member.header_offset = archive.offset();
    member.flags = load_le<std::uint16_t>(text, 6);
    member.method = load_le<std::uint16_t>(text, 8);
    member.crc32 = load_le<std::uint32_t>(text, 14);
    member.packed_size = load_le<std::uint32_t>(text, 18);
    member.unpacked_size = load_le<std::uint32_t>(text, 22);
    const std::size_t name_size = load_le<std::uint16_t>(text, 26);
    const std::size_t extra_size = load_le<std::uint16_t>(text, 28);
    text = expect(archive, zip::k_local_size + name_size + extra_size, origin);
    member.name = text.substr(zip::k_local_size, name_size);
    if (!zip::apply_zip64(text.substr(zip::k_local_size + name_size, extra_size), member)) {
        origin.fail(archive.offset(), "a zip64 field is too short");
    }
    archive.skip(zip::k_local_size + name_size + extra_size);
    return member;
}

void skip_data(io::Window& archive, const zip::ZipMember& member, const io::ErrorContext& origin,
               const io::ExpansionGuard& guard) {
    zip::ZipMemberReader reader(member, origin, guard);
    std::array<char, std::size_t{16} << 10> piece;
    while (reader.read(archive, piece) > 0) {
    }
}

}  // namespace

std::unique_ptr<ByteSource> open_streamed_torch_pickle(std::unique_ptr<io::Window> archive,
                                                       const io::ErrorContext& origin,
                                                       const io::ExpansionGuard& guard) {
    std::vector<std::string> names;
    while (names.size() < k_max_members) {
        std::optional<zip::ZipMember> member = next_member(*archive, origin);
        if (!member) break;
        const bool is_wanted = zip::is_torch_pickle(member->name);
        const bool is_ours = member->name == "allocations.json" || member->name == "elements.db";
        names.push_back(member->name);
        if (is_ours) break;
        zip::check_supported(*member, origin);
        if (is_wanted)
            return std::make_unique<zip::ZipMemberSource>(std::move(archive),
                                                          zip::ZipMemberReader(*member, origin, guard));
        skip_data(*archive, *member, origin, guard);
    }
    zip::refuse_members(names, origin);
}

}  // namespace snapq::input
