#include "zip/entry_stream.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/error.hpp"

namespace snapq::zip {
namespace {

constexpr std::size_t k_input_buffer = std::size_t{64} << 10;

// Counts and checks what a method yields; the methods only unpack.
class EntryStream : public ByteSource {
public:
    EntryStream(std::shared_ptr<const io::FileBytes> file, DirectoryEntry entry)
        : m_file(std::move(file)), m_entry(std::move(entry)) {}

    std::size_t read(std::span<char> into) final {
        if (m_ended || into.empty()) return 0;
        const std::size_t count = unpack(into);
        m_yielded += count;
        m_crc = static_cast<std::uint32_t>(
            ::crc32_z(m_crc, reinterpret_cast<const unsigned char*>(into.data()), count));
        if (m_yielded > m_entry.size) fail("has more bytes than the directory announces");
        if (count == 0) finish();
        return count;
    }

    [[nodiscard]] std::uint64_t consumed() const final { return m_consumed; }

protected:
    // At least one byte, 0 at the end.
    virtual std::size_t unpack(std::span<char> into) = 0;

    std::size_t read_compressed(std::span<char> into) {
        const std::uint64_t left = m_entry.compressed_size - m_consumed;
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, into.size()));
        m_file->read_at(m_entry.data_offset + m_consumed, into.first(count));
        m_consumed += count;
        return count;
    }

    [[noreturn]] void fail(const char* what) const {
        throw InputError(m_file->name(), fmt::format("{}: {}", printable_name(m_entry.name), what),
                         m_entry.data_offset + m_consumed);
    }

private:
    void finish() {
        m_ended = true;
        if (m_yielded != m_entry.size) fail("has fewer bytes than the directory announces");
        if (m_crc != m_entry.crc32) fail("its checksum does not match");
    }

    std::shared_ptr<const io::FileBytes> m_file;
    DirectoryEntry m_entry;
    std::uint64_t m_consumed = 0;
    std::uint64_t m_yielded = 0;
    std::uint32_t m_crc = 0;
    bool m_ended = false;
};

class StoredStream final : public EntryStream {
public:
    using EntryStream::EntryStream;

private:
    std::size_t unpack(std::span<char> into) override { return read_compressed(into); }
};

class DeflatedStream final : public EntryStream {
public:
    DeflatedStream(std::shared_ptr<const io::FileBytes> file, const DirectoryEntry& entry)
        : EntryStream(std::move(file), entry), m_input(k_input_buffer) {
        // Negative window bits: a raw stream without zlib's header.
        if (::inflateInit2(&m_stream, -MAX_WBITS) != Z_OK) throw SystemError("zlib: no memory to inflate");
    }
    ~DeflatedStream() override { ::inflateEnd(&m_stream); }

private:
    std::size_t unpack(std::span<char> into) override {
        if (m_stream_ended) return 0;
        const std::size_t room = std::min(into.size(), std::size_t{1} << 30);
        m_stream.next_out = reinterpret_cast<unsigned char*>(into.data());
        m_stream.avail_out = static_cast<unsigned>(room);
        while (m_stream.avail_out == room && !m_stream_ended) step();
        return room - m_stream.avail_out;
    }

    void step() {
        if (m_stream.avail_in == 0) {
            const std::size_t count = read_compressed(m_input);
            if (count == 0) fail("its deflate stream ends too early");
            m_stream.next_in = reinterpret_cast<unsigned char*>(m_input.data());
            m_stream.avail_in = static_cast<unsigned>(count);
        }
        const int code = ::inflate(&m_stream, Z_NO_FLUSH);
        if (code == Z_STREAM_END) m_stream_ended = true;
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            fail("its deflate stream is damaged");
    }

    std::vector<char> m_input;
    z_stream m_stream{};
    bool m_stream_ended = false;
};

class ZstdStream final : public EntryStream {
public:
    ZstdStream(std::shared_ptr<const io::FileBytes> file, const DirectoryEntry& entry)
        : EntryStream(std::move(file), entry), m_packed(k_input_buffer), m_stream(ZSTD_createDStream()) {
        if (m_stream == nullptr) throw SystemError("zstd: no memory to decompress");
        // A frame of a stranger may ask for a larger window than snapq has memory for.
        ZSTD_DCtx_setParameter(m_stream.get(), ZSTD_d_windowLogMax, 23);
    }

private:
    struct Free {
        void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
    };

    std::size_t unpack(std::span<char> into) override {
        ZSTD_outBuffer output{into.data(), into.size(), 0};
        while (output.pos == 0) {
            const bool all_read = m_input.pos == m_input.size && !refill();
            if (all_read && m_inside_frame == 0) return 0;
            m_inside_frame = ZSTD_decompressStream(m_stream.get(), &output, &m_input);
            if (ZSTD_isError(m_inside_frame) != 0) fail(ZSTD_getErrorName(m_inside_frame));
            if (all_read && output.pos == 0 && m_inside_frame != 0) fail("its last zstd frame is cut");
        }
        return output.pos;
    }

    bool refill() {
        m_input = {m_packed.data(), read_compressed(m_packed), 0};
        return m_input.size != 0;
    }

    std::vector<char> m_packed;
    std::unique_ptr<ZSTD_DStream, Free> m_stream;
    ZSTD_inBuffer m_input{nullptr, 0, 0};
    std::size_t m_inside_frame = 0;  // 0 between two frames
};

}  // namespace

std::unique_ptr<ByteSource> open_entry_stream(std::shared_ptr<const io::FileBytes> file,
                                              const DirectoryEntry& entry) {
    switch (entry.method) {
        case static_cast<std::uint16_t>(ZipMethod::store):
            return std::make_unique<StoredStream>(std::move(file), entry);
        case static_cast<std::uint16_t>(ZipMethod::deflate):
            return std::make_unique<DeflatedStream>(std::move(file), entry);
        case static_cast<std::uint16_t>(ZipMethod::zstd):
            return std::make_unique<ZstdStream>(std::move(file), entry);
        default:
            throw InputError(file->name(),
                             fmt::format("{}: is packed with method {}, which snapq cannot unpack",
                                         printable_name(entry.name), entry.method),
                             entry.header_offset);
    }
}

}  // namespace snapq::zip
