// Produces the chunks of one archive entry in several threads and returns them in order, in bounded memory.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "archive/chunks/chunk_codec.hpp"
#include "zip/chunk.hpp"

namespace snapq::convert {

// Compresses the output of a job. Text is cut into chunks of about 256 KiB. The cuts depend only on the text,
// not on timing, so the archive does not depend on the number of threads.
class ChunkEmitter {
public:
    using Deliver = std::function<void(zip::Chunk)>;

    ChunkEmitter(archive::ChunkCompressor& compressor, Deliver deliver)
        : m_compressor(compressor), m_deliver(std::move(deliver)) {}

    // Appends text. When at least 256 KiB of text are waiting, makes a chunk of them.
    void text(std::string_view piece);
    // Makes a chunk of the waiting text. OrderedChunks calls it at the end of each job.
    void flush();
    // Makes a chunk of exactly these bytes. Waiting text must be flushed before.
    void chunk(std::string_view bytes) { m_deliver(m_compressor.compress({bytes.data(), bytes.size()})); }

private:
    archive::ChunkCompressor& m_compressor;
    Deliver m_deliver;
    std::string m_raw;
};

// Jobs are numbered from 0. `threads` worker threads take them in order. A worker waits when the chunks of
// its job exceed a limit and it is not yet the turn of this job, so memory does not depend on the size of a
// job. One thread at a time may call next().
class OrderedChunks : public zip::ChunkSource {
public:
    struct Plan {
        // Returns the number of jobs. Called with the first call of next(), because the database is complete
        // only then.
        std::function<std::size_t()> count_jobs;
        unsigned threads = 1;
        zip::Compression method = zip::Compression::deflate;
        std::optional<int> level;
        archive::Content content = archive::Content::text;
        // Called once for each job, by any worker.
        std::function<void(std::size_t job, ChunkEmitter& emitter)> produce;
        // Unless it is empty, the first worker calls it before its first job. It has returned before next()
        // returns nullopt.
        std::function<void()> prelude;
    };

    explicit OrderedChunks(Plan plan) : m_plan(std::move(plan)) {}
    ~OrderedChunks() override;

    // The first call starts the workers, the last one joins them. Rethrows the first exception of a worker.
    // The archive writer adds the chunk that ends a compressed stream.
    std::optional<zip::Chunk> next() override;

private:
    struct Job {
        std::deque<zip::Chunk> chunks;
        std::size_t bytes = 0;
        bool done = false;
    };

    void start();
    void work(bool first);
    bool take_job(std::size_t& job);
    void deliver(std::size_t job, zip::Chunk chunk);
    void finish_job(std::size_t job);
    void fail(std::exception_ptr error);
    void stop();

    Plan m_plan;
    std::size_t m_job_count = 0;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Job> m_jobs;      // jobs m_front, m_front + 1, … that workers have taken
    std::size_t m_front = 0;     // the job whose chunks next() returns
    std::size_t m_next_job = 0;  // the first that no worker has taken
    bool m_stopped = false;
    std::exception_ptr m_error;
    std::vector<std::jthread> m_workers;
    bool m_started = false;
    bool m_finished = false;
};

}  // namespace snapq::convert
