#!/usr/bin/env python3
"""Stacks as frameworks make them, with the phase that each must have: golden tests of the phase rules.

STACKS: (framework, what happens, phase, frames), frames innermost first as (file, line, function). KV and WORKSPACE name
the stacks that are a cache or a workspace. The comments say where they come from. Lines are only plausible.

How sure the paths and functions are:
    seen in a real file     torch (forward, engine, Adam's wrapper, cuBLAS, deepcopy), torch.compile's forward and backward
    read in the source      (in part) FSDP 1's _flat_param.py and _runtime_utils.py, FSDP 2's _fsdp_param.py and _fsdp_param_group.py,
                            DeepSpeed's stage3.py and stage_1_and_2.py, Megatron's param_and_grad_buffer.py and random.py,
                            Lightning's automatic.py, vLLM's gpu/attn_utils.py and base_loader.py, bitsandbytes' optimizer.py,
                            apex' fused_adam.py, inductor's cudagraph_trees.py
    looked up by name only  25 functions, among them autotune_to_one_config, capture_one_batch_size, _capture_cudagraphs,
                            _allocate_kv_cache_tensors, _create_buffers, custom_backward, _build_model_and_main_param_groups,
                            clear_lp_grads, all_gather_dp_groups, post_backward_with_master_weights, _materialize_copy
    from memory             everything else, and the order of the frames between those: transformers, accelerate, outer frames

Use: framework_stacks.py        checks all of them; exit 1 on a difference
     framework_stacks.py --json the same as JSON, for other implementations
"""
import json
import sys

import category_rules as rules

SITE = "/opt/env/lib/python3.11/site-packages/"
TORCH = SITE + "torch/"
MODULE = TORCH + "nn/modules/module.py"
USER = "/home/ada/run/"


def py(*frames):
    """Python frames from texts "file:line:function". A file without / at its start belongs to an installed package."""
    made = []
    for text in frames:
        file, line, name = text.rsplit(":", 2)
        made.append((file if file[0] in "/<C" else SITE + file, int(line), name))
    return made


def cpp(*names):
    return [("??", 0, name) for name in names]


def call(*frames):
    """Frames inside the call of a module."""
    return py(*frames) + [(MODULE, 1773, "_call_impl"), (MODULE, 1762, "_wrapped_call_impl")]


ALLOCATE = cpp("c10::cuda::CUDACachingAllocator::Native::DeviceCachingAllocator::malloc(unsigned long, CUstream_st*)",
               "at::detail::empty_cuda(c10::ArrayRef<long>, c10::ScalarType)",
               "at::_ops::empty_memory_format::call(c10::ArrayRef<c10::SymInt>)")
ENGINE = cpp("torch::autograd::Node::operator()(std::vector<at::Tensor, std::allocator<at::Tensor> >&&)",
             "torch::autograd::Engine::evaluate_function(std::shared_ptr<torch::autograd::GraphTask>&)",
             "torch::autograd::Engine::thread_main(std::shared_ptr<torch::autograd::GraphTask> const&)",
             "torch::autograd::python::PythonEngine::thread_init(int)", "start_thread", "__clone3")
PYNODE = cpp("torch::autograd::PyNode::apply(std::vector<at::Tensor, std::allocator<at::Tensor> >&&)") + ENGINE
# torch/_tensor.py, torch/autograd/__init__.py, torch/autograd/graph.py: the frames of the caller that waits for the engine
CALLS_BACKWARD = py("torch/autograd/graph.py:829:_engine_run_backward", "torch/autograd/__init__.py:353:backward",
                    "torch/_tensor.py:648:backward")
LOOP = py(USER + "train.py:88:train", USER + "train.py:120:<module>")
# torch/optim/optimizer.py: profile_hook_step.<locals>.wrapper, around the step of every subclass of Optimizer
STEP = py("torch/optim/optimizer.py:517:wrapper")
LINEAR = py("torch/nn/modules/linear.py:125:forward")

STACKS = []


def add(framework, what, phase, *parts):
    STACKS.append((framework, what, phase, [frame for part in parts for frame in part]))


# ------------------------------------------------------------------------------------------------- torch
add("torch", "a layer", "forward", ALLOCATE, LINEAR, call(), call(USER + "model.py:30:forward"), LOOP)
add("torch", "a node of the engine", "backward", ALLOCATE,
    cpp("torch::autograd::generated::MmBackward0::apply(std::vector<at::Tensor>&&)"), ENGINE)
add("torch", "gradient accumulates", "backward", ALLOCATE, cpp("torch::autograd::utils::clone_obey_contract(at::Tensor const&)",
    "torch::autograd::AccumulateGrad::apply(std::vector<at::Tensor>&&)"), ENGINE)
add("torch", "ones_like for the loss", "backward", ALLOCATE,  # torch/autograd/__init__.py
    py("torch/autograd/__init__.py:201:_make_grads"), CALLS_BACKWARD[1:], LOOP)
add("torch", "a saved tensor is released", "backward", cpp("torch::autograd::SavedVariable::reset_data()"), ENGINE)
add("torch", "a graph is dropped without backward", "backward", cpp("torch::autograd::deleteNode(torch::autograd::Node*)"), LOOP)
add("torch", "foreach Adam makes its state", "optimizer", ALLOCATE,  # torch/optim/adam.py
    py("torch/optim/adam.py:168:_init_group", "torch/optim/adam.py:240:step"), STEP, LOOP)
add("torch", "foreach Adam's temporaries", "optimizer", ALLOCATE,  # torch/optim/adam.py
    py("torch/optim/adam.py:680:_multi_tensor_adam", "torch/optim/optimizer.py:154:maybe_fallback",
       "torch/optim/adam.py:950:adam", "torch/optim/adam.py:246:step"), STEP, LOOP)
add("torch", "fused Adam, C++ only", "optimizer", ALLOCATE, cpp("at::_ops::_fused_adamw_::call(c10::ArrayRef<at::Tensor>)", "_start"))
add("torch", "foreach, C++ only", "optimizer", ALLOCATE, cpp("at::_ops::_foreach_sqrt::call(c10::ArrayRef<at::Tensor>)", "_start"))
add("torch", "an operator, C++ only", "other", ALLOCATE, cpp("at::_ops::mm::call(at::Tensor const&, at::Tensor const&)", "_start"))
add("torch", "gradients are dropped", "zero_grad", py("torch/optim/optimizer.py:1000:zero_grad"), LOOP)
add("torch", "gradients are dropped by the module", "zero_grad", py("torch/nn/modules/module.py:2900:zero_grad"), LOOP)
add("torch", "norms for clipping", "optimizer", ALLOCATE,  # torch/nn/utils/clip_grad.py
    py("torch/utils/_foreach_utils.py:40:_group_tensors_by_device_and_dtype", "torch/nn/utils/clip_grad.py:97:_get_total_norm",
       "torch/nn/utils/clip_grad.py:220:clip_grad_norm_"), LOOP)
add("torch", "GradScaler scales the loss", "forward", ALLOCATE, py("torch/amp/grad_scaler.py:207:scale"), LOOP)
add("torch", "GradScaler unscales", "optimizer", ALLOCATE,  # torch/amp/grad_scaler.py
    py("torch/amp/grad_scaler.py:283:_unscale_grads_", "torch/amp/grad_scaler.py:338:unscale_", "torch/amp/grad_scaler.py:450:step"), LOOP)
add("torch", "the step of the optimizer inside GradScaler.step", "optimizer", ALLOCATE, py("torch/optim/sgd.py:120:step"), STEP,
    py("torch/amp/grad_scaler.py:380:_maybe_opt_step", "torch/amp/grad_scaler.py:460:step"), LOOP)
add("torch", "forward in a closure", "forward", ALLOCATE, LINEAR, call(), py(USER + "train.py:40:closure", "torch/optim/lbfgs.py:330:step"), STEP, LOOP)
add("torch", "loss in a closure", "forward", ALLOCATE, py("torch/nn/functional.py:3400:cross_entropy", USER + "train.py:41:closure",
    "torch/optim/lbfgs.py:330:step"), STEP, LOOP)
add("torch", "backward in a closure", "backward", CALLS_BACKWARD, py(USER + "train.py:42:closure", "torch/optim/lbfgs.py:330:step"), STEP, LOOP)
add("torch", "L-BFGS keeps its history", "optimizer", ALLOCATE, py("torch/optim/lbfgs.py:410:step"), STEP, LOOP)
add("torch", "non-reentrant checkpoint, first forward", "forward", ALLOCATE, LINEAR, call(), call(USER + "model.py:30:forward"),
    py("torch/utils/checkpoint.py:495:checkpoint"), call(USER + "model.py:60:forward"), LOOP)
add("torch", "non-reentrant checkpoint, recomputation", "checkpoint", ALLOCATE, LINEAR, call(), call(USER + "model.py:30:forward"),
    # torch/utils/checkpoint.py: _checkpoint_without_reentrant_generator.recompute_fn, _checkpoint_hook.unpack_hook
    py("torch/utils/checkpoint.py:1518:recompute_fn", "torch/utils/checkpoint.py:1145:unpack_hook"),
    cpp("torch::autograd::SavedVariable::unpack(std::shared_ptr<torch::autograd::Node>) const"), ENGINE)
add("torch", "reentrant checkpoint, recomputation", "checkpoint", ALLOCATE, LINEAR, call(), call(USER + "model.py:30:forward"),
    py("torch/utils/checkpoint.py:310:backward", "torch/autograd/function.py:311:apply"), PYNODE)
add("torch", "reentrant checkpoint, backward inside", "backward", py("torch/autograd/graph.py:829:_engine_run_backward",
    "torch/autograd/__init__.py:353:backward", "torch/utils/checkpoint.py:327:backward", "torch/autograd/function.py:311:apply"), PYNODE)
add("torch", "a custom backward recomputes with modules", "checkpoint", ALLOCATE, LINEAR, call(),
    py(USER + "ops.py:20:backward", "torch/autograd/function.py:311:apply"), PYNODE)
add("torch", "a custom backward calls another function", "backward", ALLOCATE,
    py(USER + "ops.py:90:forward", "torch/autograd/function.py:581:apply", USER + "ops.py:20:backward", "torch/autograd/function.py:311:apply"), PYNODE)
add("torch", "a custom forward", "forward", ALLOCATE, py(USER + "ops.py:10:forward", "torch/autograd/function.py:581:apply"),
    call(USER + "model.py:30:forward"), LOOP)
add("torch", "an optimizer in the backward", "optimizer", ALLOCATE,  # torch/distributed/optim/apply_optimizer_in_backward.py
    py("torch/optim/sgd.py:120:step"), STEP,
    py("torch/distributed/optim/apply_optimizer_in_backward.py:100:optimizer_hook"), ENGINE)
add("torch", "a user's hook steps", "optimizer", ALLOCATE, py("torch/optim/adamw.py:120:step"), STEP, py(USER + "train.py:9:hook"), ENGINE)
add("torch", "AveragedModel copies", "load", ALLOCATE,  # torch/optim/swa_utils.py
    py("torch/nn/parameter.py:60:__deepcopy__", "/usr/lib/python3.11/copy.py:146:deepcopy", "torch/optim/swa_utils.py:230:__init__"), LOOP)
add("torch", "a model is copied", "load", ALLOCATE, py("torch/storage.py:990:clone", "torch/storage.py:150:__deepcopy__",
    "/usr/lib/python3.11/copy.py:153:deepcopy"), LOOP)
add("torch", "Module.to", "load", ALLOCATE, py("torch/nn/modules/module.py:1340:convert", "torch/nn/modules/module.py:930:_apply",
    "torch/nn/modules/module.py:1355:to"), LOOP)
add("torch", "a layer is built on the device", "load", ALLOCATE, py("torch/nn/modules/linear.py:106:__init__", USER + "model.py:12:__init__"), LOOP)
add("torch", "torch.load", "load", ALLOCATE, py("torch/serialization.py:600:_cuda_deserialize", "torch/serialization.py:1500:load"), LOOP)
add("torch", "the optimizer loads its state", "optimizer", ALLOCATE,  # torch/optim/optimizer.py
    py("torch/optim/optimizer.py:790:_process_value_according_to_param_policy", "torch/optim/optimizer.py:830:_cast",
       "torch/optim/optimizer.py:900:load_state_dict"), LOOP)
add("torch", "a batch is pinned", "data", ALLOCATE, py("torch/utils/data/_utils/pin_memory.py:60:pin_memory",
    "torch/utils/data/_utils/pin_memory.py:30:_pin_memory_loop", "/usr/lib/python3.11/threading.py:982:run"))
add("torch", "a dataset on the device", "data", ALLOCATE, py(USER + "data.py:20:__getitem__", "torch/utils/data/_utils/fetch.py:52:<listcomp>",
    "torch/utils/data/dataloader.py:708:__next__"), LOOP)
add("torch", "DDP makes buckets", "communication", ALLOCATE, cpp("c10d::Reducer::initialize_buckets(std::vector<std::vector<unsigned long>>&&)"),
    py("torch/nn/parallel/distributed.py:1200:_ddp_init_helper", "torch/nn/parallel/distributed.py:830:__init__"), LOOP)
add("torch", "DDP all-reduces in the backward", "communication", ALLOCATE,
    cpp("c10d::ProcessGroupNCCL::allreduce(std::vector<at::Tensor>&)", "c10d::Reducer::all_reduce_bucket(c10d::Reducer::Bucket&)",
        "c10d::Reducer::autograd_hook(unsigned long)"), ENGINE)
add("torch", "a layer inside DDP", "forward", ALLOCATE, LINEAR, call(), call(USER + "model.py:30:forward"),
    py("torch/nn/parallel/distributed.py:1454:_run_ddp_forward"), call("torch/nn/parallel/distributed.py:1632:forward"), LOOP)
add("torch", "DTensor redistributes", "communication", ALLOCATE,  # torch/distributed/tensor/_redistribute.py
    py("torch/distributed/tensor/_redistribute.py:200:redistribute_local_tensor", "torch/distributed/tensor/_dispatch.py:120:dispatch"),
    LINEAR, call(), LOOP)
add("torch", "DTensor dispatches an operator", "forward", ALLOCATE, py("torch/distributed/tensor/_dispatch.py:220:dispatch",
    "torch/distributed/tensor/_api.py:350:__torch_dispatch__"), LINEAR, call(), LOOP)
add("torch", "pipeline stage backward", "backward", CALLS_BACKWARD[:2],  # torch/distributed/pipelining
    py("torch/distributed/pipelining/_backward.py:380:stage_backward", "torch/distributed/pipelining/schedules.py:700:step"), LOOP)
add("torch", "cuBLAS makes its workspace", "forward", ALLOCATE, cpp("at::cuda::getNewWorkspace()", "at::cuda::getCurrentCUDABlasHandle()"),
    LINEAR, call(), LOOP)

# ------------------------------------------------------------------------------------------ torch.compile
INDUCTOR = "/tmp/torchinductor_ada/3u/c3uxhj5q2ablsqp5lrlrkd2ig2tub4do54ysdazmtvawnjje2knd.py"
RUN = py("torch/_inductor/utils.py:3220:run", "torch/_inductor/output_code.py:638:__call__")
# torch/_functorch/_aot_autograd: runtime_wrappers.py and utils.py; torch/_dynamo/eval_frame.py (all of these in a real 2.10 file)
COMPILED = py("torch/_functorch/_aot_autograd/runtime_wrappers.py:729:inner_fn", "torch/_functorch/_aot_autograd/utils.py:134:call_func_at_runtime_with_args",
              "torch/_functorch/_aot_autograd/runtime_wrappers.py:2152:forward", "torch/autograd/function.py:583:apply",
              "torch/_functorch/_aot_autograd/runtime_wrappers.py:343:runtime_wrapper", "torch/_functorch/aot_autograd.py:1148:forward",
              "torch/_dynamo/eval_frame.py:1181:_fn")
COMPILED_BACKWARD = py("torch/_dynamo/eval_frame.py:1181:_fn", "torch/_functorch/_aot_autograd/utils.py:134:call_func_at_runtime_with_args",
                       "torch/_functorch/_aot_autograd/runtime_wrappers.py:2494:_backward_impl",
                       "torch/_functorch/_aot_autograd/runtime_wrappers.py:2324:impl_fn",
                       "torch/_functorch/_aot_autograd/runtime_wrappers.py:2338:backward", "torch/autograd/function.py:317:apply") + PYNODE
add("torch.compile", "compiled forward", "forward", ALLOCATE, py(INDUCTOR + ":102:call"), RUN, COMPILED, call(USER + "model.py:30:forward"), LOOP)
add("torch.compile", "compiled backward", "backward", ALLOCATE, py(INDUCTOR + ":54:call"), RUN, COMPILED_BACKWARD)
add("torch.compile", "compiled backward with lines of the forward", "backward", ALLOCATE,
    py(INDUCTOR + ":54:call", USER + "model.py:41:forward", "torch/nn/modules/module.py:1773:_call_impl"), RUN, COMPILED_BACKWARD)
add("torch.compile", "checkpoint around a compiled block", "checkpoint", ALLOCATE, py(INDUCTOR + ":102:call", USER + "model.py:41:forward"), RUN, COMPILED,
    call(USER + "model.py:30:forward"), py("torch/utils/checkpoint.py:1518:recompute_fn", "torch/utils/checkpoint.py:1145:unpack_hook"), ENGINE)
add("torch.compile", "autotuning of a kernel", "compile", ALLOCATE,  # torch/_inductor/runtime
    py("torch/_inductor/runtime/benchmarking.py:60:benchmark_gpu", "torch/_inductor/runtime/triton_heuristics.py:800:bench",
       "torch/_inductor/runtime/triton_heuristics.py:900:benchmark_all_configs", "torch/_inductor/runtime/triton_heuristics.py:950:autotune_to_one_config",
       "torch/_inductor/runtime/triton_heuristics.py:1100:run", INDUCTOR + ":110:call"), RUN, COMPILED, call(USER + "model.py:30:forward"), LOOP)
add("torch.compile", "max-autotune", "compile", ALLOCATE,  # torch/_inductor/select_algorithm.py
    py("torch/_inductor/select_algorithm.py:2400:benchmark_choices", "torch/_inductor/select_algorithm.py:2100:autotune",
       "torch/_inductor/compile_fx.py:700:compile_fx_inner", "torch/_dynamo/convert_frame.py:1100:_compile"), call(USER + "model.py:30:forward"), LOOP)
add("torch.compile", "CUDA graph warm-up", "compile", ALLOCATE, py(INDUCTOR + ":102:call", "torch/_inductor/cudagraph_trees.py:640:run",
    "torch/_inductor/cudagraph_trees.py:2250:run_eager", "torch/_inductor/cudagraph_trees.py:2050:_run", "torch/_inductor/cudagraph_trees.py:2000:run"),
    RUN, COMPILED, call(USER + "model.py:30:forward"), LOOP)
add("torch.compile", "CUDA graph recording", "compile", ALLOCATE, py(INDUCTOR + ":102:call", "torch/_inductor/cudagraph_trees.py:1200:_record",
    "torch/_inductor/cudagraph_trees.py:900:__init__", "torch/_inductor/cudagraph_trees.py:2200:record_function"), RUN, COMPILED_BACKWARD)
add("torch.compile", "compiled autograd", "backward", ALLOCATE, py("<eval_with_key>.7:120:forward"), call(),
    py("torch/fx/graph_module.py:830:call_wrapped", "torch/_dynamo/compiled_autograd.py:1050:runtime_wrapper"),
    cpp("torch::dynamo::autograd::compiled_autograd(torch::autograd::Node const*)"), CALLS_BACKWARD, LOOP)
add("torch.compile", "make_graphed_callables", "compile", ALLOCATE, LINEAR, call(), py("torch/cuda/graphs.py:390:make_graphed_callables"), LOOP)

# ------------------------------------------------------------------------------------------------- FSDP 1
FSDP1 = "torch/distributed/fsdp/"
FORWARD1 = call(FSDP1 + "fully_sharded_data_parallel.py:854:forward")
add("FSDP 1", "unsharded parameters, forward", "communication", ALLOCATE,  # torch/distributed/utils.py, fsdp/_flat_param.py, fsdp/_runtime_utils.py
    py("torch/storage.py:890:resize_", "torch/distributed/utils.py:160:_alloc_storage", FSDP1 + "_flat_param.py:1392:_alloc_padded_unsharded_flat_param",
       FSDP1 + "_flat_param.py:1330:unshard", FSDP1 + "_runtime_utils.py:301:_unshard", FSDP1 + "_runtime_utils.py:413:_pre_forward_unshard"), FORWARD1, LOOP)
add("FSDP 1", "unsharded parameters, backward", "communication", ALLOCATE,
    py("torch/distributed/utils.py:160:_alloc_storage", FSDP1 + "_flat_param.py:1392:_alloc_padded_unsharded_flat_param", FSDP1 + "_flat_param.py:1330:unshard",
       FSDP1 + "_runtime_utils.py:301:_unshard", FSDP1 + "_runtime_utils.py:1200:_prefetch_handle", FSDP1 + "_runtime_utils.py:680:_pre_backward_hook"), ENGINE)
add("FSDP 1", "sharded gradient", "communication", ALLOCATE, py(FSDP1 + "_runtime_utils.py:900:_get_reduce_scatter_tensors",
    FSDP1 + "_runtime_utils.py:830:_reduce_grad", FSDP1 + "_runtime_utils.py:750:_post_backward_hook"), ENGINE)
add("FSDP 1", "a layer", "forward", ALLOCATE, LINEAR, call(), call(USER + "model.py:30:forward"), FORWARD1, LOOP)
add("FSDP 1", "parameters are sharded", "load", ALLOCATE, py(FSDP1 + "_flat_param.py:770:flatten_tensors", FSDP1 + "_flat_param.py:640:_init_flat_param_and_metadata",
    FSDP1 + "_flat_param.py:580:__init__", FSDP1 + "_init_utils.py:600:_init_param_handle_from_params", FSDP1 + "fully_sharded_data_parallel.py:500:__init__"), LOOP)
add("FSDP 1", "norm over ranks", "optimizer", ALLOCATE, py(FSDP1 + "fully_sharded_data_parallel.py:1180:clip_grad_norm_"), LOOP)

# ------------------------------------------------------------------------------------------------- FSDP 2
FSDP2 = "torch/distributed/fsdp/_fully_shard/"
add("FSDP 2", "all-gather before forward", "communication", ALLOCATE,  # _fsdp_param_group.py, _fsdp_state.py
    py(FSDP2 + "_fsdp_param.py:480:alloc_all_gather_outputs", FSDP2 + "_fsdp_collectives.py:260:foreach_all_gather_copy_out",
       FSDP2 + "_fsdp_param_group.py:340:wait_for_unshard", FSDP2 + "_fsdp_param_group.py:390:pre_forward", FSDP2 + "_fsdp_state.py:230:_pre_forward"),
    call("torch/nn/modules/container.py:250:forward"), LOOP)
add("FSDP 2", "cast before the all-gather", "communication", ALLOCATE,
    py(FSDP2 + "_fsdp_common.py:150:_to_dtype_if_needed", FSDP2 + "_fsdp_param.py:700:all_gather_inputs", FSDP2 + "_fsdp_collectives.py:200:_get_param_all_gather_inputs",
       FSDP2 + "_fsdp_collectives.py:120:foreach_all_gather", FSDP2 + "_fsdp_param_group.py:280:unshard", FSDP2 + "_fsdp_param_group.py:400:pre_forward"), call(), LOOP)
add("FSDP 2", "reduce-scatter makes gradients", "communication", ALLOCATE,
    py(FSDP2 + "_fsdp_collectives.py:420:foreach_reduce", FSDP2 + "_fsdp_param_group.py:470:post_backward",
       FSDP2 + "_fsdp_param_group.py:700:backward", "torch/autograd/function.py:311:apply"), PYNODE)
add("FSDP 2", "accumulates before it reduces", "backward", ALLOCATE,
    py(FSDP2 + "_fsdp_param.py:640:to_accumulated_grad_if_needed", FSDP2 + "_fsdp_param_group.py:440:post_backward",
       FSDP2 + "_fsdp_param_group.py:700:backward", "torch/autograd/function.py:311:apply"), PYNODE)
add("FSDP 2", "parameters are freed after forward", "communication", py(FSDP2 + "_fsdp_param.py:780:free_storage", FSDP2 + "_fsdp_param.py:660:free_unsharded_param",
    FSDP2 + "_fsdp_param.py:560:to_sharded", FSDP2 + "_fsdp_param_group.py:560:_to_sharded", FSDP2 + "_fsdp_param_group.py:380:reshard",
    FSDP2 + "_fsdp_param_group.py:410:post_forward"), call(), LOOP)
add("FSDP 2", "parameters are sharded", "load", ALLOCATE, py(FSDP2 + "_fsdp_param.py:300:_init_sharded_param", FSDP2 + "_fsdp_param.py:230:__init__",
    FSDP2 + "_fully_shard.py:200:fully_shard"), LOOP)

# ---------------------------------------------------------------------------------------------- DeepSpeed
DS = "deepspeed/runtime/"
DS_STEP = py(DS + "engine.py:2340:_take_model_step", DS + "engine.py:2450:step") + LOOP
DS_NVTX = py("deepspeed/utils/nvtx.py:20:wrapped_fn")
add("DeepSpeed", "32-bit master weights", "optimizer", ALLOCATE, py(DS + "zero/stage_1_and_2.py:380:__init__", DS + "engine.py:1700:_configure_zero_optimizer",
    DS + "engine.py:1400:_configure_optimizer", DS + "engine.py:340:__init__", "deepspeed/__init__.py:193:initialize"), LOOP)
add("DeepSpeed", "flat 16-bit parameters", "load", ALLOCATE, py("torch/_utils.py:560:_flatten_dense_tensors", DS + "zero/stage_1_and_2.py:980:flatten_dense_tensors_aligned",
    DS + "zero/stage_1_and_2.py:360:__init__", DS + "engine.py:1700:_configure_zero_optimizer"), LOOP)
add("DeepSpeed", "the model becomes 16-bit", "load", ALLOCATE, py("torch/nn/modules/module.py:1100:<lambda>", "torch/nn/modules/module.py:930:_apply",
    "torch/nn/modules/module.py:1100:half", DS + "engine.py:1200:_configure_distributed_model", DS + "engine.py:300:__init__"), LOOP)
add("DeepSpeed", "ZeRO 2 step", "optimizer", ALLOCATE, py("deepspeed/ops/adam/fused_adam.py:150:step"), STEP,
    py(DS + "zero/stage_1_and_2.py:1840:_optimizer_step", DS + "zero/stage_1_and_2.py:1950:step"), DS_STEP)
add("DeepSpeed", "ZeRO 2 gathers after the step", "communication", ALLOCATE, py("torch/distributed/distributed_c10d.py:3700:all_gather_into_tensor",
    "deepspeed/comm/torch.py:210:all_gather_into_tensor", DS + "utils.py:1000:all_gather_dp_groups", DS + "zero/stage_1_and_2.py:1990:step"), DS_STEP)
add("DeepSpeed", "ZeRO 2 partitions gradients", "backward", ALLOCATE,
    py(DS + "zero/stage_1_and_2.py:1700:get_flat_partition", DS + "zero/stage_1_and_2.py:720:independent_gradient_partition_epilogue",
       DS + "zero/stage_1_and_2.py:800:overlapping_partition_gradients_reduce_epilogue", DS + "engine.py:2100:allreduce_gradients", DS + "engine.py:2200:backward"), LOOP)
add("DeepSpeed", "ZeRO 3 gathers in forward", "communication", ALLOCATE,
    py(DS + "zero/partition_parameters.py:1300:all_gather_coalesced", DS + "zero/partitioned_param_coordinator.py:470:__all_gather_params_",
       DS + "zero/partitioned_param_coordinator.py:300:fetch_sub_module", DS + "zero/parameter_offload.py:480:pre_sub_module_forward_function",
       DS + "zero/parameter_offload.py:290:_pre_forward_module_hook"), call(), LOOP)
add("DeepSpeed", "ZeRO 3 reduces in backward", "communication", ALLOCATE,
    py(DS + "comm/coalesced_collectives.py:110:reduce_scatter_coalesced", DS + "zero/stage3.py:1400:__avg_scatter_grads", DS + "zero/stage3.py:1300:__reduce_and_partition_ipg_grads",
       DS + "zero/stage3.py:1230:reduce_independent_p_g_buckets_and_remove_grads", DS + "zero/stage3.py:1180:reduce_partition_and_remove_grads"), ENGINE)
add("DeepSpeed", "ZeRO 3 master weights", "optimizer", ALLOCATE, py(DS + "zero/stage3.py:700:_create_fp32_partitions", DS + "zero/stage3.py:370:__init__"), LOOP)
add("DeepSpeed", "activation checkpointing", "checkpoint", ALLOCATE, LINEAR, call(),
    py(DS + "activation_checkpointing/checkpointing.py:700:backward", "torch/autograd/function.py:311:apply"), PYNODE)
add("DeepSpeed", "its forward", "forward", ALLOCATE, LINEAR, call(), call(USER + "model.py:30:forward"), call(DS + "engine.py:2050:forward"), LOOP)
add("DeepSpeed", "gradients are dropped", "zero_grad", py(DS + "zero/stage_1_and_2.py:1790:zero_grad", DS + "zero/stage_1_and_2.py:1970:step"), DS_STEP)
add("DeepSpeed", "BF16 optimizer drops gradients", "zero_grad", py(DS + "bf16_optimizer.py:430:clear_lp_grads", DS + "bf16_optimizer.py:310:step"), DS_STEP)

# -------------------------------------------------------------------------------------------- Megatron-LM
MG = "/home/ada/Megatron-LM/megatron/"
MG_TRAIN = py(MG + "training/training.py:1400:train_step", MG + "training/training.py:2100:train", MG + "training/training.py:900:pretrain",
              "/home/ada/Megatron-LM/pretrain_gpt.py:300:<module>")
MG_SCHEDULE = py(MG + "core/pipeline_parallel/schedules.py:600:forward_backward_no_pipelining") + MG_TRAIN
add("Megatron", "a layer", "forward", ALLOCATE, py(MG + "core/tensor_parallel/layers.py:430:forward", "torch/autograd/function.py:581:apply",
    MG + "core/tensor_parallel/layers.py:900:forward"), call(), py("/home/ada/Megatron-LM/pretrain_gpt.py:150:forward_step", MG + "core/pipeline_parallel/schedules.py:300:forward_step"), MG_SCHEDULE)
add("Megatron", "the loss", "forward", ALLOCATE, py("/home/ada/Megatron-LM/pretrain_gpt.py:100:loss_func", MG + "core/pipeline_parallel/schedules.py:330:forward_step"), MG_SCHEDULE)
add("Megatron", "backward in the calling thread", "backward", py(MG + "core/pipeline_parallel/schedules.py:170:custom_backward",
    MG + "core/pipeline_parallel/schedules.py:400:backward_step"), MG_SCHEDULE)
add("Megatron", "tensor-parallel reduction in the backward", "communication", ALLOCATE, py("torch/distributed/distributed_c10d.py:2800:all_reduce",
    MG + "core/tensor_parallel/mappings.py:25:_reduce", MG + "core/tensor_parallel/mappings.py:200:backward", "torch/autograd/function.py:311:apply"), PYNODE)
add("Megatron", "recomputation", "checkpoint", ALLOCATE, py(MG + "core/transformer/mlp.py:130:forward"), call(),
    py(MG + "core/transformer/transformer_block.py:300:custom_forward", MG + "core/tensor_parallel/random.py:420:backward", "torch/autograd/function.py:311:apply"), PYNODE)
add("Megatron", "DistributedOptimizer's master weights", "optimizer", ALLOCATE,
    py(MG + "core/optimizer/distrib_optimizer.py:350:_build_model_and_main_param_groups", MG + "core/optimizer/distrib_optimizer.py:520:__init__",
       MG + "core/optimizer/__init__.py:330:_get_megatron_optimizer_based_on_param_groups"), LOOP)
add("Megatron", "apex' FusedAdam makes its state", "optimizer", ALLOCATE, py("apex/optimizers/fused_adam.py:180:step"), STEP,
    py(MG + "core/optimizer/optimizer.py:480:step_with_ready_grads", MG + "core/optimizer/optimizer.py:530:step"), MG_TRAIN)
add("Megatron", "gradient buffers are zeroed", "zero_grad", ALLOCATE, py(MG + "core/distributed/param_and_grad_buffer.py:700:reset",
    MG + "core/distributed/distributed_data_parallel.py:480:zero_grad_buffer"), MG_TRAIN)
add("Megatron", "gradient and parameter buffers", "other", ALLOCATE, py(MG + "core/distributed/param_and_grad_buffer.py:600:__init__",
    MG + "core/distributed/distributed_data_parallel.py:230:_allocate_buffers_for_parameters", MG + "core/distributed/distributed_data_parallel.py:280:__init__",
    MG + "training/training.py:1000:get_model"), LOOP)
add("Megatron", "activations from the stage before", "communication", ALLOCATE, py(MG + "core/pipeline_parallel/p2p_communication.py:280:_communicate",
    MG + "core/pipeline_parallel/p2p_communication.py:380:recv_forward", MG + "core/pipeline_parallel/schedules.py:1900:forward_backward_pipelining_without_interleaving"), MG_TRAIN)
add("Megatron", "the batch", "data", ALLOCATE, py(MG + "training/utils.py:500:get_batch_on_this_tp_rank", "/home/ada/Megatron-LM/pretrain_gpt.py:70:get_batch",
    "/home/ada/Megatron-LM/pretrain_gpt.py:130:forward_step", MG + "core/pipeline_parallel/schedules.py:300:forward_step"), MG_SCHEDULE)

# ---------------------------------------------------------------------------------------------- Lightning
# src/lightning/pytorch/loops/optimization/automatic.py: all of a step runs inside of optimizer.step(closure)
PL = "lightning/pytorch/"
PL_LOOP = py("torch/utils/_contextlib.py:120:decorate_context", PL + "loops/optimization/automatic.py:146:__call__", PL + "plugins/precision/precision.py:108:_wrap_closure",
             "torch/optim/adam.py:226:step", "torch/optim/optimizer.py:517:wrapper", PL + "plugins/precision/precision.py:123:optimizer_step",
             PL + "strategies/strategy.py:239:optimizer_step", PL + "core/optimizer.py:154:step", PL + "core/module.py:1302:optimizer_step",
             PL + "loops/optimization/automatic.py:268:_optimizer_step", PL + "trainer/trainer.py:560:fit") + LOOP
PL_CLOSURE = py(PL + "loops/optimization/automatic.py:131:closure") + PL_LOOP
add("Lightning", "a layer", "forward", ALLOCATE, LINEAR, call(), py(USER + "lit.py:30:training_step", PL + "strategies/strategy.py:391:training_step",
    PL + "loops/optimization/automatic.py:319:_training_step"), PL_CLOSURE)
add("Lightning", "the loss", "forward", ALLOCATE, py("torch/nn/functional.py:3400:cross_entropy", USER + "lit.py:31:training_step",
    PL + "loops/optimization/automatic.py:319:_training_step"), PL_CLOSURE)
add("Lightning", "the loss is divided", "forward", ALLOCATE, py(PL + "loops/optimization/automatic.py:72:from_training_step_output",
    PL + "loops/optimization/automatic.py:325:_training_step"), PL_CLOSURE)
add("Lightning", "backward", "backward", CALLS_BACKWARD, py(PL + "core/module.py:1101:backward", PL + "plugins/precision/precision.py:73:backward",
    PL + "strategies/strategy.py:212:backward", PL + "loops/optimization/automatic.py:240:backward_fn"), PL_CLOSURE)
add("Lightning", "gradients are dropped", "zero_grad", py("torch/optim/optimizer.py:1000:zero_grad", PL + "core/module.py:1330:optimizer_zero_grad",
    PL + "loops/optimization/automatic.py:302:_optimizer_zero_grad", PL + "loops/optimization/automatic.py:225:zero_grad_fn"), PL_CLOSURE)
add("Lightning", "Adam makes its state", "optimizer", ALLOCATE, py("torch/optim/adam.py:168:_init_group", "torch/optim/adam.py:230:step"), PL_LOOP[4:])
add("Lightning", "accumulation without a step", "forward", ALLOCATE, py(USER + "lit.py:30:training_step", PL + "loops/optimization/automatic.py:131:closure",
    PL + "loops/optimization/automatic.py:146:__call__", PL + "loops/optimization/automatic.py:185:run"), LOOP)
add("Lightning", "the batch moves", "data", ALLOCATE, py("lightning/fabric/utilities/apply_func.py:105:batch_to", "lightning/fabric/utilities/apply_func.py:110:move_data_to_device",
    PL + "core/hooks.py:610:transfer_batch_to_device", PL + "strategies/strategy.py:270:batch_to_device"), LOOP)
add("Lightning", "validation", "forward", ALLOCATE, py(USER + "lit.py:40:validation_step", PL + "strategies/strategy.py:410:validation_step"), LOOP)

# ------------------------------------------------------------------------------------ transformers' Trainer
HF = "transformers/"
HF_LOOP = py(HF + "trainer.py:2600:_inner_training_loop", HF + "trainer.py:2240:train") + LOOP
add("transformers", "a layer", "forward", ALLOCATE, LINEAR, call(), call(HF + "models/llama/modeling_llama.py:300:forward"),
    call("accelerate/utils/operations.py:818:forward"), py(HF + "trainer.py:3860:compute_loss", HF + "trainer.py:3780:training_step"), HF_LOOP)
add("transformers", "the loss", "forward", ALLOCATE, py("torch/nn/functional.py:3400:cross_entropy", HF + "loss/loss_utils.py:36:fixed_cross_entropy",
    HF + "trainer.py:3860:compute_loss", HF + "trainer.py:3780:training_step"), HF_LOOP)
add("transformers", "backward", "backward", CALLS_BACKWARD, py("accelerate/accelerator.py:2600:backward", HF + "trainer.py:3800:training_step"), HF_LOOP)
add("transformers", "the step", "optimizer", ALLOCATE, py("torch/optim/adamw.py:220:step"), STEP, py("torch/optim/lr_scheduler.py:140:wrapper",
    "accelerate/optimizer.py:179:step"), HF_LOOP)
add("transformers", "Adafactor", "optimizer", ALLOCATE, py(HF + "optimization.py:900:step"), STEP, py("accelerate/optimizer.py:179:step"), HF_LOOP)
add("transformers", "the batch moves", "data", ALLOCATE, py(HF + "trainer.py:3700:_prepare_input", HF + "trainer.py:3720:_prepare_inputs", HF + "trainer.py:3770:training_step"), HF_LOOP)
add("transformers", "accelerate moves the batch", "data", ALLOCATE, py("accelerate/utils/operations.py:150:send_to_device", "accelerate/data_loader.py:570:__iter__"), HF_LOOP)
add("transformers", "norm of the gradients", "optimizer", ALLOCATE, py("torch/nn/utils/clip_grad.py:97:_get_total_norm", "torch/nn/utils/clip_grad.py:220:clip_grad_norm_",
    "accelerate/accelerator.py:2700:clip_grad_norm_"), HF_LOOP)
add("transformers", "gradient checkpointing", "checkpoint", ALLOCATE, LINEAR, call(), call(HF + "models/llama/modeling_llama.py:300:forward"),
    py("torch/utils/checkpoint.py:310:backward", "torch/autograd/function.py:311:apply"), PYNODE)
add("transformers", "from_pretrained", "load", ALLOCATE, py(HF + "modeling_utils.py:770:_load_state_dict_into_meta_model", HF + "modeling_utils.py:5000:_load_pretrained_model",
    HF + "modeling_utils.py:4500:from_pretrained"), LOOP)
add("transformers", "5: a thread loads", "load", ALLOCATE, py(HF + "core_model_loading.py:800:_materialize_copy", HF + "core_model_loading.py:830:_job",
    "/usr/lib/python3.11/concurrent/futures/thread.py:58:run", "/usr/lib/python3.11/threading.py:982:run"))
add("transformers", "a cache grows", "forward", ALLOCATE, py(HF + "cache_utils.py:120:update", HF + "models/llama/modeling_llama.py:250:forward"), call(),
    py(HF + "generation/utils.py:3400:_sample", HF + "generation/utils.py:2500:generate"), LOOP)
add("transformers", "the next token", "forward", ALLOCATE, py(HF + "generation/utils.py:3450:_sample", HF + "generation/utils.py:2500:generate"), LOOP)
add("transformers", "evaluation keeps logits", "other", ALLOCATE, py(HF + "trainer_pt_utils.py:90:torch_pad_and_concatenate", HF + "trainer.py:4400:evaluation_loop"), LOOP)

# --------------------------------------------------------------------------------------------------- vLLM
VL = "vllm/v1/worker/"
VL_START = py(VL + "gpu_worker.py:300:load_model", "vllm/v1/engine/core.py:100:__init__")
add("vLLM", "weights are made", "load", ALLOCATE, py("vllm/model_executor/layers/linear.py:200:create_weights", "vllm/model_executor/layers/linear.py:900:__init__",
    "vllm/model_executor/models/llama.py:200:__init__", "vllm/model_executor/model_loader/utils.py:60:initialize_model",
    "vllm/model_executor/model_loader/base_loader.py:50:load_model", VL + "gpu_model_runner.py:2500:load_model"), VL_START)
add("vLLM", "weights are repacked", "load", ALLOCATE, py("vllm/model_executor/layers/quantization/fp8.py:300:process_weights_after_loading",
    "vllm/model_executor/model_loader/utils.py:110:process_weights_after_loading", "vllm/model_executor/model_loader/base_loader.py:56:load_model"), VL_START)
add("vLLM", "KV cache", "other", ALLOCATE, py(VL + "gpu_model_runner.py:4900:_allocate_kv_cache_tensors", VL + "gpu_model_runner.py:5000:initialize_kv_cache_tensors",
    VL + "gpu_model_runner.py:5100:initialize_kv_cache", VL + "gpu_worker.py:400:initialize_from_config"))
add("vLLM", "KV cache of the second runner", "other", ALLOCATE, py(VL + "gpu/attn_utils.py:90:_allocate_kv_cache", VL + "gpu/attn_utils.py:150:init_kv_cache",
    VL + "gpu/model_runner.py:250:initialize_kv_cache"))
add("vLLM", "a layer", "forward", ALLOCATE, py("vllm/model_executor/layers/linear.py:430:forward"), call(), call("vllm/model_executor/models/llama.py:500:forward"),
    py(VL + "gpu_model_runner.py:2200:execute_model"))
add("vLLM", "sampling", "forward", ALLOCATE, py("vllm/v1/sample/ops/topk_topp_sampler.py:100:forward_native"), call("vllm/v1/sample/sampler.py:70:forward"),
    py(VL + "gpu_model_runner.py:2300:execute_model"))
add("vLLM", "tensor-parallel all-reduce", "communication", ALLOCATE, py("vllm/distributed/device_communicators/pynccl.py:150:all_reduce",
    "vllm/distributed/parallel_state.py:400:_all_reduce_out_place", "vllm/model_executor/layers/linear.py:1300:forward"), call())
add("vLLM", "CUDA graphs are captured", "compile", ALLOCATE, py("vllm/model_executor/layers/linear.py:430:forward"), call(), call("vllm/model_executor/models/llama.py:500:forward"),
    py(VL + "gpu_model_runner.py:4000:_dummy_run", VL + "gpu_model_runner.py:4300:_capture_cudagraphs", VL + "gpu_model_runner.py:4200:capture_model"))
add("vLLM", "memory is measured", "forward", ALLOCATE, py("vllm/model_executor/layers/linear.py:430:forward"), call(),
    py(VL + "gpu_model_runner.py:4000:_dummy_run", VL + "gpu_model_runner.py:4100:profile_run"))

# ------------------------------------------------------------------------------------------------- SGLang
SG = "/sgl/python/sglang/srt/"
add("SGLang", "KV cache", "other", ALLOCATE, py(SG + "mem_cache/memory_pool.py:500:_create_buffers", SG + "mem_cache/memory_pool.py:460:__init__",
    SG + "model_executor/model_runner.py:1300:init_memory_pool", SG + "model_executor/model_runner.py:350:initialize"))
add("SGLang", "weights", "load", ALLOCATE, py(SG + "layers/linear.py:300:create_weights", SG + "models/llama.py:100:__init__", SG + "model_loader/loader.py:180:_initialize_model",
    SG + "model_loader/loader.py:480:load_model", SG + "model_executor/model_runner.py:700:load_model"))
add("SGLang", "a batch", "forward", ALLOCATE, py(SG + "layers/linear.py:400:forward"), call(), py(SG + "models/llama.py:420:forward",
    SG + "model_executor/model_runner.py:1900:forward_extend", SG + "managers/tp_worker.py:230:forward_batch_generation"))
add("SGLang", "CUDA graphs are captured", "compile", ALLOCATE, py(SG + "layers/linear.py:400:forward"), call(), py(SG + "models/llama.py:420:forward",
    SG + "model_executor/cuda_graph_runner.py:570:run_once", SG + "model_executor/cuda_graph_runner.py:590:capture_one_batch_size", SG + "model_executor/cuda_graph_runner.py:480:capture"))
add("SGLang", "all-reduce", "communication", ALLOCATE, py(SG + "distributed/parallel_state.py:500:all_reduce", SG + "layers/linear.py:1200:forward"), call())

# ----------------------------------------------------------------------------------- bitsandbytes and apex
BB = "bitsandbytes/"
add("bitsandbytes", "8-bit state", "optimizer", ALLOCATE, py(BB + "optim/optimizer.py:330:get_state_buffer", BB + "optim/optimizer.py:460:init_state",
    BB + "optim/optimizer.py:290:step"), STEP, LOOP)
add("bitsandbytes", "an update", "optimizer", ALLOCATE, py(BB + "functional.py:1700:optimizer_update_8bit_blockwise", BB + "optim/optimizer.py:520:update_step",
    BB + "optim/optimizer.py:300:step"), STEP, LOOP)
add("bitsandbytes", "weights are quantized", "load", ALLOCATE, py(BB + "functional.py:1000:quantize_4bit", BB + "nn/modules.py:290:_quantize", BB + "nn/modules.py:330:to",
    "torch/nn/modules/module.py:1340:convert", "torch/nn/modules/module.py:930:_apply"), LOOP)
add("bitsandbytes", "weights for a product", "forward", ALLOCATE, py(BB + "functional.py:1100:dequantize_4bit", BB + "autograd/_functions.py:450:forward",
    "torch/autograd/function.py:581:apply", BB + "autograd/_functions.py:560:matmul_4bit", BB + "nn/modules.py:480:forward"), call(), LOOP)
add("bitsandbytes", "weights for a gradient", "backward", ALLOCATE, py(BB + "functional.py:1100:dequantize_4bit", BB + "autograd/_functions.py:480:backward",
    "torch/autograd/function.py:311:apply"), PYNODE)
add("apex", "FusedAdam", "optimizer", ALLOCATE, py("apex/optimizers/fused_adam.py:130:step"), STEP, LOOP)
add("apex", "FusedLAMB's norms", "optimizer", ALLOCATE, py("apex/multi_tensor_apply/multi_tensor_apply.py:27:__call__", "apex/optimizers/fused_lamb.py:130:step"), STEP, LOOP)
add("apex", "master gradients of amp", "optimizer", ALLOCATE, py("apex/amp/_process_optimizer.py:160:post_backward_with_master_weights", "apex/amp/handle.py:120:scale_loss",
    "/usr/lib/python3.11/contextlib.py:144:__exit__"), LOOP)
add("apex", "fused layer norm", "forward", ALLOCATE, py("apex/normalization/fused_layer_norm.py:40:forward", "torch/autograd/function.py:581:apply",
    "apex/normalization/fused_layer_norm.py:350:forward"), call(), LOOP)
add("apex", "DistributedFusedAdam", "optimizer", ALLOCATE, py("apex/contrib/optimizers/distributed_fused_adam.py:900:init_params"), LOOP)

# ------------------------------------------------------------------------------------------- users' programs
add("users", "a loop in optimizer.py", "other", ALLOCATE, py(USER + "optimizer.py:50:train", USER + "main.py:9:<module>"))
add("users", "an optimizer without torch's class", "optimizer", ALLOCATE, py(USER + "my_optim.py:20:step"), LOOP)
add("users", "a step of an environment", "other", ALLOCATE, py(USER + "env.py:20:step"), LOOP)
add("users", "a scheduler of diffusers", "other", ALLOCATE, py("diffusers/schedulers/scheduling_ddim.py:400:step"), LOOP)
add("users", "a subclass of Optimizer", "optimizer", ALLOCATE, py(USER + "lion.py:30:step"), STEP, LOOP)
add("users", "a function called forward", "forward", ALLOCATE, py(USER + "net.py:10:forward"), LOOP)
add("users", "a loss without torch", "other", ALLOCATE, py(USER + "losses.py:10:cross_entropy"), LOOP)
add("users", "a loss of torch", "forward", ALLOCATE, py("torch/nn/functional.py:3400:cross_entropy"), LOOP)
add("users", "a batch by hand", "other", ALLOCATE, LOOP)
add("users", "Windows", "optimizer", [("C:\\env\\Lib\\site-packages\\Torch\\optim\\adam.py", 168, "_init_group")], LOOP)
add("users", "EMA by hand", "other", ALLOCATE, py(USER + "ema.py:20:update"), LOOP)
add("users", "a Python thread", "other", ALLOCATE, py(USER + "worker.py:20:prefetch", "/usr/lib/python3.11/threading.py:982:run"))


def file_of(part):
    """A file whose path contains the part, and nothing else that a row could match."""
    if part.endswith("*"):
        return f"/x/my_{part[:-1]}.py"
    path = part or "/x/y.py"
    path = path if path.startswith("/") else "/x/" + path
    return path + "y.py" if path.endswith("/") else path if path.endswith(".py") else path + "_y.py"


# One frame for each function of each row of the tables.
for weak in (False, True):
    for phase, part, functions, _ in rules.WEAK_PYTHON_ROWS if weak else rules.PYTHON_ROWS:
        for function in functions.split() or ["any_function"]:
            add("weak row" if weak else "row", f"{part} {function}", "backward" if phase == "compiled_backward" else phase, [(file_of(part), 1, function)])
    for phase, text, _ in rules.WEAK_CPP_ROWS if weak else rules.CPP_ROWS:
        add("weak row" if weak else "row", text, phase, cpp(f"void {text}<long>(at::Tensor const&)"))

KV = {("vLLM", "KV cache"), ("vLLM", "KV cache of the second runner"), ("SGLang", "KV cache"), ("transformers", "a cache grows")}
WORKSPACE = {("torch", "cuBLAS makes its workspace")}


def main():
    if "--json" in sys.argv[1:]:
        json.dump([{"framework": framework, "what": what, "phase": phase, "frames": frames} for framework, what, phase, frames in STACKS],
                  sys.stdout, indent=1)
        return
    import category_oracle
    wrong = 0
    for framework, what, phase, frames in STACKS:
        found = category_oracle.phase_of_stack(frames)
        flags = category_oracle.is_kv_cache(frames), category_oracle.is_workspace(frames)
        is_row = framework.endswith("row")
        if found != phase or not is_row and flags != ((framework, what) in KV, (framework, what) in WORKSPACE):
            wrong += 1
            print(f"{framework}: {what}: {found}, not {phase}; kv, workspace = {flags}")
    print(f"{len(STACKS)} stacks, {wrong} wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
