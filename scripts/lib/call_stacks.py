"""Call stacks as PyTorch records them with `stacks="all"`: C++ frames, with each Python frame put in between.

As in real snapshots, stacks with a frame in common share its dict, each captured traceback has a list of its own,
and each frame has its own text objects, so that a pickle repeats equal texts. Index 0 is the innermost frame.
"""

from __future__ import annotations

from typing import Any

Frames = list[dict[str, Any]]
Place = tuple[str, str, int]  # name, filename, line

TORCH = "/opt/venv/lib/python3.12/site-packages/torch"
PROJECT = "/home/ada/tinylm"

GATHER: list[Place] = [
    ("torch::unwind::unwind()", "??", 0),
    ("torch::CapturedTraceback::gather(bool, bool, bool)", "??", 0),
    ("torch::cuda::(anonymous namespace)::gather_with_cpp()", "memory_snapshot.cpp", 0),
]
MALLOC: list[Place] = [
    (
        "c10::cuda::CUDACachingAllocator::Native::DeviceCachingAllocator::malloc("
        "unsigned long, CUstream_st*)",
        "CUDACachingAllocator.cpp",
        0,
    ),
    ("c10::cuda::CUDACachingAllocator::Native::NativeCachingAllocator::allocate(unsigned long)", ":0", 0),
    (
        "at::detail::empty_generic(c10::ArrayRef<long>, c10::Allocator*, c10::DispatchKeySet, "
        "c10::ScalarType, "
        "std::optional<c10::MemoryFormat>)",
        "??",
        0,
    ),
    ("at::detail::empty_cuda(c10::ArrayRef<long>, c10::TensorOptions const&)", "??", 0),
]
RELEASE: list[Place] = [
    (
        "c10::cuda::CUDACachingAllocator::Native::DeviceCachingAllocator::free(Block*)",
        "CUDACachingAllocator.cpp",
        0,
    ),
    ("c10::cuda::CUDACachingAllocator::Native::local_raw_delete(void*)", ":0", 0),
    ("c10::StorageImpl::~StorageImpl()", ":0", 0),
    ("c10::TensorImpl::~TensorImpl()", "TensorImpl.cpp", 0),
]
DEALLOC: list[Place] = [
    ("THPVariable_clear(THPVariable*)", "python_variable.cpp", 0),
    ("THPVariable_dealloc(_object*)", "python_variable.cpp", 0),
    ("subtype_dealloc", "??", 0),
]
ENGINE: list[Place] = [
    ("torch::autograd::Node::operator()(std::vector<at::Tensor>&&)", ":0", 0),
    (
        "torch::autograd::Engine::evaluate_function(std::shared_ptr<torch::autograd::GraphTask>&, "
        "torch::autograd::Node*, torch::autograd::InputBuffer&)",
        "??",
        0,
    ),
    ("torch::autograd::Engine::thread_main(std::shared_ptr<torch::autograd::GraphTask> const&)", "??", 0),
    (
        "torch::autograd::python::PythonEngine::thread_init(int, "
        "std::shared_ptr<torch::autograd::ReadyQueue> const&, "
        "bool)",
        "??",
        0,
    ),
    ("execute_native_thread_routine", "??", 0),
    ("start_thread", "pthread_create.c", 447),
    ("__clone3", "clone3.S", 78),
]
PROGRAM_START: list[Place] = [
    ("PyEval_EvalCode", "??", 0),
    ("pyrun_file", "pythonrun.c", 0),
    ("Py_RunMain", "??", 0),
    ("main", "??", 0),
    ("__libc_start_main", "??", 0),
    ("_start", "??", 0),
]
EVAL: Place = ("_PyEval_EvalFrameDefault", "??", 0)
CALL: Place = ("_PyObject_Call_Prepend", "??", 0)
# Inlined frames of the dispatcher and of reference counting, which debug symbols add to every stack.
INLINED: list[Place] = [
    (name, source, 0)
    for name, source in (
        (
            "c10::impl::wrap_kernel_functor_unboxed_<c10::impl::detail::WrapFunctionIntoFunctor_>::call",
            "kernel.h",
        ),
        ("at::TensorIteratorBase::allocate_or_resize_outputs()", "TensorIterator.cpp"),
        ("at::TensorIteratorBase::build(at::TensorIteratorConfig&)", "TensorIterator.cpp"),
        (
            "c10::KernelFunction::call(c10::OperatorHandle const&, c10::DispatchKeySet) const",
            "KernelFunction_impl.h",
        ),
        (
            "c10::Dispatcher::redispatch(c10::TypedOperatorHandle const&, c10::DispatchKeySet) const",
            "Dispatcher.h",
        ),
        ("c10::TypedOperatorHandle::redispatch(c10::DispatchKeySet) const", "Dispatcher.h"),
        ("c10::Dispatcher::call(c10::TypedOperatorHandle const&) const", "Dispatcher.h"),
        ("c10::TypedOperatorHandle::call() const", "Dispatcher.h"),
        ("c10::intrusive_ptr<c10::StorageImpl>::reset_()", "intrusive_ptr.h"),
        ("c10::intrusive_ptr<c10::TensorImpl>::~intrusive_ptr()", "intrusive_ptr.h"),
        ("at::Tensor::~Tensor()", "TensorBody.h"),
        ("std::vector<at::Tensor>::~vector()", "stl_vector.h"),
        ("std::_Destroy<at::Tensor*>(at::Tensor*, at::Tensor*)", "stl_construct.h"),
        ("std::function<void ()>::operator()() const", "std_function.h"),
        ("c10::InferenceMode::InferenceMode(bool)", "InferenceMode.h"),
        ("torch::PythonArgs::tensor(int)", "python_arg_parser.h"),
    )
]
MODULE_CALL: list[Place] = [
    ("_call_impl", f"{TORCH}/nn/modules/module.py", 1784),
    ("_wrapped_call_impl", f"{TORCH}/nn/modules/module.py", 1773),
]


class StackLibrary:
    """Makes frame lists. Equal pairs of place and `site` share one frame dict."""

    def __init__(self) -> None:
        self._frames: dict[tuple[Place, str], dict[str, Any]] = {}

    def stack(self, places: list[Place]) -> Frames:
        return [self.frame(place) for place in places]

    def frame(self, place: Place, site: str = "") -> dict[str, Any]:
        if (place, site) not in self._frames:
            name, filename, line = place
            self._frames[place, site] = {"name": fresh(name), "filename": fresh(filename), "line": line}
        return self._frames[place, site]


def fresh(text: str) -> str:
    """A new string object with this text, which no other value shares."""
    return text.encode().decode()


def signature(operator: str) -> str:
    """The C++ parameter list in the frame name of `operator`."""
    binary = {"mm", "bmm", "mul_Tensor", "div_Tensor", "add_Tensor"}
    return "(at::Tensor const&, at::Tensor const&)" if operator in binary else "(at::Tensor const&)"


def forward_operator(operator: str) -> list[Place]:
    """An operator called from Python, innermost first."""
    arguments = signature(operator)
    short = operator.split("_")[0] if operator.endswith(("_Tensor", "_Scalar", "_int")) else operator
    return [
        (f"at::(anonymous namespace)::wrapper_CUDA_{operator}{arguments}", "RegisterCUDA_0.cpp", 0),
        (f"at::_ops::{operator}::redispatch(c10::DispatchKeySet, {arguments[1:]}", "??", 0),
        (
            f"torch::autograd::VariableType::(anonymous namespace)::{operator}"
            f"(c10::DispatchKeySet, {arguments[1:]}",
            "VariableType_0.cpp",
            0,
        ),
        (f"at::_ops::{operator}::call{arguments}", "??", 0),
        (
            f"torch::autograd::THPVariable_{short}(_object*, _object*, _object*)",
            "python_torch_functions_0.cpp",
            0,
        ),
    ]


def backward_operator(operator: str, node: str) -> list[Place]:
    """An operator called by an autograd node in the engine's thread; no Python frames there."""
    arguments = signature(operator)
    return [
        (f"at::(anonymous namespace)::wrapper_CUDA_{operator}{arguments}", "RegisterCUDA_0.cpp", 0),
        (f"at::_ops::{operator}::redispatch(c10::DispatchKeySet, {arguments[1:]}", "??", 0),
        (f"at::_ops::{operator}::call{arguments}", "??", 0),
        (f"torch::autograd::generated::{node}::apply(std::vector<at::Tensor>&&)", "??", 0),
        *ENGINE,
    ]


def interleave(python: list[Place]) -> list[Place]:
    """Python frames between the frames of the interpreter, down to the start of the program.

    Each Python frame is just before the interpreter frame that runs it. The C stack of a script has one interpreter
    frame less than Python frames, so `<module>` comes last and has none.
    """
    places: list[Place] = []
    for frame in python[:-1]:
        places += [frame, EVAL]
        if frame[0] in ("_wrapped_call_impl", "wrapper"):
            places.append(CALL)
    return places + PROGRAM_START + python[-1:]
