#include "timeline/tables/steps.hpp"

#include <utility>

#include "support/catch.hpp"
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
}  // namespace snapq::timeline
