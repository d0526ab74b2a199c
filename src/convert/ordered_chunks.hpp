// Produces the chunks of one archive entry on several threads and hands them on in order, in bounded memory.
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

#include "archive/chunk_codec.hpp"
#include "zip/chunk.hpp"

namespace snapq::convert {

// Where a job puts its bytes. Cuts them into chunks of about 256 KiB; the border depends on the bytes alone,
// never on timing, so any number of threads gives the same archive.
class ChunkEmitter {
public:
    using Deliver = std::function<void(zip::Chunk)>;

    ChunkEmitter(archive::ChunkCompressor& compressor, Deliver deliver)
        : m_compressor(compressor), m_deliver(std::move(deliver)) {}

    // Appends text; a chunk is made whenever 256 KiB are together.
    void text(std::string_view piece);
    // Makes a chunk of what is left; every job ends with it.
    void flush();
    // Makes a chunk of exactly these bytes (after `flush`).
    void chunk(std::string_view bytes) { m_deliver(m_compressor.compress({bytes.data(), bytes.size()})); }

private:
    archive::ChunkCompressor& m_compressor;
    Deliver m_deliver;
    std::string m_raw;
};

// Jobs are numbered from 0 and produced by `threads` workers that take them in order. A worker whose job is
// not the next to be handed on stops when its chunks pass a bound, so memory is bounded whatever the size of
// a job.
class OrderedChunks : public zip::ChunkSource {
public:
    struct Plan {
        // How many jobs there are; asked when the first chunk is wanted (the database is complete only then).
        std::function<std::size_t()> count_jobs;
        unsigned threads = 1;
        zip::Compression method = zip::Compression::deflate;
        std::optional<int> level;
        archive::Content content = archive::Content::text;
        // Called by any worker, each job once.
        std::function<void(std::size_t job, ChunkEmitter& emitter)> produce;
        // Work that the first worker does before its first job (empty: none). It is done when `next` has
        // returned nullopt.
        std::function<void()> prelude;
    };

    explicit OrderedChunks(Plan plan) : m_plan(std::move(plan)) {}
    ~OrderedChunks() override;

    // Starts the workers when it is called first; joins them at the end. Rethrows a worker's first failure.
    // The end of a compressed stream is the archive writer's to add.
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
    std::deque<Job> m_jobs;      // jobs m_front, m_front + 1, … that have been taken
    std::size_t m_front = 0;     // the job whose chunks are handed on
    std::size_t m_next_job = 0;  // the first that nobody has taken
    bool m_stopped = false;
    std::exception_ptr m_error;
    std::vector<std::jthread> m_workers;
    bool m_started = false;
    bool m_finished = false;
};

}  // namespace snapq::convert
