#include "frames/module_chain.hpp"

#include <string>
#include <utility>
#include <vector>

#include "frames/frame_path.hpp"
#include "support/catch.hpp"

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
