#include <set>
#include <string>
#include <utility>
#include <vector>

#include "frames/frame_class.hpp"
#include "frames/stack_rules.hpp"
#include "support/catch.hpp"

using namespace snapq::frames;

namespace {

void check_roles(FrameRole expected, const std::vector<std::string>& filenames) {
    for (const std::string& filename : filenames) {
        INFO(filename);
        CHECK(role_of_frame(filename, "forward", 12) == expected);
    }
}

}  // namespace

TEST_CASE("C++ frames are told by their names", "[frame_class]") {
    check_roles(FrameRole::cpp,
                {"", "??", "engine.cpp", "Modules/main.c", "Python/generated_cases.c.h", "thread48.o",
                 "/usr/lib/libc10.so", "/usr/lib/libc.so.6", "c10.dll", "_C.cp310-win_amd64.pyd",
                 "./misc/../sysdeps/unix/sysv/linux/x86_64/clone3.S", "tmpxft_0000540d-6_Range.cpp",
                 "/usr/bin/python3.10", "/opt/conda/bin/python", "kernel.cu", "fast.pyx"});
    CHECK(role_of_frame("/usr/include/c++/12/functional", "std::function<void ()>::operator()", 591) ==
          FrameRole::cpp);
    CHECK(role_of_frame("/opt/serve/bin/server", "main", 0) == FrameRole::cpp);
    CHECK(role_of_frame("<artificial>", "at::empty(int)", 0) == FrameRole::cpp);
}

TEST_CASE("Python frames are told from C++ frames by their texts", "[frame_class]") {
    CHECK(is_python_frame("/home/ada/model.py", "forward", 1));
    CHECK(is_python_frame("C:\\ada\\model.pyw", "forward", 1));
    CHECK(is_python_frame("<stdin>", "<module>", 1));
    CHECK(is_python_frame("<ipython-input-3-0f>", "train", 1));
    CHECK_FALSE(is_python_frame("??", "at::mm()", 1));
    CHECK_FALSE(is_python_frame("", "main", 1));
    CHECK_FALSE(is_python_frame("engine.cpp", "run", 1));
    CHECK_FALSE(is_python_frame("<artificial>", "std::function<void()>", 1));
    CHECK(is_python_frame("/opt/conda/bin/torchrun", "<module>", 8));
    CHECK_FALSE(is_python_frame("/opt/conda/bin/torchrun", "<module>", 0));
}

TEST_CASE("The program's own files are user frames", "[frame_class]") {
    check_roles(
        FrameRole::user,
        {"train.py", "/home/u/train.py", "models/lib/net.py", "D:\\proj\\lib\\net.py", "/home/u/net.pyc",
         "/tmp/ipykernel_17/235.py", "/tmp/ipython-input-3-9.py", "/tmp/marimo_8/__marimo__cell_Hbol_.py",
         "<ipython-input-3-5f>", "<stdin>", "<timed exec>", "<python-input-4>", "<command-321>",
         "/home/u/job.zip/train.py", "/home/u/site-packages-tools/x.py", "/home/u/lib/python/x.py",
         "/srv/venv/lib/python3.10/site-packages/../../../../src/net.py"});
}

TEST_CASE("Only torch itself is torch", "[frame_class]") {
    check_roles(
        FrameRole::internal,
        {"/v/lib/python3.12/site-packages/torch/nn/modules/module.py",
         "/usr/lib/python3/dist-packages/torch/functional.py", "C:\\V\\Lib\\Site-Packages\\Torch\\_tensor.py",
         "/v/lib/python3.9/site-packages/torch-2.0-py3.9.egg/torch/_tensor.py",
         "/home/u/pytorch/torch/anything/new.py", "/build/torch/nn/modules/module.py",
         "torch/autograd/function.py", "/job.par/torch/_dynamo/eval_frame.py",
         "/home/u/.pex/installed_wheels/3f/torch-2.1-cp310.whl/torch/hub.py"});
    check_roles(FrameRole::user, {"/home/u/torch/train.py", "/home/u/mytorch/nn/modules/conv.py",
                                  "/home/u/torchtitan/train.py", "/home/u/keras/src/backend/torch/nn.py",
                                  "/home/u/torch/utils/data.py", "/home/torch/nn/modules.py"});
    check_roles(FrameRole::package,
                {"/v/lib/python3.12/site-packages/torchvision/models/resnet.py",
                 "/v/lib/python3.12/site-packages/horovod/torch/optimizer.py",
                 "/v/lib/python3.12/site-packages/ray/train/torch/config.py",
                 "/v/lib/python3.12/site-packages/safetensors/torch.py",
                 "/v/lib/python3.12/site-packages/megatron/core/optimizer.py",
                 "/v/lib/python3.12/site-packages/lightning/pytorch/torch/nn/modules/x.py"});
}

TEST_CASE("Helpers between the program and torch are internal", "[frame_class]") {
    check_roles(FrameRole::internal,
                {"/v/site-packages/functorch/__init__.py", "/v/site-packages/triton/runtime/jit.py",
                 "/v/site-packages/einops/einops.py", "/v/site-packages/accelerate/hooks.py",
                 "/home/u/triton/python/triton/compiler/compiler.py"});
    check_roles(FrameRole::package,
                {"/v/site-packages/accelerate/accelerator.py", "/v/site-packages/einops_exts/a.py"});
    check_roles(FrameRole::user, {"/home/u/python/triton/softmax.py", "/home/u/einops/mine.py"});
}

TEST_CASE("Generated code is internal", "[frame_class]") {
    const std::string hash = "hwaaaabbbbccccddddeeeeffffgggghhhhiiiijjjjkkkkllll2";
    REQUIRE(hash.size() == 51);
    check_roles(
        FrameRole::internal,
        {"/tmp/torchinductor_u/hw/x.py", "C:\\Users\\u\\AppData\\Local\\Temp\\torchinductor_u\\hw\\x.py",
         "/scratch/cache/hw/c" + hash + ".py", "/home/u/.triton/cache/AB/launcher.py", "<eval_with_key>.12",
         "<eval_with_key>.0 from /home/u/a.py:3 in forward", "<string>", "<attrs generated init a.B>"});
    check_roles(FrameRole::user, {"/scratch/cache/xx/c" + hash + ".py", "/scratch/hw/c" + hash + "x.py",
                                  "/home/u/torchinductor_notes.py"});
}

TEST_CASE("The standard library is found in every kind of installation", "[frame_class]") {
    check_roles(
        FrameRole::internal,
        {"/usr/lib/python3.11/threading.py", "/opt/conda/envs/x/lib/python3.10/asyncio/events.py",
         "/usr/lib64/python3.9/copy.py", "/usr/lib/pypy3.10/threading.py", "/opt/py/lib/python3.13t/copy.py",
         "/Library/Frameworks/Python.framework/Versions/3.11/lib/python3.11/runpy.py",
         "C:\\Users\\u\\AppData\\Local\\Programs\\Python\\Python311\\Lib\\bdb.py",
         "C:\\ProgramData\\Miniconda3\\envs\\x\\lib\\enum.py", "C:\\Users\\u\\anaconda3\\Lib\\typing.py",
         "C:\\Users\\u\\.pyenv\\pyenv-win\\versions\\3.10.11\\Lib\\enum.py",
         "C:\\uv\\cpython-3.10.19-windows-x86_64-none\\lib\\copy.py", "E:\\odd\\Lib\\contextlib.py",
         "C:\\app\\python311.zip\\threading.py", "/app/python311.zip/asyncio/events.py", "threading.py",
         "asyncio\\events.py", "<frozen importlib._bootstrap>", "<frozen runpy>"});
    check_roles(FrameRole::package,
                {"/usr/lib/python3/dist-packages/apt/cache.py",
                 "/opt/conda/lib/python3.10/site-packages/x.py", "C:\\P\\Lib\\site-packages\\x.py"});
    check_roles(FrameRole::user, {"/home/u/threading.py", "/home/u/lib/contextlib.py", "D:\\copy.py"});
}

TEST_CASE("Console scripts and downloaded models are not user frames", "[frame_class]") {
    CHECK(role_of_frame("/opt/conda/bin/torchrun", "<module>", 8) == FrameRole::package);
    CHECK(role_of_frame("/home/u/proj/bin/train", "main", 8) == FrameRole::user);
    CHECK(role_of_frame("C:\\v\\Scripts\\vllm.exe\\__main__.py", "<module>", 8) == FrameRole::package);
    check_roles(FrameRole::package,
                {"/home/u/.cache/huggingface/modules/transformers_modules/a/b/modeling.py"});
}

TEST_CASE("A compiled backward is recognized by torch's Python frame", "[frame_class]") {
    const std::string file = "/v/site-packages/torch/_functorch/_aot_autograd/runtime_wrappers.py";
    CHECK(node_of_python_frame(file, "backward") == "CompiledFunctionBackward");
    CHECK(node_of_python_frame(file, "forward").empty());
    CHECK(node_of_python_frame("/home/u/ops.py", "backward").empty());
}

TEST_CASE("A filename longer than any path is not matched with the rules", "[frame_class]") {
    std::string path;
    for (int i = 0; i < 100'000; ++i) path += "/lib/site-packages";
    CHECK(role_of_frame(path, "f", 1) == FrameRole::user);
}

TEST_CASE("No rule is in the table twice", "[frame_class]") {
    std::set<std::pair<RuleKind, std::string_view>> seen;
    for (const Rule& rule : k_stack_rules) {
        INFO(rule.text);
        CHECK(seen.emplace(rule.kind, rule.text).second);
        CHECK_FALSE(rule.why.empty());
    }
}

TEST_CASE("An op is named without its overload", "[function_class]") {
    const std::vector<std::pair<std::string, std::string>> names{
        {"mm", "mm"},
        {"div_Tensor", "div"},
        {"add__Tensor", "add_"},
        {"add_out", "add"},
        {"pow_Tensor_Scalar", "pow"},
        {"pow_Tensor_Scalar_out", "pow"},
        {"_to_copy", "_to_copy"},
        {"to_dtype_layout", "to"},
        {"sum_dim_IntList", "sum"},
        {"max_dim", "max"},
        {"arange_start_out", "arange"},
        {"where_ScalarOther", "where"},
        {"index_put_", "index_put_"},
        {"_index_put_impl_", "_index_put_impl_"},
        {"index_Tensor", "index"},
        {"index_select", "index_select"},
        {"empty_memory_format", "empty"},
        {"_softmax_backward_data", "_softmax_backward_data"},
        {"_log_softmax_backward_data_out", "_log_softmax_backward_data"},
        {"value_selecting_reduction_backward", "value_selecting_reduction_backward"},
        {"repeat_interleave_self_int", "repeat_interleave"},
        {"set__source_Storage_storage_offset", "set_"},
        {"split_with_sizes", "split_with_sizes"},
        {"norm_ScalarOpt_dim_dtype", "norm"},
        {"_fused_adamw__tensor_lr", "_fused_adamw_"},
        {"_foreach_addcdiv__ScalarList", "_foreach_addcdiv_"},
        {"__and___Scalar", "__and__"},
        {"unique_dim", "unique_dim"},
        {"take_along_dim_out", "take_along_dim"},
        {"_convolution_deprecated", "_convolution"},
        {"_convolution_mode", "_convolution_mode"},
        {"_scaled_dot_product_flash_attention", "_scaled_dot_product_flash_attention"},
        {"_", "_"},
        {"", ""}};
    for (const auto& [op_struct, op] : names) {
        INFO(op_struct);
        CHECK(without_overload(op_struct) == op);
    }
}

TEST_CASE("Only the function's own name makes it an op", "[function_class]") {
    CHECK(op_of_function("at::_ops::mm::call(at::Tensor const&, at::Tensor const&)") == "mm");
    CHECK(op_of_function("at::_ops::mm::redispatch(c10::DispatchKeySet, at::Tensor const&) [clone .cold]") ==
          "mm");
    CHECK(op_of_function("at::_ops::mm::call") == "mm");
    CHECK(op_of_function("class std::tuple<at::Tensor, at::Tensor> at::_ops::max_dim::call(int)") == "max");
    CHECK(
        op_of_function("at::autocast::WrapFunction_<&at::_ops::exp::call>::call(at::Tensor const&)").empty());
    CHECK(op_of_function("at::native::foo(at::_ops::mm::call)").empty());
    CHECK(op_of_function("at::_ops::mm::schema()").empty());
    CHECK(op_of_function("at::native::mm(at::Tensor const&)").empty());
    CHECK(op_of_function("").empty());
}

TEST_CASE("Ops that allocate for other ops are helpers", "[function_class]") {
    for (const char* op :
         {"empty", "empty_strided", "empty_like", "new_empty", "new_empty_strided", "resize_", "resize_as_",
          "_resize_output_", "_empty_affine_quantized", "empty_permuted"}) {
        INFO(op);
        CHECK(is_allocation_helper(op));
    }
    for (const char* op :
         {"zeros", "new_zeros", "clone", "_to_copy", "contiguous", "mm", "_efficientzerotensor", ""}) {
        INFO(op);
        CHECK_FALSE(is_allocation_helper(op));
    }
}

TEST_CASE("The node is the class whose apply runs", "[function_class]") {
    const std::vector<std::pair<std::string, std::string>> names{
        {"torch::autograd::generated::MmBackward0::apply(std::vector<at::Tensor>&&)", "MmBackward0"},
        {"torch::autograd::AccumulateGrad::apply(std::vector<at::Tensor>&&)", "AccumulateGrad"},
        {"torch::autograd::CopySlices::apply(std::vector<at::Tensor>&&)", "CopySlices"},
        {"torch::autograd::CppNode<fbgemm_gpu::Lookup>::apply(std::vector<at::Tensor>&&)", "Lookup"},
        {"torch::autograd::PyNode::apply(std::vector<at::Tensor>&&)", "PyNode"},
        {"torch::distributed::autograd::RecvRpcBackward::apply(int)", "RecvRpcBackward"},
        {"torch::jit::(anonymous namespace)::DifferentiableGraphBackward::apply(int)",
         "DifferentiableGraphBackward"},
        {"class std::vector<at::Tensor> torch::autograd::generated::MmBackward0::apply(int)", "MmBackward0"},
        {"torch::autograd::InputBuffer::add(unsigned long)", "InputBuffer"},
        {"torch::autograd::generated::MmBackward0::release_variables()", "release_variables"},
        {"torch::autograd::generated::details::mm_mat1_backward(at::Tensor const&)", ""},
        {"torch::autograd::Function<MyFunction>::apply(at::Tensor)", ""},
        {"torch::autograd::THPVariable_mm(_object*, _object*)", ""},
        {"torch::autograd::Node::operator()(std::vector<at::Tensor>&&)", ""},
        {"c10::BoxedKernel<torch::autograd::InputBuffer>::call(int)", ""},
        {"mine::Layer::apply(int)", ""},
        {"", ""}};
    for (const auto& [name, node] : names) {
        INFO(name);
        CHECK(node_of_function(name) == node);
    }
}

TEST_CASE("Hostile names are classified in one pass", "[function_class]") {
    std::string name;
    for (int i = 0; i < 100'000; ++i) name += "<at::_ops::(torch::autograd::InputBuffer::x::apply(";
    CHECK(op_of_function(name).empty());
    CHECK(node_of_function(name).empty());
    CHECK(op_of_function("at::_ops::x" + std::string(1'000'000, '_') + "::call(").size() == 1'000'001);
}
