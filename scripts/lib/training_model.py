"""A training run of a small transformer language model, as seen by the caching allocator.

`TrainingRun` makes a `CachingAllocator` allocate and free what such a program does when it creates the model, runs
optimizer steps, evaluates, and tries a batch that is too large. Each tensor has the call stack of the real program. The
sizes, the order of frees and the mixture of stacks follow real recordings.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from lib import call_stacks
from lib.allocator import Block, CachingAllocator, OutOfMemory
from lib.call_stacks import (
    DEALLOC,
    ENGINE,
    GATHER,
    MALLOC,
    MODULE_CALL,
    PROJECT,
    RELEASE,
    TORCH,
    Place,
    StackLibrary,
)

DEFAULT_STREAM = 0
PREFETCH_STREAM = 94_326_818_906_128
METRICS_STREAM = 94_326_819_014_480

OPTIMIZER = f"{TORCH}/optim/adamw.py"
MODEL = f"{PROJECT}/model.py"
ATTENTION = f"{PROJECT}/attention.py"
TRAIN = f"{PROJECT}/train.py"


@dataclass(frozen=True)
class Shape:
    """The model's dimensions; all tensors are float32."""

    layers: int = 4
    width: int = 512
    heads: int = 8
    sequence: int = 256
    batch: int = 8
    vocabulary: int = 8192

    @property
    def activation(self) -> int:
        return 4 * self.batch * self.sequence * self.width

    @property
    def statistics(self) -> int:
        return 4 * self.batch * self.sequence

    @property
    def scores(self) -> int:
        return 4 * self.batch * self.heads * self.sequence * self.sequence

    @property
    def logits(self) -> int:
        return 4 * self.batch * self.sequence * self.vocabulary

    def parameters(self) -> list[tuple[str, int]]:
        """Attribute path and bytes of every parameter, in creation order."""
        square, wide, vector = 4 * self.width**2, 16 * self.width**2, 4 * self.width
        layer = [
            ("norm1", vector),
            ("q", square),
            ("k", square),
            ("v", square),
            ("out", square),
            ("norm2", vector),
            ("up", wide),
            ("down", wide),
        ]
        found = [
            ("embedding", 4 * self.vocabulary * self.width),
            ("positions", 4 * self.sequence * self.width),
        ]
        for _ in range(self.layers):
            found += layer
        return [*found, ("norm", vector), ("head", 4 * self.vocabulary * self.width)]


class TrainingRun:
    """A run that uses `allocator`. Call `create`, then the steps.

    `launcher`: the frames that run the script, innermost first. By default there is only its module; the frames of a
    framework make deeper stacks.
    """

    def __init__(
        self,
        allocator: CachingAllocator,
        shape: Shape,
        device: int = 0,
        launcher: list[Place] | None = None,
    ) -> None:
        self.allocator = allocator
        self.shape = shape
        self.device = device
        self.library = StackLibrary()
        self.parameters: list[Block] = []
        self.moments: list[Block] = []
        self.gradients: list[Block] = []
        self.batch: list[Block] = []
        self.losses: list[Block] = []
        self.annotations: list[dict[str, Any]] = []
        self.step_number = 0
        self.recording_stacks = True
        self._python: list[Place] = list(launcher or [("<module>", TRAIN, 148)])

    # ---- the program ----

    def create(self) -> None:
        with self._call("main", TRAIN, 112), self._call("__init__", MODEL, 74):
            lines = {"embedding": 58, "positions": 59, "head": 66, "norm": 65}
            for name, size in self.shape.parameters():
                with self._call("__init__", MODEL, lines.get(name, 31 + len(name))):
                    self.parameters.append(self._new(size, "empty_memory_format"))

    def train_step(self, line: int = 131) -> None:
        """One optimizer step, called at `line`."""
        self.step_number += 1
        with self._call("main", TRAIN, line), self._span(f"ProfilerStep#{self.step_number}"):
            self._prefetch()
            with self._call("train_step", TRAIN, 84):
                self._zero_gradients()
            with self._call("train_step", TRAIN, 86):
                saved, logits = self._forward(training=True)
                loss = self._loss(saved, logits)
            with self._call("train_step", TRAIN, 88), self._span("backward"):
                self._backward(saved)
                self._free(loss)
            with self._call("train_step", TRAIN, 90):
                self._clip_gradients()
            with self._call("train_step", TRAIN, 91), self._span("Optimizer.step#AdamW.step"):
                self._optimizer_step()
            with self._call("train_step", TRAIN, 93):
                self._log_metrics()

    def evaluate(self, shape: Shape | None = None, line: int = 137) -> None:
        """A forward pass under no_grad, called at `line`: temporaries are freed at once."""
        trained, self.shape = self.shape, shape or self.shape
        with self._call("main", TRAIN, line), self._call("evaluate", TRAIN, 101), self._span("evaluate"):
            saved, logits = self._forward(training=False)
            self._free(logits)
            for block in reversed(saved):
                self._free(block)
        self.shape = trained

    def try_larger_batch(self, factor: int) -> bool:
        """A forward pass with `factor` times the batch. Frees everything; returns False if it ran out of memory."""
        larger = Shape(**{**vars(self.shape), "batch": self.shape.batch * factor})
        made: list[Block] = []
        with self._call("main", TRAIN, 141), self._call("find_largest_batch", TRAIN, 53):
            try:
                for _ in range(self.shape.layers * 4):
                    with self._module("forward", MODEL, 92), self._module("forward", ATTENTION, 38):
                        made.append(self._new(larger.scores, "bmm"))
                return True
            except OutOfMemory:
                return False
            finally:
                with self._call("find_largest_batch", TRAIN, 56):
                    for block in made:
                        self._free(block)

    def read_metrics(self, count: int, nesting: int = 0) -> None:
        """Allocates and frees `count` scalars, inside `nesting` nested calls, as when a program walks over modules."""
        with self._call("main", TRAIN, 135), self._call(
            "collect", f"{PROJECT}/metrics.py", 41
        ), ExitStack() as calls:
            for _ in range(nesting):
                calls.enter_context(self._call("_apply", f"{TORCH}/nn/modules/module.py", 928))
            for _ in range(count):
                self._free(self._new(4, "_to_copy"))

    def make_workspace(self, nesting: int) -> None:
        """Allocates a large buffer that is never freed. Its stack has only Python frames, and no other stack has most of
        them.

        No cached segment can hold it, so it gets a segment of its own with the lowest address. A snapshot lists this
        segment first, so the memo begins with its frames, and common frames get larger numbers, as in real files.
        """
        places: list[Place] = [
            ("run_node", f"{TORCH}/_inductor/graph.py", 900 + 7 * n) for n in range(nesting)
        ]
        stack = self.library.stack(places + self._python)
        self.parameters.append(self.allocator.allocate(1 << 30, DEFAULT_STREAM, stack))

    def state(self) -> tuple[object, ...]:
        """All addresses, and the tensor at each. If two states are equal, the next steps are equal too."""
        tensors = (self.parameters, self.moments, self.gradients, self.batch, self.losses)
        return self.allocator.layout(), tuple(tuple(block.address for block in group) for group in tensors)

    # ---- one training step ----

    def _prefetch(self) -> None:
        """The next batch is copied on a side stream while the default stream still reads the previous one."""
        size = 8 * self.shape.batch * self.shape.sequence
        with self._call("__next__", f"{PROJECT}/data.py", 44):
            fresh = [self._new(size, "_to_copy", PREFETCH_STREAM) for _ in range(2)]
            for block in self.batch:
                self._free(block)
            for block in fresh:
                self.allocator.used_by(block, DEFAULT_STREAM)
        self.batch = fresh

    def _zero_gradients(self) -> None:
        with self._call("zero_grad", f"{TORCH}/optim/optimizer.py", 1032), self._span(
            "Optimizer.zero_grad#AdamW"
        ):
            for block in self.gradients:
                self._free(block)
        self.gradients = []

    def _forward(self, training: bool) -> tuple[list[Block], Block]:
        """Returns the tensors that backward needs (or those still live, if it will not run), and the logits."""
        saved: list[Block] = []
        with self._module("forward", MODEL, 86), self._module(
            "forward", f"{TORCH}/nn/modules/sparse.py", 191
        ):
            hidden = self._new(self.shape.activation, "embedding")
        for _ in range(self.shape.layers):
            with self._module("forward", MODEL, 89):
                hidden = self._layer(hidden, saved, training)
        with self._module("forward", MODEL, 91):
            normed = self._norm(hidden, saved, training)
        with self._module("forward", MODEL, 92), self._module(
            "forward", f"{TORCH}/nn/modules/linear.py", 134
        ):
            logits = self._new(self.shape.logits, "mm")
        self._keep_or_free(saved, training, hidden, normed)
        return saved, logits

    def _layer(self, hidden: Block, saved: list[Block], training: bool) -> Block:
        with self._module("forward", MODEL, 42):
            normed = self._norm(hidden, saved, training)
        with self._module("forward", MODEL, 43):
            attended = self._attention(normed, saved, training)
            middle = self._new(self.shape.activation, "add_Tensor")
        self._keep_or_free(saved, training, hidden, normed, attended)
        with self._module("forward", MODEL, 44):
            normed = self._norm(middle, saved, training)
        with self._module("forward", MODEL, 45):
            transformed = self._feed_forward(saved, training)
            result = self._new(self.shape.activation, "add_Tensor")
        self._keep_or_free(saved, training, middle, normed)
        self._free(transformed)
        return result

    def _norm(self, source: Block, saved: list[Block], training: bool) -> Block:
        del source  # the caller decides how long the input lives
        with self._module("forward", f"{TORCH}/nn/modules/normalization.py", 217):
            result = self._new(self.shape.activation, "native_layer_norm")
            statistics = [self._new(self.shape.statistics, "native_layer_norm") for _ in range(2)]
        self._keep_or_free(saved, training, *statistics)
        return result

    def _attention(self, normed: Block, saved: list[Block], training: bool) -> Block:
        shape = self.shape
        del normed
        projections = []
        with self._module("forward", ATTENTION, 31):
            for line in (22, 23, 24):
                with self._call("project", ATTENTION, line):
                    projections.append(self._new(shape.activation, "mm"))
        with self._module("forward", ATTENTION, 36):
            scores = self._new(shape.scores, "bmm")
            scaled = self._new(shape.scores, "div_Tensor")
            self._free(scores)
        with self._module("forward", ATTENTION, 37):
            masked = self._new(shape.scores, "masked_fill_Scalar")
            self._free(scaled)
        with self._module("forward", ATTENTION, 38):
            weights = self._new(shape.scores, "_softmax")
            self._free(masked)
        with self._module("forward", ATTENTION, 39), self._module(
            "forward", f"{TORCH}/nn/modules/dropout.py", 73
        ):
            dropped = self._new(shape.scores, "native_dropout")
            mask = self._new(shape.scores // 4, "native_dropout")
        with self._module("forward", ATTENTION, 41):
            context = self._new(shape.activation, "bmm")
            joined = self._new(shape.activation, "clone")
            self._free(context)
        with self._module("forward", ATTENTION, 43):
            result = self._new(shape.activation, "mm")
        self._keep_or_free(saved, training, *projections, weights, mask, dropped, joined)
        return result

    def _feed_forward(self, saved: list[Block], training: bool) -> Block:
        wide = 4 * self.shape.activation
        with self._compiled(), self._module("forward", MODEL, 18):
            up = self._new(wide, "mm")
        with self._compiled(), self._module("forward", MODEL, 19):
            activated = self._new(wide, "gelu")
        with self._module("forward", MODEL, 20):
            result = self._new(self.shape.activation, "mm")
        self._keep_or_free(saved, training, up, activated)
        return result

    def _loss(self, saved: list[Block], logits: Block) -> Block:
        with self._call("cross_entropy", f"{TORCH}/nn/functional.py", 3458):
            probabilities = self._new(self.shape.logits, "_log_softmax")
            loss = self._new(4, "nll_loss_forward")
        self._free(logits)
        saved.append(probabilities)
        self.losses.append(self._new(4, "clone"))
        return loss

    def _backward(self, saved: list[Block]) -> None:
        """Walks the layers in reverse: a node makes its input's gradient and releases what forward saved."""
        shape = self.shape
        gradients: list[Block] = []
        activation = shape.activation
        gradient = self._node(shape.logits, "_log_softmax_backward_data", "LogSoftmaxBackward0")
        self._release(saved, 1, "LogSoftmaxBackward0")
        gradients.append(self._node(4 * shape.vocabulary * shape.width, "mm", "MmBackward0"))
        gradient = self._replace(gradient, activation, "mm", "MmBackward0")
        gradient = self._norm_backward(gradient, saved, gradients, released=4)
        for _ in range(shape.layers):
            gradient = self._feed_forward_backward(gradient, saved, gradients)
            gradient = self._attention_backward(gradient, saved, gradients)
        gradients.append(
            self._node(4 * shape.vocabulary * shape.width, "embedding_dense_backward", "EmbeddingBackward0")
        )
        gradients.append(self._node(4 * shape.sequence * shape.width, "sum_dim_IntList", "AddBackward0"))
        self._release_one(gradient, "EmbeddingBackward0")
        self._release(saved, len(saved), "EmbeddingBackward0")
        self.gradients = gradients

    def _norm_backward(
        self, gradient: Block, saved: list[Block], gradients: list[Block], released: int
    ) -> Block:
        gradients.append(
            self._node(4 * self.shape.width, "native_layer_norm_backward", "NativeLayerNormBackward0")
        )
        gradient = self._replace(
            gradient, self.shape.activation, "native_layer_norm_backward", "NativeLayerNormBackward0"
        )
        self._release(saved, released, "NativeLayerNormBackward0")
        return gradient

    def _feed_forward_backward(self, gradient: Block, saved: list[Block], gradients: list[Block]) -> Block:
        wide, weight = 4 * self.shape.activation, 16 * self.shape.width**2
        gradients.append(self._node(weight, "mm", "MmBackward0"))
        inner = self._node(wide, "mm", "MmBackward0")
        inner = self._replace(inner, wide, "gelu_backward", "GeluBackward0")
        self._release(saved, 2, "GeluBackward0")
        gradients.append(self._node(weight, "mm", "MmBackward0"))
        branch = self._replace(inner, self.shape.activation, "mm", "MmBackward0")
        branch = self._norm_backward(branch, saved, gradients, released=2)
        total = self._node(self.shape.activation, "add_Tensor", "AddBackward0")
        self._release_one(branch, "AddBackward0")
        self._release_one(gradient, "AddBackward0")
        return total

    def _attention_backward(self, gradient: Block, saved: list[Block], gradients: list[Block]) -> Block:
        shape = self.shape
        square = 4 * shape.width**2
        gradients.append(self._node(square, "mm", "MmBackward0"))
        context = self._node(shape.activation, "mm", "MmBackward0")
        self._release(saved, 2, "MmBackward0")
        scores = self._node(shape.scores, "bmm", "BmmBackward0")
        values = self._node(shape.activation, "bmm", "BmmBackward0")
        self._release_one(context, "BmmBackward0")
        scores = self._replace(scores, shape.scores, "native_dropout_backward", "NativeDropoutBackward0")
        self._release(saved, 2, "NativeDropoutBackward0")
        scores = self._replace(scores, shape.scores, "_softmax_backward_data", "SoftmaxBackward0")
        self._release(saved, 1, "SoftmaxBackward0")
        scores = self._replace(scores, shape.scores, "masked_fill_Scalar", "MaskedFillBackward0")
        scores = self._replace(scores, shape.scores, "div_Tensor", "DivBackward0")
        branches = [values, *(self._node(shape.activation, "bmm", "BmmBackward0") for _ in range(2))]
        self._release_one(scores, "BmmBackward0")
        self._release(saved, 3, "BmmBackward0")
        total: Block | None = None
        for branch in branches:
            gradients.append(self._node(square, "mm", "MmBackward0"))
            part = self._replace(branch, shape.activation, "mm", "MmBackward0")
            total = part if total is None else self._add_branch(total, part)
        assert total is not None
        total = self._norm_backward(total, saved, gradients, released=3)
        return self._add_branch(gradient, total)

    def _add_branch(self, left: Block, right: Block) -> Block:
        total = self._node(self.shape.activation, "add_Tensor", "AddBackward0")
        self._release_one(left, "AddBackward0")
        self._release_one(right, "AddBackward0")
        return total

    def _clip_gradients(self) -> None:
        with self._call("clip_grad_norm_", f"{TORCH}/nn/utils/clip_grad.py", 235):
            norms = [self._new(4, "linalg_vector_norm") for _ in self.gradients]
            total = self._new(4 * len(norms), "stack")
            for block in norms:
                self._free(block)
            coefficient = self._new(4, "reciprocal")
            self._free(total)
            self._free(coefficient)

    def _optimizer_step(self) -> None:
        first = not self.moments
        with self._call("wrapper", f"{TORCH}/optim/optimizer.py", 517), self._call("step", OPTIMIZER, 232):
            for _, size in self.shape.parameters():
                if first:
                    with self._call("_init_group", OPTIMIZER, 175):
                        self.moments += [self._new(size, "zeros_like"), self._new(size, "zeros_like")]
            with self._call("_multi_tensor_adam", f"{TORCH}/optim/adam.py", 668):
                roots = [self._new(size, "_foreach_sqrt") for _, size in self.shape.parameters()]
                # Allocates one small tensor of step sizes for each parameter, then frees the roots. Both vectors are
                # destroyed from front to back.
                steps = [self._new(4, "_foreach_reciprocal") for _ in roots]
                for block in roots + steps:
                    self._free(block)

    def _log_metrics(self) -> None:
        with self._call("log_metrics", f"{PROJECT}/metrics.py", 27):
            copy = self._new(4, "_to_copy", METRICS_STREAM)
            self.allocator.used_by(copy, DEFAULT_STREAM)
            self._free(copy, delay=3)
            if len(self.losses) > 1:
                self._free(self.losses.pop(0))

    # ---- tensors and stacks ----

    def _new(self, size: int, operator: str, stream: int = DEFAULT_STREAM) -> Block:
        return self.allocator.allocate(
            size, stream, self._frames(MALLOC + call_stacks.forward_operator(operator) + self._interleaved())
        )

    def _free(self, block: Block, delay: int = 8) -> None:
        self.allocator.free(block, self._frames(RELEASE + DEALLOC + self._interleaved()), delay)

    def _node(self, size: int, operator: str, node: str) -> Block:
        return self.allocator.allocate(
            size, DEFAULT_STREAM, self._frames(MALLOC + call_stacks.backward_operator(operator, node))
        )

    def _release_one(self, block: Block, node: str) -> None:
        apply: Place = (f"torch::autograd::generated::{node}::apply(std::vector<at::Tensor>&&)", "??", 0)
        self.allocator.free(block, self._frames([*RELEASE, apply, *ENGINE]))

    def _release(self, saved: list[Block], count: int, node: str) -> None:
        """Frees the saved tensors of a node after it has run, the latest first."""
        variables: Place = (f"torch::autograd::generated::{node}::release_variables()", ":0", 0)
        for _ in range(min(count, len(saved))):
            self.allocator.free(saved.pop(), self._frames([*RELEASE, variables, *ENGINE[1:]]))

    def _replace(self, gradient: Block, size: int, operator: str, node: str) -> Block:
        fresh = self._node(size, operator, node)
        self._release_one(gradient, node)
        return fresh

    def _keep_or_free(self, saved: list[Block], training: bool, *blocks: Block) -> None:
        if training:
            saved.extend(blocks)
            return
        for block in blocks:
            self._free(block)

    def _frames(self, places: list[Place]) -> call_stacks.Frames | None:
        return self.library.stack(GATHER + places) if self.recording_stacks else None

    def _interleaved(self) -> list[Place]:
        return call_stacks.interleave(self._python)

    @contextmanager
    def _call(self, name: str, filename: str, line: int) -> Iterator[None]:
        self._python.insert(0, (name, filename, line))
        yield from self._leave(1)

    @contextmanager
    def _module(self, name: str, filename: str, line: int) -> Iterator[None]:
        """A call through nn.Module.__call__."""
        self._python[:0] = [(name, filename, line), *MODULE_CALL]
        yield from self._leave(1 + len(MODULE_CALL))

    def _leave(self, frames: int) -> Iterator[None]:
        try:
            yield
        finally:
            del self._python[:frames]

    @contextmanager
    def _compiled(self) -> Iterator[None]:
        before, self.allocator.compile_context = self.allocator.compile_context, "Torch-Compiled Region: 0/0"
        try:
            yield
        finally:
            self.allocator.compile_context = before

    @contextmanager
    def _span(self, name: str) -> Iterator[None]:
        self._annotate(name, "START")
        try:
            yield
        finally:
            self._annotate(name, "END")

    def _annotate(self, name: str, stage: str) -> None:
        if self.allocator.recorder is not None:
            self.annotations.append(annotation(name, stage, self.device, self.allocator.clock.tick()))


def annotation(name: str, stage: str, device: int, time_us: int) -> dict[str, Any]:
    """An external annotation. As in PyTorch, its keys are strings that no other annotation shares."""
    values: list[tuple[str, Any]] = [
        ("name", name),
        ("stage", stage),
        ("device", device),
        ("time_us", time_us),
    ]
    return {call_stacks.fresh(key): value for key, value in values}


def allocator_settings() -> dict[str, Any]:
    """`allocator_settings` of a process that sets nothing."""
    return {
        "PYTORCH_CUDA_ALLOC_CONF": "",
        "max_split_size": -1,
        "garbage_collection_threshold": 0.0,
        "expandable_segments": False,
        "pinned_num_register_threads": 1,
        "release_lock_on_cudamalloc": False,
        "pinned_use_cuda_host_register": False,
        "graph_capture_record_stream_reuse": False,
        "roundup_power2_divisions": {str(1 << power): 0 for power in range(16)},
    }
