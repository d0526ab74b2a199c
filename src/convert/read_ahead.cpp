#include "convert/read_ahead.hpp"

#include <algorithm>
#include <cstring>

#include "convert/threads.hpp"

namespace snapq::convert {
namespace {

constexpr std::size_t k_buffer = std::size_t{1} << 20;

}  // namespace

ReadAhead::ReadAhead(ByteSource& source) : m_source(source) {
    for (Buffer& buffer : m_buffers) buffer.bytes = std::make_unique_for_overwrite<char[]>(k_buffer);
    m_thread = start_thread([this] { run(); });
}

ReadAhead::~ReadAhead() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopped = true;
    }
    m_changed.notify_all();
}

void ReadAhead::run() {
    for (std::size_t filling = 0;; filling ^= 1) {
        Buffer& buffer = m_buffers[filling];
        {
            std::unique_lock lock(m_mutex);
            m_changed.wait(lock, [&] { return m_stopped || !buffer.full; });
            if (m_stopped) return;
        }
        std::exception_ptr error;
        try {
            fill(buffer);
        } catch (...) {
            error = std::current_exception();
        }
        const std::lock_guard lock(m_mutex);
        buffer.full = true;
        m_error = error;
        m_end = error != nullptr || buffer.size < k_buffer;
        m_changed.notify_all();
        if (m_end) return;
    }
}

void ReadAhead::fill(Buffer& buffer) {
    buffer.size = 0;
    while (buffer.size < k_buffer) {
        const std::size_t got = m_source.read({buffer.bytes.get() + buffer.size, k_buffer - buffer.size});
        if (got == 0) return;
        buffer.size += got;
        m_consumed.store(m_source.consumed(), std::memory_order_relaxed);
    }
}

std::size_t ReadAhead::read(std::span<char> into) {
    Buffer& buffer = m_buffers[m_reading];
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] { return buffer.full || m_end; });
        if (!buffer.full) return 0;       // the previous buffer was the last one
        if (m_position == buffer.size) {  // the last buffer is used up; a failure comes after its bytes
            if (m_error != nullptr) std::rethrow_exception(m_error);
            return 0;
        }
    }
    const std::size_t count = std::min(into.size(), buffer.size - m_position);
    std::memcpy(into.data(), buffer.bytes.get() + m_position, count);
    m_position += count;
    const std::lock_guard lock(m_mutex);
    const bool is_last = m_end && buffer.size < k_buffer;
    if (m_position == buffer.size && !is_last) {
        buffer.full = false;
        m_reading ^= 1;
        m_position = 0;
        m_changed.notify_all();
    }
    return count;
}

}  // namespace snapq::convert
