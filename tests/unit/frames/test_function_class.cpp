#include "frames/function_class.hpp"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace snapq::frames;

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
