// Compresses a stream of bytes with zlib.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "support/bytes.hpp"

namespace snapq::io {

// Makes one raw deflate stream (RFC 1951) of everything that is written, and appends it to a string. Holds
// 256 KiB. Equal bytes, however they are divided, give an equal stream. One thread.
class RawDeflater final : public ByteSink {
public:
    // `to` must outlive the object. Throws SystemError when there is no memory.
    explicit RawDeflater(std::string& to);
    ~RawDeflater() override;

    void write(std::string_view bytes) override;
    // Appends what is still waiting, so that the length of the string is known. Costs 5 bytes and some
    // compression.
    void flush();
    // Ends the stream. Nothing may be written afterwards.
    void finish();

    // Bytes written so far, before compression.
    [[nodiscard]] std::uint64_t raw_bytes() const { return m_raw_bytes; }

private:
    void run(std::string_view bytes, int flush);

    std::string& m_to;
    z_stream m_stream{};
    std::uint64_t m_raw_bytes = 0;
};

}  // namespace snapq::io
