#!/usr/bin/env python3
"""Small traces with the category that each of their allocations must have: golden tests of the category rules.

SCENARIOS: (name, what it shows, options, moves, expected). A move is ("+", tensor, bytes, stack) for an alloc,
("-", tensor, stack) for a free, ("<", tensor, bytes, stack) for a block from before the trace (stack None: unknown),
("!", stack) for an out-of-memory error.
Stacks are names of STACKS below. Options: "python" leaves out the C++ frames; "cpp" keeps only them.

Use: category_scenarios.py              checks them with category_oracle.py; exit 1 on a difference
     category_scenarios.py --write DIR  writes NAME.pickle and NAME.expected.json (tensors in the order of idx)
"""
import json
import pathlib
import pickle
import sys

import framework_stacks as fs

LINEAR = fs.ALLOCATE + fs.LINEAR + fs.call(fs.USER + "model.py:30:forward")
STACKS = {
    "forward": LINEAR + fs.LOOP,
    "loss": fs.ALLOCATE + fs.py(fs.USER + "losses.py:10:cross_entropy") + fs.LOOP,
    "loop": fs.ALLOCATE + fs.LOOP,
    "loop2": fs.ALLOCATE + fs.py(fs.USER + "train.py:99:train"),
    "backward": fs.ALLOCATE + fs.cpp("torch::autograd::generated::MmBackward0::apply(std::vector<at::Tensor>&&)") + fs.ENGINE,
    "call_backward": fs.CALLS_BACKWARD + fs.LOOP,
    "accumulate": fs.ALLOCATE + fs.cpp("torch::autograd::AccumulateGrad::apply(std::vector<at::Tensor>&&)") + fs.ENGINE,
    "checkpoint": LINEAR + fs.py("torch/utils/checkpoint.py:1518:recompute_fn", "torch/utils/checkpoint.py:1145:unpack_hook") + fs.ENGINE,
    "recompute": LINEAR + fs.py("torch/utils/checkpoint.py:310:backward", "torch/autograd/function.py:311:apply") + fs.PYNODE,
    "checkpoint_returns": fs.py("torch/utils/checkpoint.py:330:backward", "torch/autograd/function.py:311:apply") + fs.PYNODE,
    "drop_graph": fs.cpp("torch::autograd::deleteNode(torch::autograd::Node*)") + fs.LOOP,
    "step": fs.ALLOCATE + fs.py("torch/optim/adam.py:246:step") + fs.STEP + fs.LOOP,
    "init": fs.ALLOCATE + fs.py("torch/optim/adam.py:168:_init_group", "torch/optim/adam.py:240:step") + fs.STEP + fs.LOOP,
    "hook_step": fs.ALLOCATE + fs.py("torch/optim/sgd.py:120:step") + fs.STEP + fs.py(fs.USER + "train.py:9:hook") + fs.ENGINE,
    "load_optimizer": fs.ALLOCATE + fs.py("torch/optim/optimizer.py:900:load_state_dict") + fs.LOOP,
    "zero_grad": fs.py("torch/optim/optimizer.py:1000:zero_grad") + fs.LOOP,
    "unscale": fs.ALLOCATE + fs.py("torch/amp/grad_scaler.py:283:_unscale_grads_", "torch/amp/grad_scaler.py:450:step") + fs.LOOP,
    "clip": fs.ALLOCATE + fs.py("torch/nn/utils/clip_grad.py:220:clip_grad_norm_") + fs.LOOP,
    "closure_forward": LINEAR + fs.py(fs.USER + "train.py:40:closure", "torch/optim/lbfgs.py:330:step") + fs.STEP + fs.LOOP,
    "to": fs.ALLOCATE + fs.py("torch/nn/modules/module.py:930:_apply", "torch/nn/modules/module.py:1355:to") + fs.LOOP,
    "load": fs.ALLOCATE + fs.py("torch/serialization.py:1500:load") + fs.LOOP,
    "ema": fs.ALLOCATE + fs.py("torch/nn/parameter.py:60:__deepcopy__", "torch/optim/swa_utils.py:230:__init__") + fs.LOOP,
    "data": fs.ALLOCATE + fs.py("torch/utils/data/dataloader.py:708:__next__") + fs.LOOP,
    "gather": fs.ALLOCATE + fs.py(fs.FSDP2 + "_fsdp_param_group.py:340:wait_for_unshard") + fs.call() + fs.LOOP,
    "reduce": fs.ALLOCATE + fs.py(fs.FSDP2 + "_fsdp_collectives.py:420:foreach_reduce", fs.FSDP2 + "_fsdp_param_group.py:700:backward") + fs.PYNODE,
    "kv": fs.ALLOCATE + fs.py(fs.VL + "gpu_model_runner.py:4900:_allocate_kv_cache_tensors"),
    "cache": fs.ALLOCATE + fs.py("transformers/cache_utils.py:120:update") + fs.call() + fs.LOOP,
    "workspace": fs.ALLOCATE + fs.cpp("at::cuda::getNewWorkspace()") + LINEAR + fs.LOOP,
    "none": [],
    None: None,
}
M = 1 << 20

SCENARIOS = []


def scenario(name, what, moves, expected, options=""):
    SCENARIOS.append((name, what, options, moves, expected))


ADAM = [("+", "m", 4 * M, "init"), ("+", "v", 4 * M, "init"), ("+", "t", 3 * M, "step"), ("-", "t", "step")]
scenario("adam", "a whole step; the parameter is older than the trace", [
    ("<", "w", 4 * M, None), ("<", "buffer", 5 * M, None),
    ("+", "x", M, "data"), ("+", "h", 2 * M, "forward"), ("+", "f", M, "forward"), ("-", "f", "forward"), ("+", "loss", 512, "loss"),
    ("+", "dh", 2 * M, "backward"), ("-", "h", "backward"), ("-", "dh", "backward"), ("+", "g", 4 * M, "accumulate"), ("-", "loss", "backward"),
    *ADAM, ("-", "g", "zero_grad"), ("-", "x", "loop")],
    {"w": "parameter", "buffer": "persistent", "x": "input", "h": "activation", "f": "forward_temporary", "loss": "activation",
     "dh": "backward_temporary", "g": "gradient", "m": "optimizer_state", "v": "optimizer_state", "t": "optimizer_temporary"})
scenario("accumulation", "two backwards, one step; gradients stay (set_to_none=False)", [
    ("<", "w", 4 * M, None), ("+", "a", M, "forward"), ("+", "g", 4 * M, "accumulate"), ("-", "a", "backward"),
    ("+", "b", M, "forward"), ("+", "g2", 4 * M, "backward"), ("-", "g2", "accumulate"), ("-", "b", "backward"), *ADAM,
    ("+", "c", M, "forward"), ("-", "c", "backward")],
    {"w": "parameter", "a": "activation", "g": "gradient", "b": "activation", "g2": "backward_temporary", "m": "optimizer_state",
     "v": "optimizer_state", "t": "optimizer_temporary", "c": "activation"})
scenario("set_grad_none_by_hand", "p.grad = None in the loop, and in the next forward", [
    ("+", "g", 4 * M, "accumulate"), ("+", "g2", 4 * M, "accumulate"), *ADAM, ("-", "g", "loop"), ("-", "g2", "forward")],
    {"g": "gradient", "g2": "gradient", "m": "optimizer_state", "v": "optimizer_state", "t": "optimizer_temporary"})
scenario("replaced_state", "an optimizer that assigns new tensors to its state each step", [
    ("+", "h", M, "forward"), ("-", "h", "backward"), ("-", "old", "step"), ("+", "m1", 4 * M, "step"),
    ("+", "h2", M, "forward"), ("-", "h2", "backward"), ("+", "m2", 4 * M, "step"), ("-", "m1", "step")],
    {"old": "optimizer_state", "h": "activation", "m1": "optimizer_state", "h2": "activation", "m2": "optimizer_state"})
scenario("closure", "the step calls the closure", [
    ("+", "t", M, "step"), ("+", "h", M, "closure_forward"), ("-", "h", "backward"), ("+", "g", M, "accumulate"), ("+", "u", M, "step"),
    ("-", "u", "step"), ("-", "t", "step"), ("-", "g", "zero_grad")],
    {"t": "optimizer_state", "h": "activation", "g": "gradient", "u": "optimizer_temporary"})
scenario("checkpoint", "recomputed in the backward", [
    ("+", "in", M, "forward"), ("+", "f", M, "forward"), ("-", "f", "forward"), ("+", "r", M, "checkpoint"), ("+", "rt", M, "checkpoint"),
    ("-", "rt", "checkpoint"), ("-", "r", "backward"), ("-", "in", "checkpoint"), ("+", "g", M, "accumulate"), ("-", "g", "zero_grad")],
    {"in": "activation", "f": "forward_temporary", "r": "activation", "rt": "forward_temporary", "g": "gradient"})
scenario("reentrant_checkpoint", "the output of the recomputation is dropped by the checkpoint itself, after its backward", [
    ("+", "in", M, "forward"), ("+", "r", M, "recompute"), ("+", "t", M, "recompute"), ("-", "t", "recompute"), ("+", "out", M, "recompute"), ("+", "d", M, "backward"),
    ("-", "r", "backward"), ("-", "d", "backward"), ("-", "out", "checkpoint_returns"), ("-", "in", "backward")],
    {"in": "activation", "r": "activation", "t": "forward_temporary", "out": "activation", "d": "backward_temporary"})
scenario("scaler_and_clip", "unscaled and clipped between backward and step", [
    ("+", "g", M, "accumulate"), ("+", "inf", 512, "unscale"), ("+", "norm", 512, "clip"), ("-", "norm", "loop"), ("+", "m", M, "init"), ("-", "inf", "loop"),
    ("-", "g", "zero_grad")],
    {"g": "gradient", "inf": "optimizer_temporary", "norm": "optimizer_temporary", "m": "optimizer_state"})
scenario("ema", "averaged copies; state loaded from a file", [
    ("+", "copy", 4 * M, "ema"), ("+", "m", 4 * M, "load_optimizer"), ("+", "h", M, "forward"), ("-", "h", "backward"), ("+", "t", M, "step"), ("-", "t", "step")],
    {"copy": "parameter", "m": "optimizer_state", "h": "activation", "t": "optimizer_temporary"})
scenario("evaluation", "no backward: outputs and temporaries, then a graph that is dropped", [
    ("<", "w", 4 * M, None), ("+", "f", M, "forward"), ("-", "f", "forward"), ("+", "out", M, "forward"), ("-", "out", "loop"),
    ("+", "saved", M, "forward"), ("-", "saved", "drop_graph")],
    {"w": "parameter", "f": "forward_temporary", "out": "forward_temporary", "saved": "activation"})
scenario("oom_in_backward", "the trace ends in the backward", [
    ("<", "w", 4 * M, None), ("+", "h", M, "forward"), ("+", "h2", M, "forward"), ("+", "g", 4 * M, "accumulate"), ("-", "h2", "backward"),
    ("+", "d", 2 * M, "backward")],
    {"w": "parameter", "h": "activation", "h2": "activation", "g": "gradient", "d": "gradient"})
scenario("oom_unwinds", "an exception in the forward drops everything", [
    ("+", "h", M, "forward"), ("+", "f", M, "forward"), ("-", "f", "forward"), ("-", "h", "loop")], {"h": "forward_temporary", "f": "forward_temporary"})
scenario("oom_in_forward", "what the failed forward held would have served its backward; then a smaller batch fits", [
    ("+", "h", M, "forward"), ("+", "f", M, "forward"), ("-", "f", "forward"), ("+", "t", M, "forward"), ("!", "forward"), ("-", "t", "forward"), ("-", "h", "loop"),
    ("+", "h2", M, "forward"), ("+", "g", M, "accumulate"), ("-", "h2", "backward"), ("-", "g", "zero_grad")],
    {"h": "activation", "f": "forward_temporary", "t": "forward_temporary", "h2": "activation", "g": "gradient"})
scenario("oom_in_checkpoint", "a recomputation runs out of memory", [
    ("+", "in", M, "forward"), ("+", "d", M, "backward"), ("+", "r", M, "checkpoint"), ("!", "checkpoint"), ("-", "r", "loop"), ("-", "d", "backward"), ("-", "in", "loop")],
    {"in": "activation", "d": "backward_temporary", "r": "activation"})
scenario("oom_that_something_caught", "an algorithm for a convolution lacks memory, so another one is taken and the forward goes on", [
    ("+", "out", M, "forward"), ("!", "forward"), ("!", "forward"), ("+", "f", M, "forward"), ("-", "f", "forward"), ("-", "out", "loop")],
    {"out": "forward_temporary", "f": "forward_temporary"})
scenario("ooms_in_forward", "two batches fail", [
    ("+", "h", M, "forward"), ("!", "forward"), ("!", "forward"), ("-", "h", "loop"), ("+", "h2", M, "forward"), ("!", "forward"), ("-", "h2", "loop")],
    {"h": "activation", "h2": "activation"})
scenario("logits", "a variable of the loop holds logits during the backward; the last ones stay", [
    ("+", "y", M, "forward"), ("+", "g", M, "accumulate"), ("+", "t", M, "step"), ("-", "t", "step"), ("-", "g", "zero_grad"), ("+", "y2", M, "forward"), ("-", "y", "loop"),
    ("+", "g2", M, "accumulate"), ("+", "u", M, "step"), ("-", "u", "step")],
    {"y": "activation", "g": "gradient", "t": "optimizer_temporary", "y2": "activation", "g2": "gradient", "u": "optimizer_temporary"})
scenario("stepping_in_backward", "hooks call the optimizer", [
    ("+", "h", M, "forward"), ("+", "g", M, "accumulate"), ("+", "m", M, "hook_step"), ("+", "t", M, "hook_step"), ("-", "t", "hook_step"), ("-", "g", "zero_grad"),
    ("+", "d", M, "backward"), ("-", "d", "backward"), ("-", "h", "backward"), ("+", "t2", M, "hook_step"), ("-", "t2", "hook_step")],
    {"h": "activation", "g": "gradient", "m": "optimizer_state", "t": "optimizer_temporary", "d": "backward_temporary", "t2": "optimizer_temporary"})
scenario("fsdp", "gathered parameters, sharded gradients", [
    ("<", "w", 2 * M, None), ("+", "full", 8 * M, "gather"), ("+", "h", M, "forward"), ("-", "full", "gather"), ("-", "h", "backward"), ("+", "shard", 2 * M, "reduce"),
    ("+", "in", 8 * M, "reduce"), ("-", "in", "reduce"), ("+", "m", 2 * M, "init"), ("-", "shard", "zero_grad")],
    {"w": "parameter", "full": "communication", "h": "activation", "shard": "gradient", "in": "communication", "m": "optimizer_state"})
scenario("inference_engine", "weights, KV cache, a growing cache, a workspace", [
    ("+", "half", M, "to"), ("-", "half", "to"), ("+", "w", 4 * M, "to"), ("+", "kv", 64 * M, "kv"), ("+", "ws", M, "workspace"), ("+", "lt", 8519680, "forward"),
    ("+", "c", M, "cache"), ("+", "f", M, "forward"), ("-", "f", "forward"), ("-", "c", "loop")],
    {"half": "temporary", "w": "parameter", "kv": "kv_cache", "ws": "workspace", "lt": "workspace", "c": "kv_cache", "f": "forward_temporary"})
scenario("cache_in_training", "use_cache=True while training", [("+", "c", M, "cache"), ("-", "c", "backward")], {"c": "activation"})
scenario("by_hand", "parameters that the program makes before the first forward; EMA by hand; a batch by hand", [
    ("+", "w", 4 * M, "loop"), ("+", "e", 5 * M, "loop"), ("+", "x", M, "loop"), ("+", "h", M, "forward"), ("-", "h", "backward"), ("+", "g", 4 * M, "accumulate"),
    ("+", "t", M, "step"), ("-", "t", "step"), ("-", "g", "zero_grad"), ("-", "x", "loop")],
    {"w": "parameter", "e": "persistent", "x": "temporary", "h": "activation", "g": "gradient", "t": "optimizer_temporary"})
scenario("cpp_only", "stacks='cpp': forward and optimizer look alike, the engine does not", [
    ("+", "h", M, "forward"), ("-", "h", "backward"), ("+", "d", M, "backward"), ("-", "d", "backward"), ("+", "m", M, "init")],
    {"h": "activation", "d": "backward_temporary", "m": "persistent"}, "cpp")
scenario("python_only", "stacks='python': the engine's threads have none", [
    ("<", "w", M, None), ("+", "h", M, "forward"), ("+", "d", 2 * M, "none"), ("-", "h", "none"), ("-", "d", "none"), ("+", "g", M, "none"), ("+", "m", M, "init"),
    ("-", "g", "zero_grad"), ("+", "h2", M, "forward"), ("+", "d2", 2 * M, "none"), ("-", "h2", "none")],
    {"w": "parameter", "h": "activation", "d": "backward_temporary", "g": "gradient", "m": "optimizer_state", "h2": "unknown", "d2": "unknown"}, "python")
scenario("python_only_no_step", "the same without an optimizer: not known", [
    ("<", "w", M, None), ("+", "h", M, "forward"), ("+", "one", 512, "call_backward"), ("+", "d", 2 * M, "none"), ("-", "h", "none"), ("-", "d", "none"), ("+", "g", M, "none"), ("-", "one", "call_backward")],
    {"w": "unknown", "h": "unknown", "one": "backward_temporary", "d": "unknown", "g": "unknown"}, "python")
scenario("frees_repeat", "context='alloc': the free has the stack of the alloc", [
    *[("+", f"h{i}", M + i * 512, "forward") for i in range(10)], *[("-", f"h{i}", "forward") for i in range(10)], ("+", "d", M, "backward"), ("-", "d", "backward"),
    ("+", "m", 7 * M, "init"), ("+", "t", 7 * M, "step"), ("-", "t", "step"), ("+", "d2", M, "backward"), ("-", "d2", "backward")],
    {**{f"h{i}": "unknown" for i in range(10)}, "d": "backward_temporary", "m": "optimizer_state", "t": "optimizer_temporary", "d2": "backward_temporary"})
scenario("half_parameters", "16-bit parameters, 32-bit states", [
    ("<", "w", 2 * M, None), ("+", "h", M, "forward"), ("-", "h", "backward"), ("+", "m", 4 * M, "init")],
    {"w": "parameter", "h": "activation", "m": "optimizer_state"})
scenario("frozen", "parameters that do not train, older than the trace: they look like buffers", [
    ("<", "w", 9 * M, None), ("<", "lora", M, None), ("+", "h", M, "forward"), ("-", "h", "backward"), ("+", "g", M, "accumulate"), ("+", "m", M, "init"), ("-", "g", "zero_grad")],
    {"w": "persistent", "lora": "parameter", "h": "activation", "g": "gradient", "m": "optimizer_state"})
scenario("forward_and_backward_only", "no optimizer: a forward after a backward ends a step", [
    ("+", "h", M, "forward"), ("+", "g", M, "accumulate"), ("-", "h", "backward"), ("+", "h2", M, "forward"), ("-", "h2", "backward"), ("-", "g", "backward")],
    {"h": "activation", "g": "gradient", "h2": "activation"})
STEP2 = [("+", "h{0}", M, "forward"), ("-", "h{0}", "backward"), ("+", "t{0}", M, "step"), ("-", "t{0}", "step")]
scenario("older_gradients", "gradients are older than the trace and stay: half of the blocks of a size", [
    ("<", "a", 4 * M, None), ("<", "b", 4 * M, None), ("<", "c", 4 * M, None), ("<", "buffer", 5 * M, None),
    ("+", "h", M, "forward"), ("-", "h", "backward"), ("+", "d", 4 * M, "backward"), ("-", "d", "accumulate"), ("-", "old", "step"), ("+", "m", 4 * M, "step")],
    {"a": "gradient", "b": "parameter", "c": "parameter", "buffer": "persistent", "h": "activation", "d": "backward_temporary", "old": "optimizer_state", "m": "optimizer_state"})
scenario("loop_variables", "what the loop replaces in each step crosses one boundary; what it keeps crosses more", [
    ("+", "x1", M, "loop"), *[(move[0], move[1].format(1), *move[2:]) for move in STEP2], ("+", "x2", M, "loop"), ("-", "x1", "loop"), ("+", "keep", M, "loop"),
    *[(move[0], move[1].format(2), *move[2:]) for move in STEP2], ("+", "x3", M, "loop"), ("-", "x2", "loop"),
    *[(move[0], move[1].format(3), *move[2:]) for move in STEP2], ("-", "keep", "loop"), ("-", "x3", "loop2")],
    {"x1": "temporary", "x2": "temporary", "x3": "temporary", "keep": "persistent", **{f"h{i}": "activation" for i in (1, 2, 3)},
     **{f"t{i}": "optimizer_temporary" for i in (1, 2, 3)}})
scenario("loaded_copy", "torch.load to the device, then load_state_dict", [
    ("+", "w", M, "to"), ("+", "file", M, "load"), ("-", "file", "loop"), ("+", "h", M, "forward"), ("-", "h", "forward")],
    {"w": "parameter", "file": "temporary", "h": "forward_temporary"})
scenario("dump_before_any_event", "no trace: blocks with stacks", [
    ("<", "m", M, "init"), ("<", "g", M, "accumulate"), ("<", "h", M, "forward"), ("<", "w", M, None), ("<", "b", 3 * M, None)],
    {"m": "optimizer_state", "g": "gradient", "h": "activation", "w": "parameter", "b": "persistent"})


def frames_of(stack, options, shared):
    frames = STACKS[stack]
    if frames is None:
        return None
    is_python = lambda frame: frame[0].endswith(".py")
    if options == "python":
        frames = [frame for frame in frames if is_python(frame)]
    if options == "cpp":
        frames = [frame for frame in frames if not is_python(frame)]
    return shared.setdefault((stack, options), [{"filename": file, "line": line, "name": name} for file, line, name in frames])


def snapshot_of(options, moves):
    """A snapshot of one device. Tensors get addresses in the order of their first moves."""
    shared, addresses, sizes, live, events = {}, {}, {}, {}, []
    for move in moves:
        sign, tensor = move[:2]
        if sign == "!":
            events.append({"action": "oom", "size": 1 << 30, "device_free": M, "stream": 0, "frames": frames_of(tensor, options, shared)})
            continue
        address = addresses.setdefault(tensor, 0x7F0000000000 + len(addresses) * (128 << 20))
        if sign != "-":
            sizes[tensor] = move[2]
        stack = frames_of(move[-1], options, shared)
        if sign == "<":
            live[tensor] = stack
            continue
        event = {"action": "alloc", "addr": address, "size": sizes.get(tensor, 4 * M), "stream": 0, "frames": stack}
        if sign == "+":
            events.append(event)
            live[tensor] = stack
        else:
            events += [{**event, "action": "free_requested"}, {**event, "action": "free_completed"}]
            live.pop(tensor, None)
    blocks = [{"address": addresses[tensor], "size": -(-sizes[tensor] // 512) * 512, "requested_size": sizes[tensor],
               "state": "active_allocated", "frames": stack or []} for tensor, stack in live.items()]
    segments = [{"device": 0, "address": block["address"], "total_size": block["size"], "stream": 0, "segment_type": "large",
                 "blocks": [block]} for block in sorted(blocks, key=lambda block: block["address"])]
    return {"segments": segments, "device_traces": [events]}, addresses


def main():
    import category_oracle
    import oracle
    wrong = 0
    for name, what, options, moves, expected in SCENARIOS:
        snapshot, addresses = snapshot_of(options, moves)
        tensors = {address: tensor for tensor, address in addresses.items()}
        found = category_oracle.devices(snapshot)[0]
        elements = oracle.scan(snapshot, 0, "all").elements
        names = [tensors[element.address] for element in elements]
        got = {tensor: item.category for tensor, item in zip(names, found.allocations)}
        for tensor in expected:
            if got.get(tensor) != expected[tensor]:
                wrong += 1
                item = found.allocations[names.index(tensor)]
                print(f"{name}: {tensor} is {got.get(tensor)}, not {expected[tensor]} (A {item.A}, F {item.F})")
        if set(got) != set(expected):
            wrong += 1
            print(f"{name}: {set(got) ^ set(expected)} differ")
        if len(sys.argv) == 3 and sys.argv[1] == "--write":
            folder = pathlib.Path(sys.argv[2])
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.pickle").write_bytes(pickle.dumps(snapshot, 4))
            rows = [{"idx": item.idx, "tensor": tensor, "category": item.category, "alloc_phase": item.A, "free_phase": item.F}
                    for tensor, item in zip(names, found.allocations)]
            (folder / f"{name}.expected.json").write_text(json.dumps(
                {"what": what, "allocations": rows, **dict(zip(("step_basis", "steps"), category_oracle.steps_of(snapshot, found)))}, indent=1) + "\n")
    print(f"{len(SCENARIOS)} scenarios, {wrong} wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
