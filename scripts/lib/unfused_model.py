"""The modelled training run with hand-written layers, as research code has them.

Norm, rotary positions, softmax and gating consist of single operators. A layer then has about a hundred different
stacks, while the fused layers of `TrainingRun` repeat a few. In recordings of such programs, the last equal stack is
usually further away than gzip looks back, and neighbouring stacks have little in common but the frames of the script.
"""

from __future__ import annotations

from binascii import crc32
from dataclasses import dataclass

from lib.allocator import Block
from lib.call_stacks import GATHER, INLINED, MALLOC, PROJECT, TORCH, Frames, Place
from lib.training_model import ATTENTION, MODEL, TrainingRun

NORM = f"{PROJECT}/norm.py"
ROTARY = f"{PROJECT}/rotary.py"
FUNCTIONAL = f"{PROJECT}/functional.py"
OPERATOR_FRAMES = 10  # about the number of frames of an operator; those of the interpreter follow
NODES = {
    "mm": "MmBackward0",
    "bmm": "BmmBackward0",
    "mul_Tensor": "MulBackward0",
    "add_Tensor": "AddBackward0",
    "sub_Tensor": "SubBackward0",
    "div_Tensor": "DivBackward0",
    "pow_Tensor_Scalar": "PowBackward0",
    "mean_dim": "MeanBackward1",
    "rsqrt": "RsqrtBackward0",
    "stack": "StackBackward0",
    "masked_fill_Scalar": "MaskedFillBackward0",
    "exp": "ExpBackward0",
    "sum_dim_IntList": "SumBackward1",
    "sigmoid": "SigmoidBackward0",
    "clone": "CloneBackward0",
}


@dataclass(frozen=True)
class Step:
    """The backward work of one operator. It allocates a gradient of `size` bytes and, if its size is not 0, one of a
    parameter. Then it frees the tensors that forward saved after the first `saved_before`."""

    operator: str
    size: int
    parameter: int
    saved_before: int

    @property
    def node(self) -> str:
        return NODES[self.operator]


class UnfusedRun(TrainingRun):
    """Layers of single operators, and an autograd tape that the backward pass runs from its end."""

    _tape: list[Step]
    inlined_frames = 16

    def _frames(self, places: list[Place]) -> Frames | None:
        """Adds inlined frames between those of the operator. Each operator is compiled differently, so most of these
        frames have an address, and therefore a frame dict, that no other operator has."""
        if not self.recording_stacks:
            return None
        operator = places[len(MALLOC)][0]
        place_of = crc32(operator.encode())
        frames = self.library.stack(GATHER)
        for depth, place in enumerate(places):
            frames.append(self.library.frame(place))
            if depth >= OPERATOR_FRAMES:
                continue
            for number in range(self._inlined_below(place_of, depth)):
                inlined = INLINED[(place_of + 5 * depth + number) % len(INLINED)]
                frames.append(self.library.frame(inlined, operator if depth % 3 == 1 else ""))
        return frames

    def _inlined_below(self, place_of: int, depth: int) -> int:
        """A number of frames from 0 to 3, chosen so that all depths together have about `inlined_frames`."""
        return (place_of >> 2 * depth & 3) * self.inlined_frames // 15

    def _forward(self, training: bool) -> tuple[list[Block], Block]:
        self._tape = []
        return super()._forward(training)

    def _operator(self, saved: list[Block], operator: str, size: int, parameter: int = 0) -> Block:
        self._tape.append(Step(operator, size, parameter, len(saved)))
        return self._new(size, operator)

    def _norm(self, source: Block, saved: list[Block], training: bool) -> Block:
        del source  # the caller decides how long the input lives
        shape = self.shape
        with self._module("forward", NORM, 21):
            squares = self._operator(saved, "pow_Tensor_Scalar", shape.activation)
            mean = self._operator(saved, "mean_dim", shape.statistics)
            self._free(squares)
        with self._module("forward", NORM, 22):
            shifted = self._operator(saved, "add_Tensor", shape.statistics)
            self._free(mean)
            scale = self._operator(saved, "rsqrt", shape.statistics)
            self._free(shifted)
        with self._module("forward", NORM, 23):
            scaled = self._operator(saved, "mul_Tensor", shape.activation)
            self._keep_or_free(saved, training, scale)
        with self._module("forward", NORM, 24):
            result = self._operator(saved, "mul_Tensor", shape.activation, 4 * shape.width)
            self._keep_or_free(saved, training, scaled)
        return result

    def _attention(self, normed: Block, saved: list[Block], training: bool) -> Block:
        shape, square = self.shape, 4 * self.shape.width**2
        del normed
        projections = []
        for line in (31, 32, 33):
            with self._module("forward", ATTENTION, line):
                projections.append(self._projection(saved, shape.activation, square))
        query, key = (
            self._rotated(block, saved, training, line)
            for block, line in zip(projections[:2], (35, 36), strict=True)
        )
        with self._module("forward", ATTENTION, 38):
            positions = self._new(8 * shape.sequence, "arange")
        with self._module("forward", ATTENTION, 39):
            mask = self._new(shape.sequence**2, "ge_Tensor")
            self._free(positions)
        with self._module("forward", ATTENTION, 41):
            context = self._weighted_values(saved, training)
        self._keep_or_free(saved, training, query, key, projections[2])
        self._free(mask)
        with self._module("forward", ATTENTION, 42):
            joined = self._operator(saved, "clone", shape.activation)
            self._free(context)
        with self._module("forward", ATTENTION, 43):
            result = self._projection(saved, shape.activation, square)
        self._keep_or_free(saved, training, joined)
        return result

    def _projection(self, saved: list[Block], size: int, parameter: int) -> Block:
        with self._module("forward", f"{PROJECT}/linear.py", 19), self._call(
            "einsum", f"{TORCH}/functional.py", 373
        ):
            return self._operator(saved, "mm", size, parameter)

    def _rotated(self, source: Block, saved: list[Block], training: bool, line: int) -> Block:
        """Rotary positions: both halves times cosine and sine, put together again."""
        half = self.shape.activation // 2
        with self._module("forward", ATTENTION, line):
            halves = []
            for combine, at in (("sub_Tensor", 27), ("add_Tensor", 28)):
                with self._module("forward", ROTARY, at):
                    products = [self._operator(saved, "mul_Tensor", half) for _ in range(2)]
                    halves.append(self._operator(saved, combine, half))
                    self._free(products[0])
                    self._free(products[1])
            with self._module("forward", ROTARY, 30):
                result = self._operator(saved, "stack", self.shape.activation)
            for block in halves:
                self._free(block)
        with self._module("forward", ATTENTION, line):
            self._keep_or_free(saved, training, source)
        return result

    def _weighted_values(self, saved: list[Block], training: bool) -> Block:
        shape = self.shape
        with self._call("attend", FUNCTIONAL, 27), self._call("einsum", f"{TORCH}/functional.py", 373):
            scores = self._operator(saved, "bmm", shape.scores)
        with self._call("attend", FUNCTIONAL, 28):
            scaled = self._operator(saved, "div_Tensor", shape.scores)
            self._free(scores)
        with self._call("attend", FUNCTIONAL, 30):
            masked = self._operator(saved, "masked_fill_Scalar", shape.scores)
            self._free(scaled)
        with self._call("attend", FUNCTIONAL, 32):
            weights = self._softmax(masked, saved, training)
        with self._call("attend", FUNCTIONAL, 33), self._call("einsum", f"{TORCH}/functional.py", 373):
            context = self._operator(saved, "bmm", shape.activation)
        with self._call("attend", FUNCTIONAL, 33):
            self._keep_or_free(saved, training, weights)
        return context

    def _softmax(self, source: Block, saved: list[Block], training: bool) -> Block:
        rows = 4 * self.shape.batch * self.shape.heads * self.shape.sequence
        with self._call("softmax", FUNCTIONAL, 11):
            largest = self._new(rows, "amax")
            shifted = self._operator(saved, "sub_Tensor", self.shape.scores)
            self._free(largest)
        with self._call("softmax", FUNCTIONAL, 12):
            powers = self._operator(saved, "exp", self.shape.scores)
            self._free(shifted)
        with self._call("softmax", FUNCTIONAL, 13):
            total = self._operator(saved, "sum_dim_IntList", rows)
            weights = self._operator(saved, "div_Tensor", self.shape.scores)
        with self._call("softmax", FUNCTIONAL, 13):
            self._keep_or_free(saved, training, powers, total)
        self._free(source)
        return weights

    def _feed_forward(self, saved: list[Block], training: bool) -> Block:
        wide, weight = 4 * self.shape.activation, 16 * self.shape.width**2
        with self._module("forward", MODEL, 18):
            gate = self._projection(saved, wide, weight)
            with self._call("silu", FUNCTIONAL, 5):
                sigmoid = self._operator(saved, "sigmoid", wide)
                activated = self._operator(saved, "mul_Tensor", wide)
                self._keep_or_free(saved, training, sigmoid)
        with self._module("forward", MODEL, 19):
            up = self._projection(saved, wide, weight)
            product = self._operator(saved, "mul_Tensor", wide)
            self._keep_or_free(saved, training, up)
        with self._module("forward", MODEL, 20):
            result = self._projection(saved, self.shape.activation, weight)
        self._keep_or_free(saved, training, gate, activated, product)
        return result

    def _backward(self, saved: list[Block]) -> None:
        """Runs the tape backwards: a node makes its input's gradient and releases the tensors that forward saved."""
        shape, table = self.shape, 4 * self.shape.vocabulary * self.shape.width
        gradient = self._node(shape.logits, "_log_softmax_backward_data", "LogSoftmaxBackward0")
        self._release(saved, 1, "LogSoftmaxBackward0")
        self.gradients = [self._node(table, "mm", "MmBackward0")]
        for step in reversed(self._tape):
            if step.parameter:
                self.gradients.append(self._node(step.parameter, step.operator, step.node))
            gradient = self._replace(gradient, step.size, step.operator, step.node)
            self._release(saved, len(saved) - step.saved_before, step.node)
        self.gradients.append(self._node(table, "embedding_dense_backward", "EmbeddingBackward0"))
        self._release_one(gradient, "EmbeddingBackward0")
        self._release(saved, len(saved), "EmbeddingBackward0")
