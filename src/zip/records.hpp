// The records of a zip archive, as far as a torch.save file needs them (APPNOTE.TXT sections 4.3 and 4.5).
//
// Own code, because libzip cannot read from a pipe and because only one member of one kind of archive is
// wanted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/error_context.hpp"

namespace snapq::zip {

inline constexpr std::string_view k_local_signature("PK\x03\x04", 4);
inline constexpr std::string_view k_central_signature("PK\x01\x02", 4);
inline constexpr std::string_view k_end_signature("PK\x05\x06", 4);
inline constexpr std::size_t k_local_size = 30;  // of a local header, without its name and extra field

struct ZipMember {
    static constexpr std::uint16_t k_stored = 0;
    static constexpr std::uint16_t k_deflated = 8;
    static constexpr std::uint16_t k_encrypted_flag = 1;
    static constexpr std::uint16_t k_descriptor_flag = 8;

    std::string name;
    std::uint16_t flags = 0;
    std::uint16_t method = k_stored;
    std::uint32_t crc32 = 0;
    std::uint64_t packed_size = 0;    // bytes
    std::uint64_t unpacked_size = 0;  // bytes
    std::uint64_t header_offset = 0;  // of the local header; central directory only

    // CRC and sizes follow the data, the fields here say nothing (local header of a streamed archive).
    [[nodiscard]] bool has_descriptor() const { return (flags & k_descriptor_flag) != 0; }
};

// What torch.save calls the pickle: `data.pkl` below one folder named after the file.
bool is_torch_pickle(std::string_view member_name);

// Throws the InputError for an archive without one; `names` are its first few members.
[[noreturn]] void refuse_members(const std::vector<std::string>& names, const io::ErrorContext& origin);

// Puts sizes and offset that do not fit 32 bits in from the zip64 extra field (header id 1). False when the
// extra field is too short for what it must hold.
bool apply_zip64(std::string_view extra, ZipMember& member);

// Throws InputError when the member is encrypted or compressed by another method.
void check_supported(const ZipMember& member, const io::ErrorContext& origin);

}  // namespace snapq::zip
