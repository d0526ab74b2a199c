#include "support/input_fixtures.hpp"

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <limits>
#include <random>
#include <stdexcept>

namespace snapq::input::fixtures {
namespace {

std::string little_endian(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
}

std::string deflate_with(std::string_view bytes, int window_bits) {
    z_stream stream{};
    if (deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    std::string packed(deflateBound(&stream, bytes.size()) + 64, '\0');
    std::string input(bytes);
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const int result = deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END) throw std::runtime_error("deflate did not finish");
    return packed;
}

std::uint32_t crc_of(std::string_view bytes) {
    return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string zip64_extra(std::uint64_t unpacked, std::uint64_t packed) {
    return little_endian(1, 2) + little_endian(16, 2) + little_endian(unpacked, 8) + little_endian(packed, 8);
}

}  // namespace

std::string pickle_bytes(std::size_t size) {
    std::mt19937 random(7);
    std::string bytes = "\x80\x04]\x94(";
    while (bytes.size() + 1 < size)
        bytes += static_cast<char>(random() % 16 == 0 ? random() : random() % 4 + 'a');
    return bytes + ".";
}

std::string gzip(std::string_view bytes) {
    return deflate_with(bytes, MAX_WBITS + 16);
}

std::string zstd(std::string_view bytes) {
    std::string packed(ZSTD_compressBound(bytes.size()), '\0');
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    const std::size_t size =
        ZSTD_compress2(context, packed.data(), packed.size(), bytes.data(), bytes.size());
    ZSTD_freeCCtx(context);
    if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
    packed.resize(size);
    return packed;
}

std::string zstd_skippable_frame(std::string_view content) {
    return "\x5A\x2A\x4D\x18" + little_endian(content.size(), 4) + std::string(content);
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view k_alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char byte : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(byte);
        for (count += 8; count >= 6; count -= 6) text += k_alphabet[bits >> (count - 6) & 63];
    }
    if (count > 0) text += k_alphabet[bits << (6 - count) & 63];
    while (text.size() % 4 != 0) text += '=';
    return text;
}

std::string html_page(std::string_view pickle) {
    const std::string padded = std::string(pickle) + std::string(3 - pickle.size() % 3, '\0');
    return "\n<!DOCTYPE html>\n<html>\n<head>\n</head>\n<body>\n<script type=\"module\">\n"
           "import {show} from \"https://example.org/viewer.js\"\nconst files = [{\"name\": "
           "\"snapshot.pickle\", \"base64\": \"" +
           base64(padded) + "\"}]\nshow(files, 'Active Memory Timeline')\n</script>\n</body>\n";
}

ZipBuilder& ZipBuilder::add(std::string_view name, std::string_view bytes, const Options& options) {
    const std::string packed = options.is_deflated ? deflate_with(bytes, -MAX_WBITS) : std::string(bytes);
    const std::string crc = little_endian(crc_of(bytes), 4);
    const auto sizes = [&](int width) {
        return little_endian(packed.size(), width) + little_endian(bytes.size(), width);
    };
    const std::string fixed = little_endian(options.has_descriptor ? 8 : 0, 2) +
                              little_endian(options.is_deflated ? 8 : 0, 2) + std::string(4, '\0');
    const std::string large = little_endian(std::numeric_limits<std::uint32_t>::max(), 4);
    const std::string padding =
        options.padding == 0 ? ""
                             : "FB" + little_endian(options.padding, 2) + std::string(options.padding, 'Z');
    const std::string extra64 = options.is_zip64 ? zip64_extra(bytes.size(), packed.size()) : "";
    const std::string directory_sizes = options.is_zip64 ? large + large : sizes(4);
    const std::string local_sizes = options.has_descriptor ? std::string(12, '\0') : crc + directory_sizes;
    const std::string local_extra = (options.has_descriptor ? "" : extra64) + padding;
    const std::size_t offset = m_data.size();
    m_data += "PK\x03\x04" + little_endian(45, 2) + fixed + local_sizes + little_endian(name.size(), 2) +
              little_endian(local_extra.size(), 2) + std::string(name) + local_extra + packed;
    if (options.has_descriptor)
        m_data += (options.has_signature ? "PK\x07\x08" : "") + crc + sizes(options.is_zip64 ? 8 : 4);
    m_directory += "PK\x01\x02" + little_endian(45, 2) + little_endian(45, 2) + fixed + crc +
                   directory_sizes + little_endian(name.size(), 2) + little_endian(extra64.size(), 2) +
                   std::string(10, '\0') + little_endian(offset, 4) + std::string(name) + extra64;
    ++m_count;
    return *this;
}

std::string ZipBuilder::finish(bool zip64, std::string_view comment) const {
    std::string bytes = m_data + m_directory;
    const std::string size = little_endian(m_directory.size(), 8);
    const std::string offset = little_endian(m_data.size(), 8);
    if (zip64) {
        const std::string counts = little_endian(m_count, 8) + little_endian(m_count, 8);
        const std::size_t record = bytes.size();
        bytes += "PK\x06\x06" + little_endian(44, 8) + little_endian(45, 2) + little_endian(45, 2) +
                 std::string(8, '\0') + counts + size + offset;
        bytes += "PK\x06\x07" + std::string(4, '\0') + little_endian(record, 8) + little_endian(1, 4);
    }
    const std::string end_fields = zip64 ? std::string(12, '\xFF')
                                         : little_endian(m_count, 2) + little_endian(m_count, 2) +
                                               size.substr(0, 4) + offset.substr(0, 4);
    bytes += "PK\x05\x06" + std::string(4, '\0') + end_fields + little_endian(comment.size(), 2) +
             std::string(comment);
    return bytes;
}

std::string torch_zip(std::string_view pickle) {
    ZipBuilder::Options options;
    options.has_descriptor = true;
    options.padding = 38;
    ZipBuilder zip;
    zip.add("run/data.pkl", pickle, options)
        .add("run/byteorder", "little", options)
        .add("run/version", "3\n", options);
    return zip.finish(true);
}

std::string read_all(ByteSource& source, std::size_t piece) {
    std::string all;
    std::string buffer(piece, '\0');
    while (const std::size_t count = source.read(buffer)) all.append(buffer, 0, count);
    return all;
}

std::string payload_of(const std::string& path, std::size_t piece) {
    OpenedInput input = open_input(path);
    std::string all = read_all(input.payload(), piece);
    input.finish();
    return all;
}

std::string failure_of(const std::string& path) {
    try {
        payload_of(path);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

StandardInput::StandardInput(int fd) : m_saved(::dup(STDIN_FILENO)) {
    ::dup2(fd, STDIN_FILENO);
}

StandardInput::~StandardInput() {
    ::dup2(m_saved, STDIN_FILENO);
    ::close(m_saved);
}

}  // namespace snapq::input::fixtures
