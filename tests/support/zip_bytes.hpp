// Builds zip files member by member, so that a test can make any field wrong.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace snapq::tests {

struct ZipMember {
    std::string name;
    std::string packed;  // the bytes in the file
    std::uint16_t method = 0;
    std::uint16_t flags = 0;
    std::uint32_t crc32 = 0;
    std::uint64_t size = 0;             // before compression, as the record says
    std::uint64_t compressed_size = 0;  // as the record says
    std::string extra;                  // of the record in the directory
    std::string local_name;             // of the local header
    std::uint64_t header_offset = 0;    // set while the file is built, unless the test sets it
};

inline std::uint32_t crc_of(std::string_view bytes) {
    return static_cast<std::uint32_t>(
        ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

inline ZipMember stored(const std::string& name, const std::string& bytes) {
    return {.name = name,
            .packed = bytes,
            .crc32 = crc_of(bytes),
            .size = bytes.size(),
            .compressed_size = bytes.size(),
            .extra = {},
            .local_name = name};
}

// One deflate stream without seek points, as other programs write it.
inline ZipMember deflated(const std::string& name, const std::string& bytes) {
    ZipMember member = stored(name, bytes);
    z_stream stream{};
    ::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    member.packed.resize(::deflateBound(&stream, bytes.size()));
    stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<unsigned>(bytes.size());
    stream.next_out = reinterpret_cast<unsigned char*>(member.packed.data());
    stream.avail_out = static_cast<unsigned>(member.packed.size());
    ::deflate(&stream, Z_FINISH);
    member.packed.resize(stream.total_out);
    ::deflateEnd(&stream);
    member.method = 8;
    member.compressed_size = member.packed.size();
    return member;
}

inline std::string little_endian(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i, value >>= 8) text += static_cast<char>(value & 0xff);
    return text;
}

inline std::string local_header(const ZipMember& m) {
    return "PK\x03\x04" + little_endian(20, 2) + little_endian(m.flags, 2) + little_endian(m.method, 2) +
           little_endian(0, 4) + little_endian(m.crc32, 4) + little_endian(m.compressed_size, 4) +
           little_endian(m.size, 4) + little_endian(m.local_name.size(), 2) + little_endian(0, 2) +
           m.local_name;
}

inline std::string directory_record(const ZipMember& m) {
    return "PK\x01\x02" + little_endian(20, 2) + little_endian(20, 2) + little_endian(m.flags, 2) +
           little_endian(m.method, 2) + little_endian(0, 4) + little_endian(m.crc32, 4) +
           little_endian(m.compressed_size, 4) + little_endian(m.size, 4) + little_endian(m.name.size(), 2) +
           little_endian(m.extra.size(), 2) + little_endian(0, 10) + little_endian(m.header_offset, 4) +
           m.name + m.extra;
}

inline std::string end_record(std::uint64_t count, std::uint64_t size, std::uint64_t offset,
                              const std::string& comment = {}) {
    return std::string("PK\x05\x06") + little_endian(0, 4) + little_endian(count, 2) +
           little_endian(count, 2) + little_endian(size, 4) + little_endian(offset, 4) +
           little_endian(comment.size(), 2) + comment;
}

inline std::string zip_bytes(std::vector<ZipMember> members, const std::string& comment = {}) {
    std::string file;
    for (ZipMember& member : members) {
        if (member.header_offset == 0) member.header_offset = file.size();
        file += local_header(member) + member.packed;
    }
    std::string directory;
    for (const ZipMember& member : members) directory += directory_record(member);
    return file + directory + end_record(members.size(), directory.size(), file.size(), comment);
}

}  // namespace snapq::tests
