#include "timeline/tables/categories.hpp"

#include <map>

#include "support/catch.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

constexpr const char* k_in_forward = "forward";
constexpr const char* k_in_backward = "torch::autograd::Engine::run(int)";
constexpr const char* k_in_step = "/torch/optim/adam.py:step";

// Tensors with names, each at an address of its own.
class Training {
public:
    void alloc(const std::string& tensor, const std::string& stack, std::int64_t size = 512) {
        m_scene.stack(stack).alloc(address_of(tensor), size);
        m_sizes[tensor] = size;
    }
    void free(const std::string& tensor, const std::string& stack) {
        const auto known = m_sizes.find(tensor);
        m_scene.stack(stack).free(address_of(tensor), known == m_sizes.end() ? 512 : known->second);
    }
    // Older than the trace, and never freed.
    void keep(const std::string& tensor, std::int64_t size) {
        m_scene.segment({.address = address_of(tensor), .blocks = {{size, size, {}, ""}}});
    }
    Scene& scene() { return m_scene; }

    [[nodiscard]] std::map<std::string, std::string> categories() {
        const Replay replay = m_scene.replay();
        const ElementReader reader(m_scene.snapshot(), replay.trace, replay.elements);
        const DeviceTables tables = m_scene.tables();
        std::map<std::string, std::string> found;
        for (std::uint32_t idx = 0; idx < replay.elements.size(); ++idx)
            found[m_tensors.at(reader.address(idx))] = name_of(tables.categories.of(idx));
        return found;
    }

private:
    std::uint64_t address_of(const std::string& tensor) {
        const auto [known, is_new] =
            m_addresses.try_emplace(tensor, (m_addresses.size() + std::uint64_t{1}) << 30U);
        m_tensors[known->second] = tensor;
        return known->second;
    }

    Scene m_scene;
    std::map<std::string, std::uint64_t> m_addresses;
    std::map<std::uint64_t, std::string> m_tensors;
    std::map<std::string, std::int64_t> m_sizes;
};

using CategoryNames = std::map<std::string, std::string>;

void adam_step(Training& program) {
    program.keep("weight", 4096);
    program.keep("buffer", 8192);
    program.alloc("batch", "/torch/utils/data/loader.py:next");
    program.alloc("saved", k_in_forward);
    program.alloc("scratch", k_in_forward);
    program.free("scratch", k_in_forward);
    program.alloc("grad_output", k_in_backward);
    program.free("saved", k_in_backward);
    program.free("grad_output", k_in_backward);
    program.alloc("gradient", k_in_backward, 4096);
    program.alloc("momentum", k_in_step, 4096);
    program.alloc("update", k_in_step);
    program.free("update", k_in_step);
    program.free("gradient", "zero_grad");
    program.free("batch", "main");
}

TEST_CASE("a step with an optimizer has all the usual categories", "[categories]") {
    Training program;
    adam_step(program);
    CHECK(program.categories() == CategoryNames{{"weight", "parameter"},
                                                {"buffer", "persistent"},
                                                {"batch", "input"},
                                                {"saved", "activation"},
                                                {"scratch", "forward_temporary"},
                                                {"grad_output", "backward_temporary"},
                                                {"gradient", "gradient"},
                                                {"momentum", "optimizer_state"},
                                                {"update", "optimizer_temporary"}});
    CHECK(program.scene().tables().categories.basis == CategoryBasis::both_stacks);
}

TEST_CASE("states of 32 bits belong to parameters of 16 bits", "[categories]") {
    Training program;
    program.keep("weight", 2048);
    program.keep("other", 1024);
    program.alloc("momentum", k_in_step, 4096);
    CHECK(program.categories() ==
          CategoryNames{{"weight", "parameter"}, {"other", "persistent"}, {"momentum", "optimizer_state"}});
}

TEST_CASE("in a recording of inference, older memory is the model", "[categories]") {
    Training program;
    program.keep("weight", 2048);
    CHECK(program.categories() == CategoryNames{{"weight", "unknown"}});
    program.alloc("output", k_in_forward);
    program.free("output", k_in_forward);
    CHECK(program.categories() == CategoryNames{{"weight", "parameter"}, {"output", "forward_temporary"}});
}

TEST_CASE("a variable that the next step replaces is temporary, what stays longer is persistent",
          "[categories]") {
    Training program;
    for (const char* step : {"a", "b", "c"}) {
        const std::string name = step;
        program.alloc("h" + name, k_in_forward);
        program.free("h" + name, k_in_backward);
        program.alloc("variable " + name, "main");
        if (name == "a") program.alloc("kept", "main");
        if (name == "b") program.free("variable a", "main");
        if (name == "c") program.free("variable b", "main");
        program.alloc("t" + name, k_in_step);
        program.free("t" + name, k_in_step);
    }
    program.free("kept", "main");
    const CategoryNames found = program.categories();
    CHECK(found.at("variable a") == "temporary");
    CHECK(found.at("variable b") == "temporary");
    CHECK(found.at("kept") == "persistent");
}

TEST_CASE("without stacks of frees, what needs them is unknown", "[categories]") {
    Training program;
    program.alloc("h", k_in_forward);
    program.free("h", "");
    program.alloc("d", k_in_backward);
    program.free("d", "");
    program.alloc("nothing", "");
    program.free("nothing", "");
    CHECK(program.categories() == CategoryNames{{"h", "unknown"}, {"d", "unknown"}, {"nothing", "unknown"}});
    CHECK(program.scene().tables().categories.basis == CategoryBasis::alloc_stack);
}

TEST_CASE("the default workspace of cuBLAS is known by its size", "[categories]") {
    Training program;
    program.alloc("workspace", k_in_forward, 8519680);
    program.alloc("named", "at::cuda::getNewWorkspace()", 100);
    CHECK(program.categories() == CategoryNames{{"workspace", "workspace"}, {"named", "workspace"}});
}

TEST_CASE("what the file itself says comes first", "[categories]") {
    CHECK(category_named_by("gradient") == Category::gradient);
    CHECK(category_named_by("  Optimizer States ") == Category::optimizer_state);
    CHECK(category_named_by("KV-cache") == Category::kv_cache);
    CHECK(category_named_by("unknown") == std::nullopt);
    CHECK(category_named_by("my tensor") == std::nullopt);
    CHECK(category_named_by("") == std::nullopt);
    CHECK(category_named_by(std::string(1000, 's')) == std::nullopt);
}

TEST_CASE("what a forward that ran out of memory held is an activation, unless the forward goes on",
          "[categories]") {
    const bool goes_on = GENERATE(false, true);
    Training program;
    program.alloc("saved", k_in_forward);
    program.alloc("scratch", k_in_forward);
    program.scene().stack(k_in_forward).oom(1 << 30, 0);
    if (goes_on) program.alloc("retried", k_in_forward);
    program.free("scratch", k_in_forward);
    program.free("saved", "main");
    if (goes_on) program.free("retried", "main");
    CategoryNames expected{{"scratch", "forward_temporary"},
                           {"saved", goes_on ? "forward_temporary" : "activation"}};
    if (goes_on) expected["retried"] = "forward_temporary";
    CHECK(program.categories() == expected);
}

TEST_CASE("the totals of the categories add up to the requested bytes of each moment", "[categories]") {
    Training program;
    adam_step(program);
    const DeviceTables tables = program.scene().tables();
    std::map<std::string, std::int64_t> sums;
    std::int64_t older = 0;
    for (const CategoryTotalRow& row : tables.category_totals) {
        sums[row.moment] += row.bytes;
        if (row.moment == "start") older += row.older_bytes;
    }
    CHECK(sums.at("start") == tables.figures.preexisting_bytes);
    CHECK(older == sums.at("start"));
    CHECK(sums.at("peak") == tables.figures.peak_requested_bytes);
    CHECK(sums.at("end") == tables.figures.end_requested_bytes);
    std::map<std::int64_t, std::int64_t> points;
    for (const CategoryTimelineRow& row : tables.category_timeline) points[row.event] += row.bytes;
    for (const TimelineRow& row : tables.timeline) {
        if (points.contains(row.event)) CHECK(points.at(row.event) == row.requested_bytes);
    }
    CHECK(points.size() >= 4);
}

}  // namespace
}  // namespace snapq::timeline
