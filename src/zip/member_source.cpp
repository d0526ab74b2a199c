#include "zip/member_source.hpp"

#include <algorithm>
#include <cstring>

#include "support/numbers.hpp"

namespace snapq::zip {
namespace {

constexpr std::string_view k_descriptor_signature("PK\x07\x08", 4);
// Signature, CRC, two sizes of 64 bits.
constexpr std::size_t k_max_descriptor = 24;

}  // namespace

ZipMemberReader::ZipMemberReader(ZipMember member, io::ErrorContext origin, io::ExpansionGuard guard)
    : m_member(std::move(member)), m_origin(std::move(origin)), m_guard(guard) {
    if (m_member.method == ZipMember::k_deflated)
        m_inflater = std::make_unique<io::Inflater>(io::Inflater::Format::raw);
}

std::size_t ZipMemberReader::read(io::Window& data, std::span<char> into) {
    if (into.empty() || m_done) return 0;
    if (!m_data_begin) m_data_begin = data.offset();
    std::size_t count = 0;
    if (m_inflater) {
        count = m_inflater->read(data, into, m_origin);
        m_guard.count(count, data, m_origin);
    } else {
        count = m_member.has_descriptor() ? read_stored_to_descriptor(data, into) : read_stored(data, into);
    }
    m_packed = data.offset() - *m_data_begin;
    m_unpacked += count;
    m_crc = static_cast<std::uint32_t>(crc32_z(m_crc, reinterpret_cast<const Bytef*>(into.data()), count));
    if (count == 0) {
        m_done = true;
        check_end(data);
    }
    return count;
}

std::size_t ZipMemberReader::read_stored(io::Window& data, std::span<char> into) {
    const std::uint64_t left = m_member.packed_size - m_packed;
    if (left == 0) return 0;
    const std::size_t count =
        data.read(into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left))));
    if (count == 0) m_origin.fail_truncated(data.offset());
    return count;
}

std::size_t ZipMemberReader::read_stored_to_descriptor(io::Window& data, std::span<char> into) {
    std::string_view text = data.peek(k_max_descriptor);
    if (descriptor_size(text, true)) return 0;
    if (text.empty()) m_origin.fail_truncated(data.offset());
    // A signature that fits nothing is data; look for the next one no further than this read can go.
    text = text.substr(0, into.size() + k_descriptor_signature.size());
    std::size_t safe = text.find(k_descriptor_signature, 1);
    if (safe == std::string_view::npos) {
        // The last three bytes may begin a signature, unless nothing follows them.
        safe = text.size() < k_descriptor_signature.size() ? text.size() : text.size() - 3;
    }
    const std::size_t count = std::min(safe, into.size());
    std::memcpy(into.data(), text.data(), count);
    data.skip(count);
    return count;
}

void ZipMemberReader::check_end(io::Window& data) {
    if (m_member.has_descriptor()) {
        const auto size = descriptor_size(data.peek(k_max_descriptor), false);
        if (!size && data.peek(k_max_descriptor).size() < k_max_descriptor / 2)
            m_origin.fail_truncated(data.offset());
        if (!size) m_origin.fail(data.offset(), "damaged data (checksum or size differ)");
        data.skip(*size);
        return;
    }
    if (m_packed != m_member.packed_size || m_unpacked != m_member.unpacked_size || m_crc != m_member.crc32) {
        m_origin.fail(data.offset(), "damaged data (checksum or size differ)");
    }
}

std::optional<std::size_t> ZipMemberReader::descriptor_size(std::string_view text,
                                                            bool needs_signature) const {
    const bool is_signed = text.starts_with(k_descriptor_signature);
    if (!is_signed && needs_signature) return std::nullopt;
    const std::size_t crc_at = is_signed ? k_descriptor_signature.size() : 0;
    const std::size_t sizes_at = crc_at + 4;
    if (text.size() < sizes_at + 8 || load_le<std::uint32_t>(text, crc_at) != m_crc) return std::nullopt;
    if (load_le<std::uint32_t>(text, sizes_at) == m_packed &&
        load_le<std::uint32_t>(text, sizes_at + 4) == m_unpacked) {
        return sizes_at + 8;
    }
    if (text.size() < sizes_at + 16 || load_le<std::uint64_t>(text, sizes_at) != m_packed ||
        load_le<std::uint64_t>(text, sizes_at + 8) != m_unpacked) {
        return std::nullopt;
    }
    return sizes_at + 16;
}

}  // namespace snapq::zip
