#include "io/raw_deflater.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "support/error.hpp"

namespace snapq::io {
namespace {

constexpr int k_memory_level = 8;  // zlib's default

}  // namespace

RawDeflater::RawDeflater(std::string& to) : m_to(to) {
    // A negative number of window bits asks for a stream without header and checksum.
    if (deflateInit2(&m_stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, k_memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        throw SystemError("there is no memory to compress with");
    }
}

RawDeflater::~RawDeflater() {
    deflateEnd(&m_stream);
}

void RawDeflater::write(std::string_view bytes) {
    m_raw_bytes += bytes.size();
    while (!bytes.empty()) {
        const std::size_t part = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
        run(bytes.substr(0, part), Z_NO_FLUSH);
        bytes.remove_prefix(part);
    }
}

void RawDeflater::flush() {
    run({}, Z_SYNC_FLUSH);
}

void RawDeflater::finish() {
    run({}, Z_FINISH);
}

void RawDeflater::run(std::string_view bytes, int flush) {
    std::array<char, 16384> out;
    m_stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    m_stream.avail_in = static_cast<uInt>(bytes.size());
    do {
        m_stream.next_out = reinterpret_cast<Bytef*>(out.data());
        m_stream.avail_out = static_cast<uInt>(out.size());
        deflate(&m_stream, flush);
        m_to.append(out.data(), out.size() - m_stream.avail_out);
    } while (m_stream.avail_out == 0);
}

}  // namespace snapq::io
