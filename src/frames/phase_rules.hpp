// The rules that tell the phase of a training step from the frames of a stack, as one table.
// docs/categories.md shows them. A row has the kind of the rule, with the language of its frames, what a
// match means, a part of the path, the names of functions, and the reason for the row. Among the rows of one
// kind, the first one that matches a frame counts.
//
// Paths begin with '/', have '/' for each backslash, and are in lower case on every system. A part of a path
// is looked for anywhere in it; "optim*" is looked for in the last component only, and "" is in every path.
// Names of functions are compared whole; "" matches all functions of the file. For C++ frames, `functions` is
// one text, which is looked for anywhere in the name of the function.
#pragma once

#include <cstdint>
#include <string_view>

namespace snapq::frames {

enum class PhaseRuleKind : std::uint8_t {
    python,
    cpp,
    weak_python,  // decides only if no frame of the stack matches a row of the first two kinds
    weak_cpp,
    any_python,  // for facts other than the phase: one such frame anywhere in the stack is enough
    any_cpp,
    inductor_directory,  // a directory whose name begins with the path part holds code that inductor
                         // generated
};

enum class PhaseMeaning : std::uint8_t {
    none,
    // Phases.
    zero_grad,
    optimizer,
    communication,
    checkpoint,
    backward,
    load,
    data,
    compile,
    forward,
    // Other facts.
    compiled_backward,  // a backward pass in which the `forward` of a module is no recomputation
    workspace,
    kv_cache,
    generated,
};

struct PhaseRule {
    PhaseRuleKind kind;
    PhaseMeaning meaning;
    std::string_view path;       // of a Python frame
    std::string_view functions;  // of a Python frame: names with spaces between them; of a C++ frame: a text
    std::string_view why;
};

// A namespace of its own for the using-declarations, as in stack_rules.hpp.
namespace phase_rule_table {

using enum PhaseRuleKind;
using enum PhaseMeaning;

// clang-format off
inline constexpr PhaseRule k_phase_rules[] = {
    {python, zero_grad, "",
     "zero_grad zero_grad_buffer optimizer_zero_grad clear_lp_grads clear_hp_grads",
     "gradients are dropped: torch, DDP, DeepSpeed, Megatron, Lightning, and optimizers of users"},
    {python, load, "/torch/optim/swa_utils.py", "", "averaged models (EMA, SWA) are copies of parameters"},
    {python, forward, "grad_scaler.py",
     "scale apply_scale _lazy_init_scale_growth_tracker",
     "scales the loss"},
    {python, forward, "",
     "closure",
     "optimizer.step(closure) runs forward and backward inside the step; Lightning always"},
    {python, load, "/deepspeed/runtime/zero/stage",
     "flatten_dense_tensors_aligned _create_fp16_partitions_with_defragmentation",
     "ZeRO flattens the parameters, inside of its constructor"},
    {python, optimizer, "/torch/optim/",
     "",
     "torch's own, and the wrapper around the step of every subclass"},
    {python, optimizer, "/torch/distributed/optim/", "", "ZeroRedundancyOptimizer and others"},
    {python, optimizer, "grad_scaler.py", "", "unscale_, step, update of torch.amp and of older paths"},
    {python, optimizer, "/torch/nn/utils/clip_grad.py",
     "",
     "between backward and step; its norms are temporary"},
    {python, optimizer, "/apex/optimizers/", "", "apex"},
    {python, optimizer, "/apex/contrib/optimizers/", "", "apex"},
    {python, optimizer, "/apex/multi_tensor_apply/", "", "apex"},
    {python, optimizer, "/apex/amp/_process_optimizer.py", "", "master weights of apex.amp"},
    {python, optimizer, "/bitsandbytes/optim/", "", "init_state, get_state_buffer, update_step"},
    {python, optimizer, "/transformer_engine/pytorch/optimizers/", "", "FusedAdam of TransformerEngine"},
    {python, optimizer, "/megatron/core/optimizer/", "", "DistributedOptimizer and its master weights"},
    {python, optimizer, "/megatron/optimizer/", "", "older Megatron"},
    {python, optimizer, "/deepspeed/ops/adam/", "", "DeepSpeed"},
    {python, optimizer, "/deepspeed/ops/lamb/", "", "DeepSpeed"},
    {python, optimizer, "/deepspeed/ops/lion/", "", "DeepSpeed"},
    {python, optimizer, "/deepspeed/ops/adagrad/", "", "DeepSpeed"},
    {python, optimizer, "/deepspeed/runtime/zero/stage",
     "__init__ step _optimizer_step initialize_optimizer_states _create_fp32_partitions "
     "unscale_and_clip_grads scaled_global_norm",
     "ZeRO; its constructor makes the 32-bit master weights"},
    {python, optimizer, "optim*",
     "step _step _init_group init_state _init_state initialize_state",
     "optimizers that do not derive from torch's; only these functions, since users put loops into optimizer.py"},
    {python, optimizer, "",
     "optimizer_step clip_grad_norm_ clip_grad_norm clip_grad_value_ clip_gradients unscale_grads "
     "initialize_optimizer_states",
     "names that frameworks agree on"},
    {python, compiled_backward, "/torch/_dynamo/compiled_autograd.py",
     "",
     "compiled autograd runs the backward as a graph module, whose function is called forward"},
    {python, checkpoint, "/torch/utils/checkpoint.py",
     "backward unpack_hook recompute_fn",
     "reentrant, and not reentrant; its forward side is ordinary forward"},
    {python, checkpoint, "/activation_checkpointing/checkpointing.py", "backward", "DeepSpeed"},
    {python, checkpoint, "/tensor_parallel/random.py", "backward _recompute", "Megatron"},
    {python, checkpoint, "/checkpoint_activations.py", "backward", "fairscale"},
    {python, checkpoint, "/unsloth_zoo/gradient_checkpointing.py", "backward", "unsloth"},
    {python, communication, "/torch/distributed/distributed_c10d.py", "", "collectives"},
    {python, communication, "/torch/distributed/_functional_collectives.py", "", "collectives"},
    {python, communication, "/torch/distributed/nn/functional.py", "", "collectives"},
    {python, communication, "/torch/distributed/utils.py",
     "_alloc_storage _free_storage",
     "FSDP 1: unsharded parameters"},
    {python, communication, "flat_param.py",
     "unshard pre_unshard reshard _alloc_padded_unsharded_flat_param _all_gather_flat_param "
     "_free_unsharded_flat_param _use_low_precision_shard _free_low_precision_sharded_param",
     "FSDP 1: unsharded parameters (flat_param.py and _flat_param.py)"},
    {python, communication, "/torch/distributed/fsdp/_runtime_utils.py",
     "_unshard _reshard _prefetch_handle _prefetch_handles _reduce_grad _reduce_grad_no_shard "
     "_get_reduce_scatter_tensors _post_reduce_grad_callback _accumulate_sharded_grad",
     "FSDP 1: all-gather and reduce-scatter; its hooks around them are forward and backward"},
    {python, communication, "/_fsdp_param.py",
     "init_all_gather_outputs alloc_all_gather_outputs init_unsharded_param free_unsharded_param "
     "to_sharded_post_forward all_gather_inputs alloc_storage free_storage",
     "FSDP 2: unsharded parameters"},
    {python, communication, "/_fsdp_param_group.py",
     "unshard wait_for_unshard reshard finalize_backward _wait_for_post_backward",
     "FSDP 2"},
    {python, communication, "/torch/distributed/algorithms/ddp_comm_hooks/", "", "compressed gradients"},
    {python, communication, "/torch/nn/parallel/distributed.py",
     "_ddp_init_helper _sync_module_states _sync_buffers _distributed_broadcast_coalesced",
     "DDP; its forward is a forward"},
    {python, communication, "/torch/distributed/tensor/_redistribute.py",
     "",
     "DTensor moves shards between ranks; its _dispatch.py does not"},
    {python, communication, "/torch/distributed/tensor/_collective_utils.py", "", "DTensor"},
    {python, communication, "/_fsdp_collectives.py", "", "FSDP 2: all-gather and reduce-scatter"},
    {python, communication, "/deepspeed/comm/", "", "DeepSpeed"},
    {python, communication, "/deepspeed/runtime/comm/", "", "DeepSpeed"},
    {python, communication, "/deepspeed/runtime/zero/",
     "all_gather all_gather_coalesced _all_gather_dtype _allgather_param _allgather_params_coalesced "
     "_allgather_params_sequential fetch_sub_module release_sub_module __reduce_and_partition_ipg_grads "
     "__avg_scatter_grads __avg_scatter_contiguous_grads __add_grad_to_ipg_bucket "
     "reduce_independent_p_g_buckets_and_remove_grads reduce_ipg_grads average_tensor allreduce_bucket "
     "partition_grads",
     "ZeRO: gathers parameters, reduces gradients"},
    {python, communication, "/deepspeed/runtime/utils.py", "all_gather_dp_groups", "ZeRO, in the step"},
    {python, communication, "/megatron/core/pipeline_parallel/p2p_communication.py", "", "Megatron"},
    {python, communication, "/megatron/core/tensor_parallel/mappings.py", "", "Megatron"},
    {python, communication, "/torch/nn/parallel/comm.py", "", "DataParallel"},
    {python, communication, "/torch/nn/parallel/scatter_gather.py", "", "DataParallel"},
    {python, communication, "/vllm/distributed/", "", "vLLM"},
    {python, communication, "/sglang/srt/distributed/", "", "SGLang"},
    {python, backward, "/torch/autograd/__init__.py",
     "backward _make_grads grad",
     "the caller of the engine"},
    {python, backward, "/torch/autograd/graph.py", "_engine_run_backward", "the caller of the engine"},
    {python, backward, "/torch/distributed/pipelining/_backward.py", "", "pipeline stages"},
    {python, backward, "",
     "backward backward_step custom_backward _backward_impl",
     "autograd.Function.backward, engines' backward; _backward_impl is that of compiled functions"},
    {python, load, "/torch/nn/modules/module.py",
     "_apply to cuda convert half float bfloat16 double to_empty load_state_dict _load_from_state_dict "
     "load",
     "parameters move or change their type"},
    {python, load, "/torch/nn/modules/",
     "__init__ reset_parameters _reset_parameters",
     "parameters are made"},
    {python, load, "/torch/nn/init.py", "", "parameters are filled"},
    {python, load, "/torch/nn/parameter.py", "", "lazy parameters, copies of parameters"},
    {python, load, "/torch/serialization.py", "", "torch.load with map_location"},
    {python, load, "/torch/_utils.py", "_rebuild_tensor _rebuild_tensor_v2 _rebuild_parameter", "torch.load"},
    {python, load, "/torch/distributed/checkpoint/", "", "distributed checkpoints"},
    {python, load, "/safetensors/", "", "safetensors"},
    {python, load, "/torch/distributed/fsdp/_init_utils.py", "", "FSDP 1 shards the parameters"},
    {python, load, "flat_param.py",
     "_init_flat_param_and_metadata flatten_tensors flatten_tensors_into_flat_param shard _get_shard",
     "FSDP 1 shards the parameters"},
    {python, load, "/_fsdp_param.py",
     "_init_sharded_param reset_sharded_param",
     "FSDP 2 shards the parameters"},
    {python, load, "/accelerate/utils/modeling.py", "", "set_module_tensor_to_device"},
    {python, load, "/transformers/core_model_loading.py", "", "transformers 5 loads in threads of its own"},
    {python, load, "/bitsandbytes/nn/modules.py", "_quantize to cuda", "weights are quantized on the device"},
    {python, load, "/torchao/quantization/quant_api.py", "", "weights are quantized on the device"},
    {python, load, "",
     "from_pretrained load_state_dict load_weights initialize_model load_model load_checkpoint "
     "_load_checkpoint init_weights _init_weights from_config load_pretrained "
     "process_weights_after_loading",
     "names that frameworks agree on"},
    {python, data, "/torch/utils/data/", "", "DataLoader, collate"},
    {python, data, "/accelerate/data_loader.py", "", "accelerate moves the batch"},
    {python, data, "/accelerate/utils/operations.py", "send_to_device", "accelerate"},
    {python, data, "/transformers/tokenization_utils_base.py", "to", "BatchEncoding.to"},
    {python, data, "/transformers/feature_extraction_utils.py", "to", "BatchFeature.to"},
    {python, data, "",
     "pin_memory collate_fn default_collate move_data_to_device batch_to_device transfer_batch_to_device "
     "_prepare_input _prepare_inputs get_batch get_batch_on_this_tp_rank",
     "Lightning, transformers' Trainer, Megatron, nanoGPT"},
    {python, compile, "/torch/_inductor/select_algorithm.py", "", "max-autotune"},
    {python, compile, "/torch/_inductor/autotune_process.py", "", "max-autotune"},
    {python, compile, "/torch/_inductor/runtime/benchmarking.py", "", "autotuning of kernels"},
    {python, compile, "/torch/_inductor/cudagraph_trees.py",
     "run_eager record_function _record",
     "warm-up and recording of CUDA graphs"},
    {python, compile, "/triton/testing.py", "", "do_bench"},
    {python, compile, "/triton/runtime/autotuner.py", "_bench run_bench", "user kernels with @autotune"},
    {python, compile, "/torch/_inductor/runtime/triton_heuristics.py",
     "bench benchmark_all_configs autotune_to_one_config coordinate_descent_tuning",
     "autotuning of kernels"},
    {python, compile, "/torch/_inductor/fx_passes/", "", "pad_mm measures"},
    {python, compile, "/torch/_inductor/constant_folding.py", "", "runs operators"},
    {python, compile, "/torch/_dynamo/convert_frame.py", "", "copies the state of random numbers"},
    {python, compile, "/torch/cuda/graphs.py",
     "make_graphed_callables",
     "warm-up and capture of CUDA graphs"},
    {python, compile, "",
     "capture_model _capture_cudagraphs capture_one_batch_size _capture_one_stream",
     "vLLM and SGLang capture CUDA graphs"},
    {python, forward, "/torch/nn/modules/module.py",
     "_call_impl _wrapped_call_impl _slow_forward",
     "a module is called"},
    {python, forward, "",
     "forward forward_step training_step validation_step test_step predict_step compute_loss "
     "prediction_step execute_model forward_batch_generation generate",
     "modules, autograd.Function.forward, and what frameworks call around it"},

    {weak_python, forward, "/torch/nn/functional.py", "", "losses; weak, because optimizers use it too"},
    {weak_python, load, "/torch/storage.py", "__deepcopy__", "copies of models and of state dicts"},
    {weak_python, load, "/torch/_tensor.py", "__deepcopy__", "copies of models and of state dicts"},
    {weak_python, load, "/copy.py", "deepcopy", "copies of models and of state dicts"},

    {any_python, kv_cache, "/transformers/cache_utils.py", "", "DynamicCache, StaticCache"},
    {any_python, kv_cache, "/sglang/srt/mem_cache/memory_pool", "__init__ _create_buffers", "SGLang's pools"},
    {any_python, kv_cache, "/vllm/worker/cache_engine.py", "", "vLLM 0"},
    {any_python, kv_cache, "",
     "allocate_kv_cache _allocate_kv_cache _allocate_kv_cache_tensors initialize_from_config "
     "allocate_kv_caches init_kv_cache initialize_kv_cache initialize_kv_cache_tensors setup_caches",
     "vLLM 1, TGI, gpt-fast"},

    {cpp, communication, "", "c10d::", "process groups, DDP's Reducer"},
    {cpp, communication, "", "torch::cuda::nccl::", "DataParallel"},
    {cpp, backward, "", "torch::autograd::Engine::", "the engine's threads, and sums of gradients"},
    {cpp, backward, "", "torch::autograd::Node::operator()", "every node"},
    {cpp, backward, "", "torch::autograd::PyNode::apply", "autograd.Function.backward"},
    {cpp, backward, "", "torch::autograd::AccumulateGrad::apply", "gradients"},
    {cpp, backward, "",
     "torch::autograd::deleteNode",
     "a graph is dropped without a backward: it releases what it saved"},
    {cpp, optimizer, "", "at::_ops::_fused_adam", "in stacks without Python"},
    {cpp, optimizer, "", "at::_ops::_fused_sgd", "in stacks without Python"},
    {cpp, optimizer, "", "at::_ops::_fused_adagrad", "in stacks without Python"},

    {weak_cpp, optimizer, "",
     "at::_ops::_foreach_",
     "in stacks without Python; weak, because clip and EMA use it too"},

    {any_cpp, workspace, "", "at::cuda::getNewWorkspace", "cuBLAS"},
    {any_cpp, workspace, "", "at::cuda::setWorkspaceForHandle", "cuBLAS"},
    {any_cpp, workspace, "", "at::cuda::getCurrentCUDABlasHandle", "cuBLAS"},
    {any_cpp, workspace, "", "at::cuda::getCUDABlasLtWorkspace", "cuBLASLt"},
    {any_cpp, workspace, "", "at::native::run_conv_plan", "cuDNN 8"},
    {any_cpp, workspace, "", "at::native::Workspace::Workspace", "cuDNN 7"},
    {any_cpp, workspace, "", "at::native::(anonymous namespace)::Workspace::Workspace", "cuDNN 7"},

    {inductor_directory, generated, "torchinductor_", "", "inductor's cache, /tmp/torchinductor_USER"},
    {inductor_directory, generated, "torch_compile_debug", "", "inductor with TORCH_COMPILE_DEBUG"},
    {inductor_directory, generated, "torch_compile_cache", "", "vLLM's directory for inductor's cache"},
};
// clang-format on

}  // namespace phase_rule_table

using phase_rule_table::k_phase_rules;

}  // namespace snapq::frames
