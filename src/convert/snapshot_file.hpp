// A file with snapshots, opened and decoded. It is read in another thread, so that waiting for the disk and
// decompressing overlap with decoding.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "convert/converter.hpp"
#include "input/open_input.hpp"
#include "snapshot/decoder.hpp"
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

// Reports how many bytes of the file have been read. These can be fewer than the unpacked bytes.
class ProgressSource : public ByteSource {
public:
    ProgressSource(ByteSource& source, const Progress& progress, std::uint64_t total)
        : m_source(source), m_progress(progress), m_total(total) {}

    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override { return m_source.consumed(); }

private:
    ByteSource& m_source;
    const Progress& m_progress;
    std::uint64_t m_total;
};

// Decodes the pickles or JSON texts of an input one after another. Another thread reads and unpacks the file
// meanwhile. Throws InputError with the file's name.
class SnapshotFile {
public:
    SnapshotFile(const std::string& path, const Progress& progress);

    // The next pickle or JSON text; nullopt after the last one.
    [[nodiscard]] std::optional<snapshot::DecodedValue> next();
    // The snapshot `index` of a value; see DecodedValue::take.
    [[nodiscard]] snapshot::Snapshot take(snapshot::DecodedValue& value, std::size_t index);
    // Whether the value that `next` returned was the last one.
    [[nodiscard]] bool at_end() const { return m_decoder->at_end(); }
    // Bytes after the last value that are not a value.
    [[nodiscard]] std::uint64_t surplus_bytes() const { return m_decoder->surplus_bytes(); }
    // Stops reading and checks the rest of the containers; see OpenedInput::finish. Call it only after the
    // last value.
    void finish();

    [[nodiscard]] const input::OpenedInput& input() const { return m_input; }

private:
    input::OpenedInput m_input;
    std::unique_ptr<ReadAhead> m_ahead;
    std::unique_ptr<ProgressSource> m_source;
    std::unique_ptr<snapshot::Decoder> m_decoder;
    std::uint64_t m_unpacked = 0;  // bytes of the values so far
};

// Adds an anomaly for `bytes` of the file that belong to no snapshot, unless there are none.
void count_surplus(snapshot::Snapshot& snapshot, std::uint64_t bytes);

// The only snapshot of a file.
struct OnlySnapshot {
    snapshot::Snapshot snapshot;
    std::string key;
};

// Reads the file to its end. Throws InputError when it has no snapshot, and when it has several, with their
// keys and what to do.
[[nodiscard]] OnlySnapshot read_only_snapshot(SnapshotFile& file, const std::string& path);

}  // namespace snapq::convert
