#include <utility>

#include "support/catch.hpp"
#include "timeline/tables/steps.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

Steps steps_of(Scene scene) {
    const Replay replay = scene.replay();
    const DeviceView view(scene.snapshot(), replay);
    return find_steps(view, scene.tables().spans, group_by_stack(view));
}

// `count` repetitions of two allocations of layers and one of the loss, 6 events each, one each 10 us from 0
// on.
Scene loop(int count) {
    Scene scene;
    std::int64_t time = 0;
    for (int i = 0; i < count; ++i) {
        for (const char* stack : {"layer", "layer", "loss"}) {
            scene.stack(stack).at(time).alloc(512, 100).at(time + 10).complete(512, 100);
            time += 20;
        }
    }
    return scene;
}

TEST_CASE("a period begins where the rarest repeated stack allocates", "[timeline]") {
    const Steps steps = steps_of(loop(4));
    CHECK(steps.basis == StepBasis::period);
    CHECK(steps.starts == std::vector<std::uint32_t>{4, 10, 16, 22});
    CHECK(steps.of(0) == 0);
    CHECK(steps.of(3) == 0);
    CHECK(steps.of(4) == 1);
    CHECK(steps.of(21) == 3);
    CHECK(steps.of(1000) == 4);
}

TEST_CASE("two repetitions are no steps", "[timeline]") {
    Scene scene;
    for (int i = 0; i < 2; ++i) scene.stack("a").alloc(512, 1).complete(512, 1);
    CHECK(steps_of(std::move(scene)).basis == StepBasis::none);
    CHECK(steps_of(Scene()).basis == StepBasis::none);
}

TEST_CASE("repetitions in a small part of the trace are no steps", "[timeline]") {
    Scene scene;
    for (int i = 0; i < 3; ++i) scene.stack("warm-up").alloc(512, 1).complete(512, 1);
    for (int i = 0; i < 40; ++i) scene.stack("one " + std::to_string(i)).alloc(512, 1).complete(512, 1);
    CHECK(steps_of(std::move(scene)).basis == StepBasis::none);
}

TEST_CASE("spans of the profiler's schedule are steps, whatever the allocations are", "[timeline]") {
    Scene scene = loop(6);
    for (int i = 0; i < 3; ++i) {
        const std::string name = "ProfilerStep#" + std::to_string(7 + i);
        scene.annotate(name, "START", 120 * i + 5).annotate(name, "END", 120 * i + 100);
        scene.annotate("inner", "START", 120 * i + 20).annotate("inner", "END", 120 * i + 30);
    }
    const Steps steps = steps_of(std::move(scene));
    CHECK(steps.basis == StepBasis::spans);
    CHECK(steps.starts == std::vector<std::uint32_t>{1, 13, 25});
}

TEST_CASE("a step of the optimizer ends a step of the program", "[timeline]") {
    Scene scene = loop(6);
    for (int i = 0; i < 3; ++i) {
        scene.annotate("Optimizer.step#AdamW.step", "START", 100 * i + 50);
        scene.annotate("Optimizer.step#AdamW.step", "END", 100 * i + 65);
    }
    CHECK(steps_of(std::move(scene)).starts == std::vector<std::uint32_t>{7, 17, 27});
}

TEST_CASE("other spans are steps if an outermost one is repeated", "[timeline]") {
    Scene scene = loop(6);
    for (int i = 0; i < 3; ++i) {
        const std::string name = "batch " + std::to_string(i);
        scene.annotate(name, "START", 100 * i + 50).annotate(name, "END", 100 * i + 90);
    }
    scene.annotate("once", "START", 400).annotate("once", "END", 420);
    const Steps steps = steps_of(std::move(scene));
    CHECK(steps.basis == StepBasis::spans);
    CHECK(steps.starts == std::vector<std::uint32_t>{6, 16, 26});
}

}  // namespace

namespace {

constexpr const char* k_optimizer = "/torch/optim/adam.py:step";
constexpr std::uint64_t k_reused = 1U << 20U;

// Each event takes 10 µs, so that spans can be placed.
class SteppedProgram {
public:
    void use(const std::string& stack, std::int64_t size) {
        m_scene.stack(stack);
        at_next().alloc(k_reused, size);
        at_next().request(k_reused, size);
        at_next().complete(k_reused, size);
    }
    void keep(const std::string& stack, std::int64_t size) {
        m_scene.stack(stack);
        at_next().alloc((++m_kept) << 30U, size);
    }
    void annotate(const std::string& name, const std::string& stage) {
        m_scene.annotate(name, stage, m_time + 5);
    }
    [[nodiscard]] DeviceTables tables() const { return m_scene.tables(); }

private:
    Scene& at_next() { return m_scene.at(m_time += 10); }

    Scene m_scene;
    std::int64_t m_time = 0;
    std::uint64_t m_kept = 0;
};

std::vector<std::int64_t> starts_of(const DeviceTables& tables) {
    std::vector<std::int64_t> starts;
    for (const report::StepCost& row : tables.steps) starts.push_back(row.start_event);
    return starts;
}

TEST_CASE("a step ends with the last event of the optimizer before a forward", "[steps]") {
    SteppedProgram program;
    for (std::int64_t step = 0; step < 3; ++step) {
        program.use("forward", 100 * (step + 1));
        program.keep(k_optimizer, 10);
        program.use("torch::autograd::Engine::run(int)", 5);  // two optimizers in one step
        program.use(k_optimizer, 20);
        program.use("zero_grad", 1);
    }
    const DeviceTables tables = program.tables();
    CHECK(tables.step_basis == "optimizer");
    // Frees that repeat the stacks of the allocs say nothing, so allocs decide.
    CHECK(starts_of(tables) == std::vector<std::int64_t>{0, 8, 21});
    const report::StepCost& row = tables.steps[1];
    CHECK(row.step == 1);
    CHECK(row.end_event == 20);
    CHECK(row.start_bytes == 30);
    CHECK(row.peak_bytes == 210);
    CHECK(row.peak_event == 13);
    CHECK(row.end_bytes == 40);
    CHECK(row.allocated_bytes == 1 + 200 + 10 + 5 + 20);
    // What follows the last step has no work of the model, so it belongs to it.
    CHECK(tables.steps[2].end_event == 38);
}

TEST_CASE("work of the model behind the last optimizer is a step that is not complete", "[steps]") {
    SteppedProgram program;
    program.use("forward", 100);
    program.use(k_optimizer, 20);
    program.use("forward", 50);
    CHECK(starts_of(program.tables()) == std::vector<std::int64_t>{0, 5});
}

TEST_CASE("spans of the profiler's schedule come first", "[steps]") {
    SteppedProgram program;
    program.use("forward", 7);
    for (const char* name : {"ProfilerStep#3", "ProfilerStep#4"}) {
        program.annotate(name, "START");
        program.use("forward", 100);
        program.use(k_optimizer, 20);
        program.annotate(name, "END");
    }
    const DeviceTables tables = program.tables();
    CHECK(tables.step_basis == "profiler_step");
    CHECK(starts_of(tables) == std::vector<std::int64_t>{3, 9});
    CHECK(tables.steps[1].end_event == 14);
    CHECK(tables.steps[0].allocated_bytes == 120);
}

TEST_CASE("a step ends with a span of the optimizer's step", "[steps]") {
    SteppedProgram program;
    for (int step = 0; step < 2; ++step) {
        program.use("main", 100);
        program.annotate("Optimizer.step#Adam.step", "START");
        program.use("main", 10);
        program.annotate("Optimizer.step#Adam.step", "END");
    }
    const DeviceTables tables = program.tables();
    CHECK(tables.step_basis == "optimizer_span");
    CHECK(starts_of(tables) == std::vector<std::int64_t>{0, 6});
    CHECK(tables.steps[1].end_event == 11);
}

TEST_CASE("without an optimizer, a period makes steps", "[steps]") {
    SteppedProgram program;
    for (int step = 0; step < 4; ++step) {
        program.use("main", 10);
        for (int layer = 0; layer < 3; ++layer) program.use("layer", 5);
    }
    const DeviceTables tables = program.tables();
    CHECK(tables.step_basis == "period");
    CHECK(starts_of(tables) == std::vector<std::int64_t>{0, 12, 24, 36});
}

TEST_CASE("a trace without repetition has no steps", "[steps]") {
    SteppedProgram program;
    program.use("forward", 10);
    program.keep("main", 10);
    CHECK(program.tables().steps.empty());
    CHECK(program.tables().step_basis == "none");
    CHECK(Scene().tables().steps.empty());
}

}  // namespace

}  // namespace snapq::timeline
