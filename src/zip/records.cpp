#include "zip/records.hpp"

#include <algorithm>
#include <limits>

#include "support/numbers.hpp"

namespace snapq::zip {
namespace {

constexpr std::uint16_t k_zip64_id = 1;
constexpr std::uint64_t k_saturated = std::numeric_limits<std::uint32_t>::max();

bool take_if_saturated(std::string_view& field, std::uint64_t& value) {
    if (value != k_saturated) return true;
    if (field.size() < 8) return false;
    value = load_le<std::uint64_t>(field, 0);
    field.remove_prefix(8);
    return true;
}

// Names come from the file: no endless line. (What a terminal would obey is shown by its code, as in all
// messages.)
std::string_view beginning(std::string_view name) {
    return name.substr(0, 80);
}

}  // namespace

bool is_torch_pickle(std::string_view member_name) {
    const std::size_t slash = member_name.find('/');
    if (slash != std::string_view::npos) member_name.remove_prefix(slash + 1);
    return member_name == "data.pkl";
}

void refuse_members(const std::vector<std::string>& names, const io::ErrorContext& origin) {
    const bool is_ours = std::any_of(names.begin(), names.end(), [](const std::string& name) {
        return name == "allocations.json" || name == "elements.db";
    });
    if (is_ours) {
        InputError error(origin.file, "this is an archive made from a snapshot already, not a snapshot");
        error.with_hint("query, summary, diff and info read archives as they are");
        throw error;
    }
    if (names.empty()) throw InputError(origin.file, "this is an empty zip archive, not a memory snapshot");
    InputError error(origin.file,
                     fmt::format("a zip archive without data.pkl, so not made by torch.save (it holds {})",
                                 beginning(names.front())));
    error.with_hint("if a snapshot is inside, unzip it first");
    throw error;
}

bool apply_zip64(std::string_view extra, ZipMember& member) {
    while (extra.size() >= 4) {
        const auto id = load_le<std::uint16_t>(extra, 0);
        const std::size_t length = load_le<std::uint16_t>(extra, 2);
        extra.remove_prefix(4);
        if (length > extra.size()) break;
        if (id == k_zip64_id) {
            std::string_view field = extra.substr(0, length);
            return take_if_saturated(field, member.unpacked_size) &&
                   take_if_saturated(field, member.packed_size) &&
                   take_if_saturated(field, member.header_offset);
        }
        extra.remove_prefix(length);
    }
    // Without the field a size of 2^32 - 1 is what it says.
    return true;
}

void check_supported(const ZipMember& member, const io::ErrorContext& origin) {
    if ((member.flags & ZipMember::k_encrypted_flag) != 0) {
        origin.fail(member.header_offset, fmt::format("{} is encrypted", beginning(member.name)));
    }
    if (member.method == ZipMember::k_stored || member.method == ZipMember::k_deflated) return;
    origin.fail(member.header_offset,
                fmt::format("{} is compressed by method {}; only stored and deflated members are read",
                            beginning(member.name), member.method));
}

}  // namespace snapq::zip
