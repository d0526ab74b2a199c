#include "timeline/tables/phases.hpp"

#include "support/catch.hpp"
#include "timeline/tables/makers.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

constexpr const char* k_engine_run = "torch::autograd::Engine::run(int)";

std::vector<std::uint32_t> values_of(const BlockVector<std::uint32_t>& from) {
    std::vector<std::uint32_t> all;
    for (std::size_t i = 0; i < from.size(); ++i) all.push_back(from[i]);
    return all;
}

// Allocates at an address of its own.
void alloc_at(Scene& scene, const std::string& stack, std::uint64_t number) {
    scene.stack(stack).alloc(number << 20U, 512);
}
void free_at(Scene& scene, const std::string& stack, std::uint64_t number) {
    scene.stack(stack).free(number << 20U, 512);
}

// What a scene gives, with everything that it refers to.
struct FoundPhases {
    explicit FoundPhases(Scene& scene)
        : replay(scene.replay()),
          view(scene.snapshot(), replay),
          stacks(scene.snapshot().symbols),
          phases(view, stacks),
          marks(find_phase_marks(view, phases, find_ooms(view).events)) {}
    Replay replay;
    DeviceView view;
    frames::StackPhases stacks;
    ElementPhases phases;
    PhaseMarks marks;
};

TEST_CASE("a run of the optimizer begins a step, whatever is between its events", "[phases]") {
    Scene scene;
    alloc_at(scene, "forward", 1);
    alloc_at(scene, "opt.py:run", 9);  // no rule
    alloc_at(scene, "/torch/optim/adam.py:step", 2);
    free_at(scene, "zero_grad", 1);
    alloc_at(scene, "/torch/optim/adam.py:step", 3);
    alloc_at(scene, k_engine_run, 4);
    alloc_at(scene, "/torch/optim/adam.py:step", 5);
    const FoundPhases found(scene);
    CHECK(values_of(found.marks.boundaries) == std::vector<std::uint32_t>{2, 7});
    CHECK(values_of(found.marks.backwards) == std::vector<std::uint32_t>{6});
    CHECK(found.marks.first == 0);
    CHECK(found.marks.has_forward);
    CHECK(found.phases.of_alloc(0) == Phase::forward);
    CHECK(found.phases.of_alloc(1) == Phase::other);
    CHECK(found.phases.of_free(0) == Phase::zero_grad);
    CHECK(found.phases.of_free(1) == Phase::none);
}

TEST_CASE("without an optimizer, a forward after a backward begins a step", "[phases]") {
    Scene scene;
    for (std::uint64_t step = 0; step < 2; ++step) {
        alloc_at(scene, "forward", 10 * step + 1);
        alloc_at(scene, "forward", 10 * step + 2);
        alloc_at(scene, k_engine_run, 10 * step + 3);
    }
    CHECK(values_of(FoundPhases(scene).marks.boundaries) == std::vector<std::uint32_t>{3});
}

TEST_CASE("what an out-of-memory error stops ends with the next allocation of a forward", "[phases]") {
    Scene scene;
    alloc_at(scene, "forward", 1);
    scene.stack("forward").oom(512, 0);
    free_at(scene, "forward", 1);
    scene.stack("forward").oom(512, 0);
    alloc_at(scene, "main", 2);
    alloc_at(scene, "forward", 3);
    scene.stack("forward").oom(512, 0);
    const std::vector<FailedForward> failed = FoundPhases(scene).marks.failed_forwards;
    REQUIRE(failed.size() == 2);
    CHECK((failed[0].oom == 1 && failed[0].resumed == 6));
    CHECK((failed[1].oom == 7 && failed[1].resumed == Elements::k_none));
}

TEST_CASE("with Python frames only, events without a stack are the backward pass", "[phases]") {
    Scene scene;
    alloc_at(scene, "", 1);
    alloc_at(scene, "forward", 2);
    alloc_at(scene, "", 3);
    free_at(scene, "", 3);
    alloc_at(scene, "/torch/optim/adam.py:step", 4);
    alloc_at(scene, "", 5);
    const FoundPhases found(scene);
    CHECK(found.phases.of_alloc(0) == Phase::none);
    CHECK(found.phases.of_alloc(2) == Phase::backward);
    CHECK(found.phases.of_free(2) == Phase::backward);
    CHECK(found.phases.of_alloc(4) == Phase::none);
    CHECK(found.phases.inferred() == 2);

    SECTION("but not if another stack has C++ frames") {
        alloc_at(scene, "main::f()", 6);
        CHECK(FoundPhases(scene).phases.of_alloc(2) == Phase::none);
    }
}

TEST_CASE("frees that repeat the stacks of the allocs say nothing", "[phases]") {
    Scene scene;
    const auto repeat = [&](std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            alloc_at(scene, "forward", i + 1);
            free_at(scene, "forward", i + 1);
        }
    };
    repeat(9);
    CHECK(FoundPhases(scene).phases.of_free(0) == Phase::forward);
    repeat(1);
    CHECK(FoundPhases(scene).phases.of_free(0) == Phase::none);
    alloc_at(scene, "forward", 1);
    free_at(scene, "main::f()", 1);
    CHECK(FoundPhases(scene).phases.of_free(0) == Phase::forward);
}

TEST_CASE("memory that is older than the trace has no stack of its alloc", "[phases]") {
    Scene scene;
    free_at(scene, "/torch/optim/adam.py:step", 1);
    const FoundPhases found(scene);
    CHECK(found.phases.of_alloc(0) == Phase::none);
    CHECK(found.phases.of_free(0) == Phase::optimizer);
}

}  // namespace
}  // namespace snapq::timeline
