// Reads a source on a thread of its own, so that waiting for the disk or inflating overlaps with decoding.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "support/bytes.hpp"

namespace snapq::convert {

// Two buffers of 1 MiB: one is filled while the other is read. `source` must outlive this and is used by its
// thread alone.
class ReadAhead : public ByteSource {
public:
    explicit ReadAhead(ByteSource& source);
    ~ReadAhead() override;

    // Rethrows what the source throws, once everything before it has been read.
    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override {
        return m_consumed.load(std::memory_order_relaxed);
    }

private:
    struct Buffer {
        std::vector<char> bytes;
        std::size_t size = 0;
        bool full = false;
    };

    void run();
    void fill(Buffer& buffer);

    ByteSource& m_source;
    std::array<Buffer, 2> m_buffers;
    std::size_t m_reading = 0;  // the buffer being read and how far
    std::size_t m_at = 0;
    bool m_end = false;  // the reader thread has put its last bytes into a buffer
    bool m_stopped = false;
    std::exception_ptr m_error;
    std::atomic<std::uint64_t> m_consumed = 0;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::jthread m_thread;
};

}  // namespace snapq::convert
