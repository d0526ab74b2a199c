#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "frames/frame_text.hpp"
#include "frames/stack_class.hpp"
#include "support/catch.hpp"

using namespace snapq::frames;

namespace {

struct SampleFrame {
    std::string filename;
    std::int64_t line;
    std::string name;
};

StackId intern(Symbols& symbols, const std::vector<SampleFrame>& frames) {
    std::vector<std::uint32_t> ids;
    for (const SampleFrame& text : frames) {
        Frame frame;
        frame.filename = symbols.intern_text(text.filename);
        frame.line = text.line;
        frame.name = symbols.intern_text(text.name);
        ids.push_back(symbols.intern_frame(frame).value());
    }
    return symbols.intern_stack(ids);
}

std::string text_of(const Symbols& symbols, FrameId id) {
    if (!id) return "";
    const Frame& frame = symbols.frame(id);
    const std::string line = frame.line < 0 ? "?" : std::to_string(frame.line);
    return std::string(symbols.text(frame.filename)) + ":" + line + " " +
           std::string(symbols.text(frame.name));
}

// A file with a recorded stack and its expected class: lines "= KEY: VALUE", then lines "FILENAME | LINE |
// NAME", innermost first.
struct Sample {
    std::map<std::string, std::string> expected;
    std::vector<SampleFrame> frames;
};

Sample read_sample(const std::filesystem::path& path) {
    Sample sample;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("#")) continue;
        if (line.starts_with("= ")) {
            const std::size_t colon = line.find(':');
            sample.expected[line.substr(2, colon - 2)] = line.substr(std::min(colon + 2, line.size()));
            continue;
        }
        const std::size_t first = line.find(" | ");
        const std::size_t second = line.find(" | ", first + 3);
        sample.frames.push_back(
            {line.substr(0, first), std::stoll(line.substr(first + 3)), line.substr(second + 3)});
    }
    return sample;
}

StackClass classify(const std::vector<SampleFrame>& frames) {
    Symbols symbols;
    return classify_stack(symbols, intern(symbols, frames));
}

}  // namespace

TEST_CASE("Recorded stacks have the class that their files expect", "[stack_class]") {
    const std::filesystem::path folder = SNAPQ_SOURCE_DIR "/tests/unit/frames/stacks";
    int samples = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const Sample sample = read_sample(entry.path());
        Symbols symbols;
        const StackClass found = classify_stack(symbols, intern(symbols, sample.frames));
        INFO(entry.path().filename().string());
        REQUIRE(sample.expected.size() == 5);
        CHECK(name_of(found.kind) == sample.expected.at("kind"));
        CHECK(found.site == sample.expected.at("site"));
        CHECK(text_of(symbols, found.user_frame) == sample.expected.at("user"));
        CHECK(found.op == sample.expected.at("op"));
        CHECK(found.backward_node == sample.expected.at("node"));
        ++samples;
    }
    CHECK(samples >= 27);
}

TEST_CASE("The site is the text of the site frame", "[stack_class]") {
    Symbols symbols;
    const StackClass found = classify_stack(
        symbols,
        intern(symbols, {{"/x/site-packages/torch/a.py", 1, "a"}, {"/x/b.py", 2, "b"}, {"/x/c.py", 3, "c"}}));
    CHECK(found.site == "/x/b.py:2 b");
    CHECK(text_of(symbols, found.site_frame) == "/x/b.py:2 b");
    CHECK(found.user_frame == found.site_frame);
}

TEST_CASE("A stack without Python frames has no site frame", "[stack_class]") {
    const StackClass found =
        classify({{"??", 0, "at::_ops::mm::call(at::Tensor const&)"}, {"??", 0, "main"}});
    CHECK(found.site == "[no frame] mm");
    CHECK(found.site_frame.is_none());
    CHECK(found.user_frame.is_none());
    CHECK(classify({{"??", 0, "main"}}).site == "[no frame]");
}

TEST_CASE("The innermost node of nested backward passes counts", "[stack_class]") {
    const StackClass found = classify({{"??", 0, "torch::autograd::generated::MmBackward0::apply(int)"},
                                       {"??", 0, "torch::autograd::Engine::evaluate_function(int)"},
                                       {"", 0, "torch::autograd::PyNode::apply(int)"},
                                       {"??", 0, "torch::autograd::Engine::evaluate_function(int)"}});
    CHECK(found.site == "[backward] MmBackward0");
}

TEST_CASE("Symbols may grow between two classifications", "[stack_class]") {
    Symbols symbols;
    StackClassifier classifier(symbols);
    CHECK(classifier.classify(intern(symbols, {{"/x/a.py", 1, "f"}})).site == "/x/a.py:1 f");
    CHECK(classifier.classify(intern(symbols, {})).site == "[no stack]");
    CHECK(classifier.classify(intern(symbols, {{"??", 0, "main"}, {"/x/b.py", 2, "g"}})).site ==
          "/x/b.py:2 g");
    CHECK(classifier.classify(intern(symbols, {{"/x/a.py", 1, "f"}})).kind == StackKind::python);
}

TEST_CASE("Text that is not UTF-8, or very long, is not changed", "[stack_class]") {
    const std::string odd = "/x/\xff\xfe/" + std::string(100'000, '(') + ".py";
    CHECK(classify({{odd, 7, "f\xc0"}}).site == odd + ":7 f\xc0");
    CHECK(classify({{"a.cpp", 0, std::string(100'000, '<') + "at::_ops::mm::call("}}).op.empty());
}

TEST_CASE("The content hash is FNV-1a over the frames' texts", "[stack_class]") {
    Symbols symbols;
    // The offset basis, 14695981039346656037, as signed; the others from an independent implementation.
    CHECK(stack_content_hash(symbols, intern(symbols, {})) == -3750763034362895579);
    CHECK(stack_content_hash(symbols, intern(symbols, {{"a", 1, "b"}})) == 3438523226003168087);
    CHECK(stack_content_hash(symbols, intern(symbols, {{"/x/\xc3\xa9.py", -1, "f"}, {"??", 0, ""}})) ==
          3867538767603338950);
}

TEST_CASE("The content hash depends on texts and order, not on ids", "[stack_class]") {
    Symbols one;
    Symbols two;
    intern(two, {{"other", 9, "first"}});
    const std::vector<SampleFrame> frames{{"a.py", 1, "f"}, {"b.py", 2, "g"}};
    CHECK(stack_content_hash(one, intern(one, frames)) == stack_content_hash(two, intern(two, frames)));
    const StackId reversed = intern(one, {{"b.py", 2, "g"}, {"a.py", 1, "f"}});
    CHECK(stack_content_hash(one, intern(one, frames)) != stack_content_hash(one, reversed));
    CHECK(stack_content_hash(one, intern(one, {{"ab", 1, "c"}})) !=
          stack_content_hash(one, intern(one, {{"a", 1, "bc"}})));
}

TEST_CASE("Beyond a number of bytes, the content hash is that of the hashes of the frames", "[stack_class]") {
    Symbols symbols;
    const std::vector<SampleFrame> frames{{"a.py", 1, "f"}, {"b.py", 2, std::string(1000, 'g')}};
    const StackId stack = intern(symbols, frames);
    const StackId other = intern(symbols, {{"a.py", 1, "f"}, {"b.py", 3, "h"}});
    const StackId both = symbols.intern_stack(stack, other);
    const StackId swapped = symbols.intern_stack(other, stack);
    StackHasher hasher(symbols, 1500);
    CHECK(hasher.hash(stack) == stack_content_hash(symbols, stack));
    CHECK(hasher.hash(both) != stack_content_hash(symbols, both));  // 1000 bytes more
    CHECK(hasher.hash(stack) != stack_content_hash(symbols, stack));
    CHECK(hasher.hash(both) != hasher.hash(swapped));
    CHECK(hasher.hash(both) != hasher.hash(stack));
    CHECK(hasher.hash(intern(symbols, {})) == stack_content_hash(symbols, intern(symbols, {})));
    Symbols again;
    intern(again, {{"other", 9, "first"}});
    StackHasher used_up(again, 0);
    CHECK(used_up.hash(intern(again, frames)) == hasher.hash(stack));
}

TEST_CASE("Texts of a class are one byte longer than asked for, if they are longer", "[stack_class]") {
    Symbols symbols;
    StackClassifier classifier(symbols);
    const std::string name(1000, 'f');
    const StackId stack = intern(
        symbols, {{"??", 0, "at::_ops::" + name + "::call(x)"}, {"/home/ada/" + name + ".py", 7, name}});
    const StackClass cut = classifier.classify(stack, 100);
    CHECK(cut.site == ("/home/ada/" + name).substr(0, 101));
    CHECK(cut.op == name.substr(0, 101));
    CHECK(classifier.classify(stack).site == "/home/ada/" + name + ".py:7 " + name);
    CHECK(classifier.classify(intern(symbols, {{"/home/ada/a.py", 7, "f"}}), 100).site ==
          "/home/ada/a.py:7 f");
    const StackId forward = intern(symbols, {{"/home/ada/" + name + ".py", 7, name}});
    const StackId backward = symbols.intern_stack(StackId(), forward);
    CHECK(classifier.classify(backward, 100).site == ("[backward of] /home/ada/" + name).substr(0, 101));
}

TEST_CASE("a stack without a site has the site of its forward stack, marked") {
    Symbols symbols;
    const StackId forward =
        intern(symbols, {{"/home/ada/model.py", 42, "forward"}, {"train.py", 5, "<module>"}});
    const StackId engine = intern(symbols, {{"??", 0, "torch::autograd::generated::MmBackward0::apply(x)"}});
    const StackId python = intern(symbols, {{"/home/ada/function.py", 9, "backward"}});
    const auto classified = [&](StackId stack) {
        const StackId both = symbols.intern_stack(stack, forward);
        CHECK(symbols.forward_of(both) == forward);
        CHECK(stack_content_hash(symbols, both) != stack_content_hash(symbols, forward));
        return classify_stack(symbols, both);
    };
    const StackClass without_frames = classified(StackId());
    CHECK(without_frames.site == "[backward of] /home/ada/model.py:42 forward");
    CHECK(without_frames.kind == StackKind::forward);
    CHECK(text_of(symbols, without_frames.site_frame) == "/home/ada/model.py:42 forward");
    CHECK(classified(engine).site == "[backward of] /home/ada/model.py:42 forward");
    CHECK(classified(engine).kind == StackKind::cpp);
    CHECK(classified(engine).backward_node == "MmBackward0");
    CHECK(classified(python).site == "/home/ada/function.py:9 backward");
    CHECK(symbols.depth(symbols.intern_stack(engine, forward)) == 1);
    CHECK(symbols.forward_of(engine).is_none());
}

using namespace snapq::frames;

namespace {

const std::string k_torch_path = "/opt/venv/lib/python3.12/site-packages/torch/";
const std::string k_module_file = k_torch_path + "nn/modules/module.py";

using CalledFunction = std::pair<std::string, std::string>;  // file and function; without a file: C++

// The chain of a stack, outermost first, as `--by module` shows it.
std::string module_names(const std::vector<CalledFunction>& stack) {
    std::vector<ModuleFrame> kinds;
    for (const auto& [file, function] : stack)
        kinds.push_back(module_frame_of(file.empty() ? "??" : file, function, file.empty() ? 0 : 7));
    std::string text;
    for (const std::size_t place : module_chain(kinds)) {
        const auto& [file, function] = stack[place];
        text += (text.empty() ? "" : " > ") + std::string(base_name(file)) + ":" + function;
    }
    return text;
}

// The frames by which PyTorch calls a module: those of 2.0, of 2.1 and later, and with hooks from 2.5 on.
const std::vector<std::vector<CalledFunction>> k_module_calls{
    {{k_module_file, "_call_impl"}},
    {{k_module_file, "_wrapped_call_impl"}, {k_module_file, "_call_impl"}},
    {{k_module_file, "_wrapped_call_impl"}, {k_module_file, "_call_impl"}, {k_module_file, "inner"}},
    {{k_module_file, "Module._wrapped_call_impl"}, {k_module_file, "Module._call_impl"}},
};

std::vector<CalledFunction> stack_of(const std::vector<std::vector<CalledFunction>>& parts) {
    std::vector<CalledFunction> all;
    for (const std::vector<CalledFunction>& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace

TEST_CASE("each call of a module adds its forward, however PyTorch writes the call") {
    for (const std::vector<CalledFunction>& call : k_module_calls) {
        const std::vector<CalledFunction> stack =
            stack_of({{{"/job/train.py", "main"}},
                      call,
                      {{"/job/transformer.py", "forward"}},
                      call,
                      {{"/job/attention.py", "forward"}, {"/job/ops.py", "softmax"}}});
        CHECK(module_names(stack) == "transformer.py:forward > attention.py:forward");
    }
    CHECK(module_names(stack_of({k_module_calls[3],
                                 {{"/job/transformer.py", "Block.forward"}},
                                 k_module_calls[3],
                                 {{"/job/attention.py", "Attention.forward"}}})) ==
          "transformer.py:Block.forward > attention.py:Attention.forward");
}

TEST_CASE("modules of PyTorch are modules, and tracing is a call") {
    CHECK(module_names(stack_of(
              {k_module_calls[1],
               {{k_torch_path + "nn/modules/container.py", "forward"}},
               {{k_module_file, "_wrapped_call_impl"},
                {k_module_file, "_call_impl"},
                {k_module_file, "_slow_forward"}},
               {{k_torch_path + "nn/modules/linear.py", "forward"}, {"", "at::_ops::linear::call(...)"}}})) ==
          "container.py:forward > linear.py:forward");
}

TEST_CASE("C++ frames between the frames of Python do not matter") {
    CHECK(module_names({{"/job/train.py", "main"},
                        {"", "_PyEval_EvalFrameDefault"},
                        {k_module_file, "_wrapped_call_impl"},
                        {"", "_PyObject_Call_Prepend"},
                        {k_module_file, "_call_impl"},
                        {"", "_PyObject_Call"},
                        {"/job/model.py", "forward"},
                        {"", "torch::autograd::THPVariable_mul(...)"}}) == "model.py:forward");
}

TEST_CASE("wrappers of a forward do not stand for the module") {
    const std::string packages = "/opt/venv/lib/python3.12/site-packages/";
    CHECK(module_names({{k_module_file, "_call_impl"},
                        {packages + "accelerate/utils/operations.py", "forward"},
                        {packages + "accelerate/utils/operations.py", "__call__"},
                        {k_torch_path + "amp/autocast_mode.py", "decorate_autocast"},
                        {packages + "accelerate/hooks.py", "new_forward"},
                        {"/job/model.py", "forward"},
                        {k_torch_path + "autograd/function.py", "apply"},
                        {"/job/flash.py", "forward"}}) == "model.py:forward");
    CHECK(module_names({{k_module_file, "_call_impl"},
                        {packages + "transformers/utils/generic.py", "wrapper"},
                        {packages + "transformers/models/llama/modeling_llama.py", "forward"}}) ==
          "modeling_llama.py:forward");
}

TEST_CASE("a compiled module is the one that it compiled") {
    CHECK(module_names({{k_module_file, "_wrapped_call_impl"},
                        {k_module_file, "_call_impl"},
                        {k_torch_path + "_dynamo/eval_frame.py", "compile_wrapper"},
                        {k_module_file, "_wrapped_call_impl"},
                        {k_module_file, "_call_impl"},
                        {"/job/model.py", "torch_dynamo_resume_in_forward_at_12"}}) ==
          "model.py:torch_dynamo_resume_in_forward_at_12");
}

TEST_CASE("a module without a forward is named by the first line of code, or by what there is") {
    CHECK(module_names(
              {{k_module_file, "_call_impl"}, {"/job/strategy.py", "run"}, {"/job/loss.py", "mean"}}) ==
          "strategy.py:run");
    CHECK(module_names({{k_module_file, "_call_impl"},
                        {k_torch_path + "distributed/fsdp/_fully_shard/_fsdp_state.py", "_pre_forward"},
                        {k_torch_path + "distributed/fsdp/_fully_shard/_fsdp_param_group.py", "unshard"}}) ==
          "_fsdp_state.py:_pre_forward");
    CHECK(module_names({{k_module_file, "_wrapped_call_impl"},
                        {k_module_file, "_call_impl"},
                        {"", "at::native::add"}}) == "module.py:_wrapped_call_impl");
}

TEST_CASE("frames outside any call of a module give no chain") {
    CHECK(module_names({}).empty());
    CHECK(module_names({{"/job/train.py", "main"}, {"/job/model.py", "forward"}}).empty());
    CHECK(
        module_names({{"/job/train.py", "main"}, {k_module_file, "_apply"}, {k_module_file, "to"}}).empty());
    CHECK(module_names({{"/job/nn/modules/module.py", "_call_impl"}, {"/job/model.py", "forward"}}).empty());
}

TEST_CASE("a path of Windows is recognised") {
    CHECK(module_names({{"C:\\Env\\Lib\\site-packages\\Torch\\nn\\modules\\module.py", "_call_impl"},
                        {"D:\\job\\model.py", "forward"}}) == "model.py:forward");
}
