#include "input/torch_save_directory.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "io/window.hpp"
#include "support/numbers.hpp"
#include "zip/member_source.hpp"
#include "zip/records.hpp"

namespace snapq::input {
namespace {

constexpr std::string_view k_end64_signature("PK\x06\x06", 4);
constexpr std::string_view k_locator64_signature("PK\x06\x07", 4);
constexpr std::size_t k_end_size = 22;
constexpr std::size_t k_end64_size = 56;
constexpr std::size_t k_locator64_size = 20;
constexpr std::size_t k_central_size = 46;
constexpr std::size_t k_max_comment = 0xFFFF;
constexpr std::size_t k_names_for_complaint = 8;

struct Extent {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

// The archive of one file; all offsets are file offsets.
class Directory {
public:
    Directory(std::shared_ptr<const io::FileSource> file, io::ErrorContext origin)
        : m_file(std::move(file)), m_origin(std::move(origin)), m_size(m_file->size().value_or(0)) {}

    zip::ZipMember find_pickle() const;
    // Where the member's data lies, by its local header.
    Extent data_of(const zip::ZipMember& member) const;

private:
    std::string read(std::uint64_t offset, std::uint64_t count) const;
    // For records that lie, by what another one says, at `offset`: which may be anywhere.
    [[noreturn]] void fail_behind_end(std::uint64_t offset, const char* message) const {
        m_origin.fail(std::min(offset, m_size), message);
    }
    Extent central_extent() const;
    std::optional<Extent> zip64_extent(std::uint64_t end_offset) const;
    Extent checked(std::uint64_t begin, std::uint64_t size, std::uint64_t limit) const;
    zip::ZipMember next_member(io::Window& records) const;

    std::shared_ptr<const io::FileSource> m_file;
    io::ErrorContext m_origin;
    std::uint64_t m_size;
};

std::string Directory::read(std::uint64_t offset, std::uint64_t count) const {
    if (offset > m_size || count > m_size - offset)
        fail_behind_end(offset, "a record reaches behind the end of the file");
    std::string bytes(static_cast<std::size_t>(count), '\0');
    for (std::size_t filled = 0; filled < bytes.size();) {
        filled += m_file->read_at(offset + filled, std::span(bytes).subspan(filled));
    }
    return bytes;
}

Extent Directory::checked(std::uint64_t begin, std::uint64_t size, std::uint64_t limit) const {
    if (begin > limit || size > limit - begin)
        fail_behind_end(begin, "the archive's directory points behind its end");
    return {begin, begin + size};
}

// The end record is the last thing in the file but for a comment whose length it names.
Extent Directory::central_extent() const {
    const std::uint64_t tail_size = std::min<std::uint64_t>(m_size, k_end_size + k_max_comment);
    const std::uint64_t tail_offset = m_size - tail_size;
    const std::string tail = read(tail_offset, tail_size);
    for (std::size_t at = tail.rfind(zip::k_end_signature); at != std::string::npos;) {
        const bool is_whole = tail.size() - at >= k_end_size;
        if (is_whole && load_le<std::uint16_t>(tail, at + 20) == tail.size() - at - k_end_size) {
            if (const auto extent = zip64_extent(tail_offset + at)) return *extent;
            return checked(load_le<std::uint32_t>(tail, at + 16), load_le<std::uint32_t>(tail, at + 12),
                           tail_offset + at);
        }
        if (at == 0) break;
        at = tail.rfind(zip::k_end_signature, at - 1);
    }
    m_origin.fail(m_size, "the archive's directory is missing (a truncated file?)");
}

std::optional<Extent> Directory::zip64_extent(std::uint64_t end_offset) const {
    if (end_offset < k_locator64_size) return std::nullopt;
    const std::uint64_t locator_offset = end_offset - k_locator64_size;
    const std::string locator = read(locator_offset, k_locator64_size);
    if (!locator.starts_with(k_locator64_signature)) return std::nullopt;
    const auto record_offset = load_le<std::uint64_t>(locator, 8);
    checked(record_offset, k_end64_size, locator_offset);
    const std::string record = read(record_offset, k_end64_size);
    if (!record.starts_with(k_end64_signature))
        m_origin.fail(record_offset, "the archive's zip64 end record is damaged");
    return checked(load_le<std::uint64_t>(record, 48), load_le<std::uint64_t>(record, 40), record_offset);
}

zip::ZipMember Directory::find_pickle() const {
    const Extent extent = central_extent();
    io::Window records(std::make_unique<io::FileRange>(m_file, extent.begin, extent.end), extent.begin);
    std::vector<std::string> names;
    std::optional<zip::ZipMember> found;
    while (!records.peek(1).empty()) {
        const std::uint64_t offset = records.offset();
        zip::ZipMember member = next_member(records);
        if (zip::is_torch_pickle(member.name)) {
            // Tools disagree on which of two is meant.
            if (found) m_origin.fail(offset, "the archive holds data.pkl twice");
            found = std::move(member);
        } else if (names.size() < k_names_for_complaint) {
            names.push_back(std::move(member.name));
        }
    }
    if (!found) zip::refuse_members(names, m_origin);
    return *found;
}

zip::ZipMember Directory::next_member(io::Window& records) const {
    const std::uint64_t offset = records.offset();
    std::string_view text = records.peek(k_central_size);
    if (text.size() < k_central_size || !text.starts_with(zip::k_central_signature)) {
        m_origin.fail(offset, "the archive's directory is damaged");
    }
    zip::ZipMember member;
    member.flags = load_le<std::uint16_t>(text, 8);
    member.method = load_le<std::uint16_t>(text, 10);
    member.crc32 = load_le<std::uint32_t>(text, 16);
    member.packed_size = load_le<std::uint32_t>(text, 20);
    member.unpacked_size = load_le<std::uint32_t>(text, 24);
    member.header_offset = load_le<std::uint32_t>(text, 42);
    const std::size_t name_size = load_le<std::uint16_t>(text, 28);
    const std::size_t extra_size = load_le<std::uint16_t>(text, 30);
    const std::size_t whole = k_central_size + name_size + extra_size + load_le<std::uint16_t>(text, 32);
    text = records.peek(whole);
    if (text.size() < whole) m_origin.fail(offset, "the archive's directory is damaged");
    member.name = text.substr(k_central_size, name_size);
    if (!zip::apply_zip64(text.substr(k_central_size + name_size, extra_size), member)) {
        m_origin.fail(offset, "a zip64 field of the archive's directory is too short");
    }
    records.skip(whole);
    return member;
}

Extent Directory::data_of(const zip::ZipMember& member) const {
    const std::string header = read(member.header_offset, zip::k_local_size);
    if (!header.starts_with(zip::k_local_signature)) {
        m_origin.fail(member.header_offset, "the header of data.pkl is damaged");
    }
    const std::uint64_t names =
        std::uint64_t{load_le<std::uint16_t>(header, 26)} + load_le<std::uint16_t>(header, 28);
    return checked(member.header_offset + zip::k_local_size + names, member.packed_size, m_size);
}

}  // namespace

ZipPickle open_torch_pickle(const std::shared_ptr<const io::FileSource>& file, const io::ErrorContext& origin,
                            const io::ExpansionGuard& guard) {
    const Directory directory(file, origin);
    zip::ZipMember member = directory.find_pickle();
    zip::check_supported(member, origin);
    const Extent extent = directory.data_of(member);
    // The directory knows the sizes; nobody needs the descriptor behind the data.
    member.flags = static_cast<std::uint16_t>(member.flags & ~zip::ZipMember::k_descriptor_flag);
    auto data = std::make_unique<io::Window>(std::make_unique<io::FileRange>(file, extent.begin, extent.end),
                                             extent.begin);
    auto bytes =
        std::make_unique<zip::ZipMemberSource>(std::move(data), zip::ZipMemberReader(member, origin, guard));
    return {std::move(bytes), extent.begin, member.method == zip::ZipMember::k_stored};
}

}  // namespace snapq::input
