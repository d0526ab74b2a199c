#include "frames/phase.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "frames/phase_rules.hpp"
#include "support/archive_files.hpp"
#include "support/catch.hpp"

using namespace snapq::frames;

namespace {

FrameId add_frame(Symbols& symbols, const std::string& filename, std::int64_t line, const std::string& name) {
    Frame frame;
    frame.filename = symbols.intern_text(filename);
    frame.line = line;
    frame.name = symbols.intern_text(name);
    return symbols.intern_frame(frame);
}

// Python frames "FILENAME:FUNCTION" and C++ functions, innermost first.
StackPhase phase_of(const std::vector<std::string>& frames) {
    Symbols symbols;
    std::vector<std::uint32_t> ids;
    for (const std::string& text : frames) {
        const std::size_t colon = text.find(".py:");
        ids.push_back(colon == std::string::npos
                          ? add_frame(symbols, "??", 0, text).value()
                          : add_frame(symbols, text.substr(0, colon + 3), 7, text.substr(colon + 4)).value());
    }
    const StackId stack = symbols.intern_stack(ids);
    return StackPhases(symbols).of(stack);
}

std::string facts_of(const StackPhase& stack) {
    std::string facts;
    const auto add = [&](bool is_true, const char* name) {
        if (is_true) facts += (facts.empty() ? "" : " ") + std::string(name);
    };
    add(stack.is_workspace, "workspace");
    add(stack.is_kv_cache, "kv_cache");
    add(stack.in_backward, "in_backward");
    return facts;
}

// One stack of a file: lines "= KEY: VALUE", then lines "FILENAME | LINE | NAME", innermost first. An empty
// line ends it.
struct PhaseSample {
    std::string phase;
    std::string facts;
    int line = 0;  // of the file
    std::vector<std::uint32_t> frames;
};

std::vector<PhaseSample> read_samples(const std::filesystem::path& path, Symbols& symbols) {
    std::vector<PhaseSample> samples;
    std::ifstream file(path);
    bool is_inside = false;
    int number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.empty()) is_inside = false;
        if (line.empty() || line.starts_with("#")) continue;
        if (!is_inside) samples.emplace_back().line = number;
        is_inside = true;
        if (line.starts_with("= phase: ")) {
            samples.back().phase = line.substr(9);
        } else if (line.starts_with("= facts: ")) {
            samples.back().facts = line.substr(9);
        } else {
            const std::size_t first = line.find(" | ");
            const std::size_t second = line.find(" | ", first + 3);
            samples.back().frames.push_back(add_frame(symbols, line.substr(0, first),
                                                      std::stoll(line.substr(first + 3)),
                                                      line.substr(second + 3))
                                                .value());
        }
    }
    return samples;
}

constexpr const char* k_module = "/v/site-packages/torch/nn/modules/module.py:_call_impl";
constexpr const char* k_engine = "torch::autograd::Engine::thread_main(int)";

}  // namespace

TEST_CASE("Stacks of frameworks have the phase that their files expect", "[phase]") {
    std::size_t count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(SNAPQ_SOURCE_DIR "/tests/unit/frames/phases")) {
        Symbols symbols;
        const std::vector<PhaseSample> samples = read_samples(entry.path(), symbols);
        std::vector<StackId> stacks;
        for (const PhaseSample& sample : samples) stacks.push_back(symbols.intern_stack(sample.frames));
        const StackPhases phases(symbols);
        for (std::size_t i = 0; i < samples.size(); ++i) {
            INFO(entry.path().filename().string() << ":" << samples[i].line);
            CHECK(name_of(phases.of(stacks[i]).phase) == samples[i].phase);
            CHECK(facts_of(phases.of(stacks[i])) == samples[i].facts);
        }
        count += samples.size();
    }
    CHECK(count >= 150);
}

TEST_CASE("A stack without frames has no phase, and one without a rule is other", "[phase]") {
    CHECK(phase_of({}).phase == Phase::none);
    CHECK(name_of(Phase::none).empty());
    CHECK(phase_of({"/home/ada/train.py:main"}).phase == Phase::other);
    CHECK(phase_of({"main"}).phase == Phase::other);
    Symbols symbols;
    CHECK(StackPhases(symbols).of(StackId()).phase == Phase::none);
}

TEST_CASE("The innermost frame with a rule decides", "[phase]") {
    CHECK(phase_of({"/x/a.py:f", "/x/m.py:forward", "/v/torch/optim/lbfgs.py:step"}).phase == Phase::forward);
    CHECK(phase_of({"/v/torch/optim/sgd.py:step", "/x/m.py:forward"}).phase == Phase::optimizer);
    CHECK(phase_of({"c10d::Reducer::f()", k_engine}).phase == Phase::communication);
}

TEST_CASE("A module that runs inside the backward pass is recomputed", "[phase]") {
    CHECK(phase_of({"/x/m.py:forward", k_module, k_engine}).phase == Phase::checkpoint);
    CHECK(phase_of({"/x/m.py:forward", k_engine}).phase == Phase::backward);
    CHECK(phase_of({"/x/m.py:forward", "/v/torch/utils/checkpoint.py:unpack_hook"}).phase ==
          Phase::checkpoint);
    CHECK(phase_of({"/x/m.py:forward", k_module, "/v/torch/utils/checkpoint.py:checkpoint"}).phase ==
          Phase::forward);
    // The module is outside of the backward pass.
    CHECK(phase_of({"/x/m.py:forward", "/x/f.py:backward", k_module}).phase == Phase::backward);
}

TEST_CASE("A module that runs while a graph is captured is compiled", "[phase]") {
    CHECK(phase_of({"/x/m.py:forward", k_module, "/v/vllm/v1/worker/gpu_model_runner.py:capture_model"})
              .phase == Phase::compile);
}

TEST_CASE("Weak rules only count where no other rule does", "[phase]") {
    const std::string functional = "/v/torch/nn/functional.py:cross_entropy";
    CHECK(phase_of({functional, "/x/train.py:main"}).phase == Phase::forward);
    CHECK(phase_of({functional, "/v/torch/optim/sgd.py:step"}).phase == Phase::optimizer);
    CHECK(phase_of({"at::_ops::_foreach_mul_::call(int)", "main"}).phase == Phase::optimizer);
}

TEST_CASE("Paths are compared without regard to case and kind of slash", "[phase]") {
    CHECK(phase_of({R"(C:\Venv\Lib\site-packages\TORCH\optim\sgd.py:f)"}).phase == Phase::optimizer);
    CHECK(phase_of({"/home/optim/loop.py:step"}).phase == Phase::other);
    CHECK(phase_of({"/home/my_optimizers.py:step"}).phase == Phase::optimizer);
    CHECK(phase_of({"/home/my_optimizers.py:run"}).phase == Phase::other);
}

TEST_CASE("A recording has C++ frames or not", "[phase]") {
    Symbols symbols;
    const std::uint32_t python = add_frame(symbols, "/x/a.py", 1, "f").value();
    const std::uint32_t cpp = add_frame(symbols, "??", 0, "main").value();
    symbols.intern_stack({&python, 1});
    CHECK_FALSE(StackPhases(symbols).any_cpp());
    symbols.intern_stack({&cpp, 1});
    CHECK(StackPhases(symbols).any_cpp());
}

TEST_CASE("A stack with a forward stack is backward unless its own frames decide", "[phase]") {
    Symbols symbols;
    const std::uint32_t python = add_frame(symbols, "/x/a.py", 1, "forward").value();
    const StackId forward = symbols.intern_stack({&python, 1});
    const StackId only_forward = symbols.intern_stack(StackId(), forward);
    const std::uint32_t step = add_frame(symbols, "/v/torch/optim/sgd.py", 1, "step").value();
    const StackId both = symbols.intern_stack(symbols.intern_stack({&step, 1}), forward);
    const StackPhases phases(symbols);
    CHECK(phases.of(forward).phase == Phase::forward);
    CHECK(phases.of(only_forward).phase == Phase::backward);
    CHECK(phases.of(both).phase == Phase::optimizer);
}

// The phase that a rule gives; "" for other facts.
std::string_view phase_given_by(PhaseMeaning meaning) {
    switch (meaning) {
        case PhaseMeaning::zero_grad: return "zero_grad";
        case PhaseMeaning::optimizer: return "optimizer";
        case PhaseMeaning::communication: return "communication";
        case PhaseMeaning::checkpoint: return "checkpoint";
        case PhaseMeaning::backward:
        case PhaseMeaning::compiled_backward: return "backward";
        case PhaseMeaning::load: return "load";
        case PhaseMeaning::data: return "data";
        case PhaseMeaning::compile: return "compile";
        case PhaseMeaning::forward: return "forward";
        default: return "";
    }
}

bool is_for_cpp(const PhaseRule& rule) {
    return rule.kind == PhaseRuleKind::cpp || rule.kind == PhaseRuleKind::weak_cpp ||
           rule.kind == PhaseRuleKind::any_cpp;
}

// A file that a part of a path matches.
std::string file_for(std::string_view part) {
    std::string file = "/x/";
    file += part.ends_with('*') ? "my_" + std::string(part.substr(0, part.size() - 1))
                                : std::string(part.substr(part.starts_with('/') ? 1 : 0));
    if (file.ends_with('/')) file += "file";
    return file.ends_with(".py") ? file : file + ".py";
}

TEST_CASE("Each rule decides a stack that has only its frame", "[phase]") {
    for (const PhaseRule& rule : k_phase_rules) {
        INFO(rule.path << " " << rule.functions);
        if (rule.kind == PhaseRuleKind::inductor_directory) continue;
        const bool is_cpp = is_for_cpp(rule);
        const std::string function(is_cpp ? rule.functions
                                          : rule.functions.substr(0, rule.functions.find(' ')));
        const StackPhase found =
            phase_of({is_cpp ? "at::f " + function + "(int)"
                             : file_for(rule.path) + ":" + (function.empty() ? "any" : function)});
        if (rule.meaning == PhaseMeaning::workspace) {
            CHECK(found.is_workspace);
        } else if (rule.meaning == PhaseMeaning::kv_cache) {
            CHECK(found.is_kv_cache);
        } else {
            CHECK(name_of(found.phase) == phase_given_by(rule.meaning));
        }
    }
}

TEST_CASE("docs/categories.md has a row for each rule", "[phase]") {
    const std::string document = snapq::tests::read_file(SNAPQ_SOURCE_DIR "/docs/categories.md");
    for (const PhaseRule& rule : k_phase_rules) {
        if (rule.kind == PhaseRuleKind::inductor_directory) {
            CHECK(document.find("`" + std::string(rule.path) + "`") != std::string::npos);
            continue;
        }
        std::string functions(rule.functions);
        for (std::size_t at = 0; !is_for_cpp(rule) && (at = functions.find(' ', at)) != std::string::npos;
             at += 3)
            functions.replace(at, 1, "` `");
        std::string row;
        if (!is_for_cpp(rule)) row = rule.path.empty() ? "| any " : "| `" + std::string(rule.path) + "` ";
        row += functions.empty() ? "| all " : "| `" + functions + "` ";
        row += "| " + std::string(rule.why) + " |\n";
        INFO(row);
        CHECK(document.find(row) != std::string::npos);
    }
}

TEST_CASE("Each rule has a reason, and no two rules are the same", "[phase]") {
    std::set<std::string> texts;
    for (const PhaseRule& rule : k_phase_rules) {
        const std::string text = std::to_string(static_cast<int>(rule.kind)) + " " + std::string(rule.path) +
                                 " " + std::string(rule.functions);
        INFO(text);
        CHECK_FALSE(rule.why.empty());
        CHECK(texts.insert(text).second);
    }
}
