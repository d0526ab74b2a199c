"""The rule tables of phases and categories: data only. docs/categories.md shows the same rows.

A Python row: (class, path part, functions, reason). A frame matches when its path contains the path part and its
function is one of the functions. The part "" is in every path; "NAME*" must be in the last component.
If a row has no functions, it matches every function. The first row that matches gives the class of a frame.
"""
PYTHON_ROWS = [
    ("zero_grad", "", "zero_grad zero_grad_buffer optimizer_zero_grad clear_lp_grads clear_hp_grads",
     "gradients are dropped: torch, DDP, DeepSpeed, Megatron, Lightning, and optimizers of users"),

    ("load", "/torch/optim/swa_utils.py", "", "averaged models (EMA, SWA) are copies of parameters"),
    ("forward", "grad_scaler.py", "scale apply_scale _lazy_init_scale_growth_tracker", "scales the loss"),
    ("forward", "", "closure", "optimizer.step(closure) runs forward and backward inside the step; Lightning always"),
    ("load", "/deepspeed/runtime/zero/stage", "flatten_dense_tensors_aligned _create_fp16_partitions_with_defragmentation",
     "ZeRO flattens the parameters, inside of its constructor"),

    ("optimizer", "/torch/optim/", "", "torch's own, and the wrapper around the step of every subclass"),
    ("optimizer", "/torch/distributed/optim/", "", "ZeroRedundancyOptimizer and others"),
    ("optimizer", "grad_scaler.py", "", "unscale_, step, update of torch.amp and of older paths"),
    ("optimizer", "/torch/nn/utils/clip_grad.py", "", "between backward and step; its norms are temporary"),
    ("optimizer", "/apex/optimizers/", "", "apex"),
    ("optimizer", "/apex/contrib/optimizers/", "", "apex"),
    ("optimizer", "/apex/multi_tensor_apply/", "", "apex"),
    ("optimizer", "/apex/amp/_process_optimizer.py", "", "master weights of apex.amp"),
    ("optimizer", "/bitsandbytes/optim/", "", "init_state, get_state_buffer, update_step"),
    ("optimizer", "/transformer_engine/pytorch/optimizers/", "", "FusedAdam of TransformerEngine"),
    ("optimizer", "/megatron/core/optimizer/", "", "DistributedOptimizer and its master weights"),
    ("optimizer", "/megatron/optimizer/", "", "older Megatron"),
    ("optimizer", "/deepspeed/ops/adam/", "", "DeepSpeed"),
    ("optimizer", "/deepspeed/ops/lamb/", "", "DeepSpeed"),
    ("optimizer", "/deepspeed/ops/lion/", "", "DeepSpeed"),
    ("optimizer", "/deepspeed/ops/adagrad/", "", "DeepSpeed"),
    ("optimizer", "/deepspeed/runtime/zero/stage", "__init__ step _optimizer_step initialize_optimizer_states "
     "_create_fp32_partitions unscale_and_clip_grads scaled_global_norm",
     "ZeRO; its constructor makes the 32-bit master weights"),
    ("optimizer", "optim*", "step _step _init_group init_state _init_state initialize_state",
     "optimizers that do not derive from torch's; only these functions, since users put loops into optimizer.py"),
    ("optimizer", "", "optimizer_step clip_grad_norm_ clip_grad_norm clip_grad_value_ clip_gradients unscale_grads "
     "initialize_optimizer_states", "names that frameworks agree on"),

    ("compiled_backward", "/torch/_dynamo/compiled_autograd.py", "",
     "compiled autograd runs the backward as a graph module, whose function is called forward"),

    ("checkpoint", "/torch/utils/checkpoint.py", "backward unpack_hook recompute_fn",
     "reentrant, and not reentrant; its forward side is ordinary forward"),
    ("checkpoint", "/activation_checkpointing/checkpointing.py", "backward", "DeepSpeed"),
    ("checkpoint", "/tensor_parallel/random.py", "backward _recompute", "Megatron"),
    ("checkpoint", "/checkpoint_activations.py", "backward", "fairscale"),
    ("checkpoint", "/unsloth_zoo/gradient_checkpointing.py", "backward", "unsloth"),

    ("communication", "/torch/distributed/distributed_c10d.py", "", "collectives"),
    ("communication", "/torch/distributed/_functional_collectives.py", "", "collectives"),
    ("communication", "/torch/distributed/nn/functional.py", "", "collectives"),
    ("communication", "/torch/distributed/utils.py", "_alloc_storage _free_storage", "FSDP 1: unsharded parameters"),
    ("communication", "flat_param.py", "unshard pre_unshard reshard _alloc_padded_unsharded_flat_param "
     "_all_gather_flat_param _free_unsharded_flat_param _use_low_precision_shard _free_low_precision_sharded_param",
     "FSDP 1: unsharded parameters (flat_param.py and _flat_param.py)"),
    ("communication", "/torch/distributed/fsdp/_runtime_utils.py", "_unshard _reshard _prefetch_handle _prefetch_handles _reduce_grad "
     "_reduce_grad_no_shard _get_reduce_scatter_tensors _post_reduce_grad_callback _accumulate_sharded_grad",
     "FSDP 1: all-gather and reduce-scatter; its hooks around them are forward and backward"),
    ("communication", "/_fsdp_param.py", "init_all_gather_outputs alloc_all_gather_outputs init_unsharded_param "
     "free_unsharded_param to_sharded_post_forward all_gather_inputs alloc_storage free_storage",
     "FSDP 2: unsharded parameters"),
    ("communication", "/_fsdp_param_group.py", "unshard wait_for_unshard reshard finalize_backward "
     "_wait_for_post_backward", "FSDP 2"),
    ("communication", "/torch/distributed/algorithms/ddp_comm_hooks/", "", "compressed gradients"),
    ("communication", "/torch/nn/parallel/distributed.py", "_ddp_init_helper _sync_module_states _sync_buffers "
     "_distributed_broadcast_coalesced", "DDP; its forward is a forward"),
    ("communication", "/torch/distributed/tensor/_redistribute.py", "", "DTensor moves shards between ranks; its _dispatch.py does not"),
    ("communication", "/torch/distributed/tensor/_collective_utils.py", "", "DTensor"),
    ("communication", "/_fsdp_collectives.py", "", "FSDP 2: all-gather and reduce-scatter"),
    ("communication", "/deepspeed/comm/", "", "DeepSpeed"),
    ("communication", "/deepspeed/runtime/comm/", "", "DeepSpeed"),
    ("communication", "/deepspeed/runtime/zero/", "all_gather all_gather_coalesced _all_gather_dtype _allgather_param "
     "_allgather_params_coalesced _allgather_params_sequential fetch_sub_module release_sub_module "
     "__reduce_and_partition_ipg_grads __avg_scatter_grads __avg_scatter_contiguous_grads __add_grad_to_ipg_bucket "
     "reduce_independent_p_g_buckets_and_remove_grads reduce_ipg_grads average_tensor allreduce_bucket partition_grads",
     "ZeRO: gathers parameters, reduces gradients"),
    ("communication", "/deepspeed/runtime/utils.py", "all_gather_dp_groups", "ZeRO, in the step"),
    ("communication", "/megatron/core/pipeline_parallel/p2p_communication.py", "", "Megatron"),
    ("communication", "/megatron/core/tensor_parallel/mappings.py", "", "Megatron"),
    ("communication", "/torch/nn/parallel/comm.py", "", "DataParallel"),
    ("communication", "/torch/nn/parallel/scatter_gather.py", "", "DataParallel"),
    ("communication", "/vllm/distributed/", "", "vLLM"),
    ("communication", "/sglang/srt/distributed/", "", "SGLang"),

    ("backward", "/torch/autograd/__init__.py", "backward _make_grads grad", "the caller of the engine"),
    ("backward", "/torch/autograd/graph.py", "_engine_run_backward", "the caller of the engine"),
    ("backward", "/torch/distributed/pipelining/_backward.py", "", "pipeline stages"),
    ("backward", "", "backward backward_step custom_backward _backward_impl",
     "autograd.Function.backward, engines' backward; _backward_impl is that of compiled functions"),

    ("load", "/torch/nn/modules/module.py", "_apply to cuda convert half float bfloat16 double to_empty "
     "load_state_dict _load_from_state_dict load", "parameters move or change their type"),
    ("load", "/torch/nn/modules/", "__init__ reset_parameters _reset_parameters", "parameters are made"),
    ("load", "/torch/nn/init.py", "", "parameters are filled"),
    ("load", "/torch/nn/parameter.py", "", "lazy parameters, copies of parameters"),
    ("load", "/torch/serialization.py", "", "torch.load with map_location"),
    ("load", "/torch/_utils.py", "_rebuild_tensor _rebuild_tensor_v2 _rebuild_parameter", "torch.load"),
    ("load", "/torch/distributed/checkpoint/", "", "distributed checkpoints"),
    ("load", "/safetensors/", "", "safetensors"),
    ("load", "/torch/distributed/fsdp/_init_utils.py", "", "FSDP 1 shards the parameters"),
    ("load", "flat_param.py", "_init_flat_param_and_metadata flatten_tensors flatten_tensors_into_flat_param shard "
     "_get_shard", "FSDP 1 shards the parameters"),
    ("load", "/_fsdp_param.py", "_init_sharded_param reset_sharded_param", "FSDP 2 shards the parameters"),
    ("load", "/accelerate/utils/modeling.py", "", "set_module_tensor_to_device"),
    ("load", "/transformers/core_model_loading.py", "", "transformers 5 loads in threads of its own"),
    ("load", "/bitsandbytes/nn/modules.py", "_quantize to cuda", "weights are quantized on the device"),
    ("load", "/torchao/quantization/quant_api.py", "", "weights are quantized on the device"),
    ("load", "", "from_pretrained load_state_dict load_weights initialize_model load_model load_checkpoint "
     "_load_checkpoint init_weights _init_weights from_config load_pretrained "
     "process_weights_after_loading", "names that frameworks agree on"),

    ("data", "/torch/utils/data/", "", "DataLoader, collate"),
    ("data", "/accelerate/data_loader.py", "", "accelerate moves the batch"),
    ("data", "/accelerate/utils/operations.py", "send_to_device", "accelerate"),
    ("data", "/transformers/tokenization_utils_base.py", "to", "BatchEncoding.to"),
    ("data", "/transformers/feature_extraction_utils.py", "to", "BatchFeature.to"),
    ("data", "", "pin_memory collate_fn default_collate move_data_to_device batch_to_device "
     "transfer_batch_to_device _prepare_input _prepare_inputs get_batch get_batch_on_this_tp_rank",
     "Lightning, transformers' Trainer, Megatron, nanoGPT"),

    ("compile", "/torch/_inductor/select_algorithm.py", "", "max-autotune"),
    ("compile", "/torch/_inductor/autotune_process.py", "", "max-autotune"),
    ("compile", "/torch/_inductor/runtime/benchmarking.py", "", "autotuning of kernels"),
    ("compile", "/torch/_inductor/cudagraph_trees.py", "run_eager record_function _record",
     "warm-up and recording of CUDA graphs"),
    ("compile", "/triton/testing.py", "", "do_bench"),
    ("compile", "/triton/runtime/autotuner.py", "_bench run_bench", "user kernels with @autotune"),
    ("compile", "/torch/_inductor/runtime/triton_heuristics.py", "bench benchmark_all_configs autotune_to_one_config "
     "coordinate_descent_tuning", "autotuning of kernels"),
    ("compile", "/torch/_inductor/fx_passes/", "", "pad_mm measures"),
    ("compile", "/torch/_inductor/constant_folding.py", "", "runs operators"),
    ("compile", "/torch/_dynamo/convert_frame.py", "", "copies the state of random numbers"),
    ("compile", "/torch/cuda/graphs.py", "make_graphed_callables", "warm-up and capture of CUDA graphs"),
    ("compile", "", "capture_model _capture_cudagraphs capture_one_batch_size _capture_one_stream",
     "vLLM and SGLang capture CUDA graphs"),

    ("forward", "/torch/nn/modules/module.py", "_call_impl _wrapped_call_impl _slow_forward", "a module is called"),
    ("forward", "", "forward forward_step training_step validation_step test_step predict_step compute_loss "
     "prediction_step execute_model forward_batch_generation generate", "modules, autograd.Function.forward, and what frameworks call around it"),
]
WEAK_PYTHON_ROWS = [
    ("forward", "/torch/nn/functional.py", "", "losses; weak, because optimizers use it too"),
    ("load", "/torch/storage.py", "__deepcopy__", "copies of models and of state dicts"),
    ("load", "/torch/_tensor.py", "__deepcopy__", "copies of models and of state dicts"),
    ("load", "/copy.py", "deepcopy", "copies of models and of state dicts"),
]
CPP_ROWS = [  # (class, text anywhere in the function, reason)
    ("communication", "c10d::", "process groups, DDP's Reducer"),
    ("communication", "torch::cuda::nccl::", "DataParallel"),
    ("backward", "torch::autograd::Engine::", "the engine's threads, and sums of gradients"),
    ("backward", "torch::autograd::Node::operator()", "every node"),
    ("backward", "torch::autograd::PyNode::apply", "autograd.Function.backward"),
    ("backward", "torch::autograd::AccumulateGrad::apply", "gradients"),
    ("backward", "torch::autograd::deleteNode", "a graph is dropped without a backward: it releases what it saved"),
    ("optimizer", "at::_ops::_fused_adam", "in stacks without Python"),
    ("optimizer", "at::_ops::_fused_sgd", "in stacks without Python"),
    ("optimizer", "at::_ops::_fused_adagrad", "in stacks without Python"),
]
WEAK_CPP_ROWS = [
    ("optimizer", "at::_ops::_foreach_", "in stacks without Python; weak, because clip and EMA use it too"),
]
WORKSPACE_TEXTS = [  # (text anywhere in the function of a C++ frame, reason)
    ("at::cuda::getNewWorkspace", "cuBLAS"),
    ("at::cuda::setWorkspaceForHandle", "cuBLAS"),
    ("at::cuda::getCurrentCUDABlasHandle", "cuBLAS"),
    ("at::cuda::getCUDABlasLtWorkspace", "cuBLASLt"),
    ("at::native::run_conv_plan", "cuDNN 8"),
    ("at::native::Workspace::Workspace", "cuDNN 7"),
    ("at::native::(anonymous namespace)::Workspace::Workspace", "cuDNN 7"),
]
WORKSPACE_SIZE = 8519680  # the default of cuBLAS: 2 × 4096 KiB + 8 × 16 KiB; no other tensor has this size
KV_CACHE_ROWS = [  # (path part, functions, reason), any Python frame
    ("/transformers/cache_utils.py", "", "DynamicCache, StaticCache"),
    ("/sglang/srt/mem_cache/memory_pool", "__init__ _create_buffers", "SGLang's pools"),
    ("/vllm/worker/cache_engine.py", "", "vLLM 0"),
    ("", "allocate_kv_cache _allocate_kv_cache _allocate_kv_cache_tensors initialize_from_config allocate_kv_caches init_kv_cache "
     "initialize_kv_cache initialize_kv_cache_tensors setup_caches", "vLLM 1, TGI, gpt-fast"),
]
