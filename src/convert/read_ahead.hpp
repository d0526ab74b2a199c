// Reads a source in another thread, so that waiting for the disk and decompressing overlap with decoding.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "support/bytes.hpp"

namespace snapq::convert {

// Has two buffers of 1 MiB: one is filled while the other is read. `source` must outlive this object, and
// only the thread of this object may use it. Only one thread at a time may call read; any thread may call
// consumed. The destructor waits for a read in progress.
class ReadAhead : public ByteSource {
public:
    explicit ReadAhead(ByteSource& source);
    ~ReadAhead() override;

    // Returns all bytes that were read before a failure of the source, then rethrows its exception.
    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override {
        return m_consumed.load(std::memory_order_relaxed);
    }

private:
    struct Buffer {
        std::unique_ptr<char[]> bytes;  // not initialised, so that a small file touches little of it
        std::size_t size = 0;
        bool full = false;
    };

    void run();
    void fill(Buffer& buffer);

    ByteSource& m_source;
    std::array<Buffer, 2> m_buffers;
    std::size_t m_reading = 0;   // index of the buffer that is read
    std::size_t m_position = 0;  // in this buffer
    bool m_end = false;          // the thread has filled its last buffer
    bool m_stopped = false;
    std::exception_ptr m_error;
    std::atomic<std::uint64_t> m_consumed = 0;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::jthread m_thread;
};

}  // namespace snapq::convert
