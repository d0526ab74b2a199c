#include "convert/ordered_chunks.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "support/catch.hpp"

namespace snapq::convert {
namespace {

using namespace std::chrono_literals;

// The chunks are stored, so that their bytes are the raw bytes.
OrderedChunks::Plan plan_of(std::size_t jobs, unsigned threads,
                            std::function<void(std::size_t, ChunkEmitter&)> produce) {
    OrderedChunks::Plan plan;
    plan.count_jobs = [jobs] { return jobs; };
    plan.threads = threads;
    plan.method = zip::Compression::store;
    plan.produce = std::move(produce);
    return plan;
}

std::vector<std::string> all_chunks(OrderedChunks& source) {
    std::vector<std::string> chunks;
    while (auto chunk = source.next()) chunks.push_back(chunk->bytes);
    return chunks;
}

std::string joined(OrderedChunks& source) {
    std::string text;
    for (const std::string& chunk : all_chunks(source)) text += chunk;
    return text;
}

}  // namespace

TEST_CASE("chunks come in the order of their jobs, also when later jobs end first", "[threads]") {
    for (const unsigned threads : {1U, 2U, 7U}) {
        OrderedChunks source(plan_of(20, threads, [](std::size_t job, ChunkEmitter& emitter) {
            if (job % 3 == 0) std::this_thread::sleep_for(2ms);
            emitter.text(std::to_string(job) + " ");
        }));
        CHECK(joined(source) == "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 ");
    }
}

TEST_CASE("where text is cut into chunks depends only on the text", "[threads]") {
    const auto produce = [](std::size_t job, ChunkEmitter& emitter) {
        for (int i = 0; i < 5; ++i) emitter.text(std::string(100'000, static_cast<char>('a' + job)));
    };
    std::vector<std::size_t> sizes;
    OrderedChunks alone(plan_of(3, 1, produce));
    for (const std::string& chunk : all_chunks(alone)) sizes.push_back(chunk.size());
    CHECK(sizes == std::vector<std::size_t>{300'000, 200'000, 300'000, 200'000, 300'000, 200'000});
    OrderedChunks together(plan_of(3, 4, produce));
    std::vector<std::size_t> again;
    for (const std::string& chunk : all_chunks(together)) again.push_back(chunk.size());
    CHECK(again == sizes);
}

TEST_CASE("a chunk of given bytes is not joined with text", "[threads]") {
    OrderedChunks source(plan_of(1, 1, [](std::size_t, ChunkEmitter& emitter) {
        emitter.text("text");
        emitter.flush();
        emitter.chunk("page");
        emitter.flush();  // nothing is left
        emitter.text("more");
    }));
    CHECK(all_chunks(source) == std::vector<std::string>{"text", "page", "more"});
}

TEST_CASE("without jobs there are no chunks, but the prelude runs", "[threads]") {
    std::atomic<bool> ran = false;
    auto plan = plan_of(0, 3, {});
    plan.prelude = [&] {
        std::this_thread::sleep_for(5ms);
        ran = true;
    };
    OrderedChunks source(std::move(plan));
    CHECK_FALSE(source.next());
    CHECK(ran);
    CHECK_FALSE(source.next());
}

TEST_CASE("jobs are counted with the first call of next", "[threads]") {
    int counted = 0;
    auto plan = plan_of(0, 1, [](std::size_t, ChunkEmitter& emitter) { emitter.text("x"); });
    plan.count_jobs = [&] {
        ++counted;
        return std::size_t{2};
    };
    OrderedChunks source(std::move(plan));
    CHECK(counted == 0);
    CHECK(joined(source) == "xx");
    CHECK(counted == 1);
}

TEST_CASE("the prelude and the jobs of other workers run at the same time", "[threads]") {
    std::atomic<bool> text_is_there = false;
    auto plan = plan_of(1, 2, [&](std::size_t, ChunkEmitter& emitter) {
        emitter.text("x");
        text_is_there = true;
    });
    std::atomic<bool> seen = false;
    plan.prelude = [&] {
        for (int i = 0; i < 2000 && !text_is_there; ++i) std::this_thread::sleep_for(1ms);
        seen = text_is_there.load();
    };
    OrderedChunks source(std::move(plan));
    CHECK(joined(source) == "x");
    CHECK(seen);
}

TEST_CASE("the exception of a worker stops all workers and is rethrown", "[threads]") {
    for (const unsigned threads : {1U, 4U}) {
        OrderedChunks source(plan_of(50, threads, [](std::size_t job, ChunkEmitter& emitter) {
            if (job == 7) throw std::runtime_error("job 7");
            emitter.text("x");
        }));
        CHECK_THROWS_WITH(joined(source), "job 7");
    }
}

TEST_CASE("the exception of a prelude is rethrown even after the last chunk", "[threads]") {
    auto plan = plan_of(1, 2, [](std::size_t, ChunkEmitter& emitter) { emitter.text("x"); });
    plan.prelude = [] {
        std::this_thread::sleep_for(5ms);
        throw std::runtime_error("no database");
    };
    OrderedChunks source(std::move(plan));
    CHECK_THROWS_WITH(joined(source), "no database");
}

TEST_CASE("workers wait when their chunks are not taken", "[threads]") {
    std::atomic<std::size_t> produced = 0;
    {
        OrderedChunks source(plan_of(1000, 2, [&](std::size_t, ChunkEmitter& emitter) {
            for (int i = 0; i < 20; ++i) {
                emitter.chunk(std::string(200'000, 'x'));
                produced += 200'000;
            }
        }));
        REQUIRE(source.next());
        std::this_thread::sleep_for(50ms);
        // The first job continues; each of the others waits at about 1 MiB.
        CHECK(produced < 12'000'000);
    }  // must not hang
    CHECK(produced < 1000 * 20 * 200'000ULL);
}

TEST_CASE("without a call of next no job starts", "[threads]") {
    bool started = false;
    {
        auto plan = plan_of(1, 1, [&](std::size_t, ChunkEmitter&) { started = true; });
        const OrderedChunks source(std::move(plan));
    }
    CHECK_FALSE(started);
}

}  // namespace snapq::convert
