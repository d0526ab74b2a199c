#include "convert/ordered_chunks.hpp"

#include <algorithm>
#include <utility>

#include "convert/threads.hpp"

namespace snapq::convert {
namespace {

// Raw bytes of a chunk of text: large enough for a good ratio, small enough to unpack one quickly.
constexpr std::size_t k_text_chunk = std::size_t{256} << 10;

// Compressed bytes that a job may hold while other jobs are before it.
constexpr std::size_t k_waiting_bytes = std::size_t{1} << 20;

// For each thread, the number of jobs that may be taken ahead of m_front.
constexpr std::size_t k_jobs_ahead = 4;

}  // namespace

// ---- ChunkEmitter ----

void ChunkEmitter::text(std::string_view piece) {
    m_raw += piece;
    if (m_raw.size() >= k_text_chunk) flush();
}

void ChunkEmitter::flush() {
    if (m_raw.empty()) return;
    chunk(m_raw);
    m_raw.clear();
}

// ---- OrderedChunks ----

OrderedChunks::~OrderedChunks() {
    stop();
}

void OrderedChunks::stop() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopped = true;
    }
    m_changed.notify_all();
    m_workers.clear();  // joins
}

void OrderedChunks::start() {
    m_started = true;
    m_job_count = m_plan.count_jobs();
    // No more threads than have something to do: a short trace has one job, apart from the prelude.
    const std::size_t useful = m_job_count + (m_plan.prelude ? 1 : 0);
    const auto threads =
        static_cast<unsigned>(std::clamp<std::size_t>(useful, 1, std::max(1U, m_plan.threads)));
    start_threads(m_workers, threads, [this](unsigned i) { work(i == 0); });
}

std::optional<zip::Chunk> OrderedChunks::next() {
    if (m_finished) return std::nullopt;
    if (!m_started) start();
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_changed.wait(lock, [&] {
            return m_error != nullptr || m_front == m_job_count ||
                   (!m_jobs.empty() && (m_jobs.front().done || !m_jobs.front().chunks.empty()));
        });
        if (m_error != nullptr) std::rethrow_exception(m_error);
        if (m_front == m_job_count) break;
        Job& job = m_jobs.front();
        if (!job.chunks.empty()) {
            zip::Chunk chunk = std::move(job.chunks.front());
            job.chunks.pop_front();
            job.bytes -= chunk.bytes.size();
            m_changed.notify_all();
            return chunk;
        }
        m_jobs.pop_front();
        ++m_front;
        m_changed.notify_all();
    }
    lock.unlock();
    m_workers.clear();  // joins; the prelude may still be running, and it may fail
    if (m_error != nullptr) std::rethrow_exception(m_error);
    m_finished = true;
    return std::nullopt;
}

void OrderedChunks::work(bool first) {
    try {
        if (first && m_plan.prelude) m_plan.prelude();
        archive::ChunkCompressor compressor(m_plan.method, m_plan.level, m_plan.content);
        for (std::size_t job = 0; take_job(job);) {
            ChunkEmitter emitter(compressor, [&](zip::Chunk chunk) { deliver(job, std::move(chunk)); });
            m_plan.produce(job, emitter);
            emitter.flush();
            finish_job(job);
        }
    } catch (...) {
        fail(std::current_exception());
    }
}

bool OrderedChunks::take_job(std::size_t& job) {
    std::unique_lock lock(m_mutex);
    const std::size_t ahead = k_jobs_ahead * std::max(1U, m_plan.threads);
    m_changed.wait(lock,
                   [&] { return m_stopped || m_next_job == m_job_count || m_next_job < m_front + ahead; });
    if (m_stopped || m_next_job == m_job_count) return false;
    job = m_next_job++;
    m_jobs.emplace_back();
    return true;
}

void OrderedChunks::deliver(std::size_t job, zip::Chunk chunk) {
    std::unique_lock lock(m_mutex);
    m_changed.wait(
        lock, [&] { return m_stopped || job == m_front || m_jobs[job - m_front].bytes < k_waiting_bytes; });
    if (m_stopped) throw std::runtime_error("stopped");  // ends the job; fail() ignores it
    Job& target = m_jobs[job - m_front];
    target.bytes += chunk.bytes.size();
    target.chunks.push_back(std::move(chunk));
    m_changed.notify_all();
}

void OrderedChunks::finish_job(std::size_t job) {
    const std::lock_guard lock(m_mutex);
    m_jobs[job - m_front].done = true;
    m_changed.notify_all();
}

void OrderedChunks::fail(std::exception_ptr error) {
    const std::lock_guard lock(m_mutex);
    if (m_error == nullptr && !m_stopped) m_error = std::move(error);
    m_stopped = true;
    m_changed.notify_all();
}

}  // namespace snapq::convert
