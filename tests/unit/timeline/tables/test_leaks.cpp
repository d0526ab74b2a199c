#include "timeline/tables/makers.hpp"

#include "support/catch.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

// Allocates at addresses of their own.
class Program {
public:
    std::uint64_t alloc(const std::string& stack, std::int64_t size) {
        m_scene.stack(stack).alloc(m_next, size);
        m_next += static_cast<std::uint64_t>(size);
        return m_next - static_cast<std::uint64_t>(size);
    }
    void free(std::uint64_t address, std::int64_t size) { m_scene.free(address, size); }
    void use(const std::string& stack, std::int64_t size) { free(alloc(stack, size), size); }
    Scene& scene() { return m_scene; }
    [[nodiscard]] std::vector<LeakRow> leaks() const { return m_scene.tables().leaks; }

private:
    Scene m_scene;
    std::uint64_t m_next = 512;
};

TEST_CASE("a loop that leaves 40 MiB each step is suspected, with its first and last event", "[timeline]") {
    Program program;
    for (int i = 0; i < 5; ++i) {
        program.use("forward", 100 * Scene::k_mib);
        program.alloc("log", 40 * Scene::k_mib);
        program.use("backward", 20 * Scene::k_mib);
    }
    const std::vector<LeakRow> leaks = program.leaks();
    REQUIRE(leaks.size() == 1);
    CHECK(leaks[0].stack == program.scene().stack_id("log"));
    CHECK(leaks[0].bytes == 200 * Scene::k_mib);
    CHECK(leaks[0].count == 5);
    CHECK(leaks[0].steps == 5);
    CHECK(leaks[0].first_event == 3);
    CHECK(leaks[0].last_event == 31);
    CHECK(leaks[0].basis == "period");
}

TEST_CASE("what each step replaces is no leak", "[timeline]") {
    Program program;
    std::uint64_t gradient = program.alloc("backward", 10);
    for (int i = 0; i < 8; ++i) {
        program.use("forward", 100);
        program.free(gradient, 10);
        gradient = program.alloc("backward", 10);
    }
    CHECK(program.leaks().empty());
}

TEST_CASE("a queue that keeps the newest batches is no leak", "[timeline]") {
    Program program;
    std::vector<std::uint64_t> batches;
    for (int i = 0; i < 10; ++i) {
        batches.push_back(program.alloc("load", 10));
        program.use("forward", 100);
        if (batches.size() > 3) {
            program.free(batches.front(), 10);
            batches.erase(batches.begin());
        }
    }
    CHECK(program.leaks().empty());
}

TEST_CASE("layers that save activations for a backward pass are no leak", "[timeline]") {
    Program program;
    program.use("embed", 50);
    for (int layer = 0; layer < 12; ++layer) {
        program.use("softmax", 100);
        program.alloc("forward", 40);
    }
    CHECK(program.leaks().empty());
}

TEST_CASE("an optimizer that replaces the state of each parameter is no leak", "[timeline]") {
    Program late;  // the old states have no allocation, because the recording began later
    for (int i = 0; i < 12; ++i) {
        late.use("buffer", 100);
        late.alloc("step", 40);
        late.free(1'000'000 + 64 * static_cast<std::uint64_t>(i), 40);
    }
    CHECK(late.leaks().empty());
}

TEST_CASE("a single ramp is no leak", "[timeline]") {
    Program program;
    for (int i = 0; i < 12; ++i) program.alloc("build", 40);
    CHECK(program.leaks().empty());
    Program phases;
    for (int i = 0; i < 3; ++i) phases.use("load", 1000);
    for (int i = 0; i < 20; ++i) phases.alloc("state", 40);
    CHECK(phases.leaks().empty());
}

TEST_CASE("with annotated steps, memory of a forward pass that stays is suspected too", "[timeline]") {
    Program program;
    std::int64_t time = 0;
    for (int i = 0; i < 4; ++i) {
        const std::string name = "ProfilerStep#" + std::to_string(i);
        program.scene().annotate(name, "START", time - 5).annotate(name, "END", time + 15);
        program.scene().at(time);
        program.use("forward", 100);
        program.alloc("forward", 40);
        time += 20;
    }
    const std::vector<LeakRow> leaks = program.leaks();
    REQUIRE(leaks.size() == 1);
    CHECK(leaks[0].steps == 4);
    CHECK(leaks[0].basis == "spans");
}

TEST_CASE("the stack that leaves most comes first", "[timeline]") {
    Program program;
    for (int i = 0; i < 4; ++i) {
        program.use("work", 1000);
        program.alloc("small", 1);
        program.alloc("large", 10);
    }
    const std::vector<LeakRow> leaks = program.leaks();
    REQUIRE(leaks.size() == 2);
    CHECK(leaks[0].stack == program.scene().stack_id("large"));
}

}  // namespace
}  // namespace snapq::timeline
