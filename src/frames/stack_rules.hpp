// The rules that classify frames, as one table. A row has the kind of comparison (RuleKind), the text to
// compare with, the meaning of a match, and the reason for the row. The kinds are applied in the order of
// RuleKind. Within a kind at most one row matches, so their order does not matter.
//
// Paths are compared by whole components joined by '/', without "." and "..". Paths of Windows (a drive
// letter or a backslash) are compared in lower case, so texts that can match them are in lower case too.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "frames/frame_text.hpp"

namespace snapq::frames {

enum class RuleKind : std::uint8_t {
    // The language of a frame.
    extension,  // the file name ends in ".TEXT"
    // Python frames, by filename.
    pseudo_file,           // the filename begins with "<TEXT"; any other "<…" is generated code
    generated_directory,   // a directory's name begins with TEXT
    packages_root,         // a directory named TEXT contains installed packages; the last one counts
    packages_root_suffix,  // the same for directories whose names end in TEXT
    installed,        // TEXT directly below the packages' root; a package without a row is an ordinary one
    python_home,      // "lib" below a directory beginning with TEXT is the standard library
    standard_module,  // TEXT directly below "Lib" on Windows, or at the start of a relative path (embedded
                      // Python)
    source_tree,      // TEXT anywhere in the path, for trees that no package manager installed
    // Names of operators, at::_ops::NAME.
    op_overload,  // NAME is OP_TEXT
    op_whole,     // NAME seems to end in an overload but does not
    op_helper,    // OP begins with TEXT, after "_" and "new_": it allocates for another op
    // Work of autograd.
    engine_step,  // not the work of one node: torch::autograd::TEXT…, or the method TEXT of any node
    python_node,  // a function named backward below TEXT is CompiledFunctionBackward
};

enum class Meaning : std::uint8_t {
    cpp,               // not a Python frame
    python,            // a Python frame, also when the name looks like C++
    torch,             // never a site
    helper,            // never a site: called between the program and torch
    generated,         // never a site: not a file that a person can edit
    standard_library,  // never a site
    package,           // can be a site, but not a user frame
    user,              // can be a site and a user frame
    op,
    node,
};

struct Rule {
    RuleKind kind;
    std::string_view text;
    Meaning meaning;
    std::string_view why;
};

// A namespace of its own for the using-declarations, so that the rows need no "RuleKind::" and "Meaning::".
namespace rule_table {

using enum RuleKind;
using enum Meaning;

// clang-format off
inline constexpr Rule k_stack_rules[] = {
    {extension, "py", python, "Python source"},
    {extension, "pyc", python, "Python without its source"},
    {extension, "pyw", python, "Python source without a console, on Windows"},
    {extension, "ipynb", python, "some editors name a cell's notebook"},
    {extension, "c", cpp, "CPython and C extensions"},
    {extension, "cc", cpp, "C++ source"},
    {extension, "cpp", cpp, "C++ source; nvcc's tmpxft_….cudafe1.cpp too"},
    {extension, "cxx", cpp, "C++ source"},
    {extension, "cu", cpp, "CUDA source"},
    {extension, "hip", cpp, "ROCm source"},
    {extension, "h", cpp, "inlined functions of headers; generated_cases.c.h"},
    {extension, "hh", cpp, "C++ header"},
    {extension, "hpp", cpp, "C++ header"},
    {extension, "hxx", cpp, "C++ header"},
    {extension, "cuh", cpp, "CUDA header"},
    {extension, "inc", cpp, "included C++ source"},
    {extension, "inl", cpp, "included C++ source"},
    {extension, "ipp", cpp, "included C++ source"},
    {extension, "tcc", cpp, "libstdc++ templates"},
    {extension, "S", cpp, "glibc's clone3.S"},
    {extension, "s", cpp, "assembler"},
    {extension, "asm", cpp, "assembler"},
    {extension, "m", cpp, "Objective-C"},
    {extension, "mm", cpp, "Objective-C++"},
    {extension, "rs", cpp, "Rust extensions such as tokenizers"},
    {extension, "pyx", cpp, "Cython: compiled, with line directives"},
    {extension, "pxd", cpp, "Cython"},
    {extension, "o", cpp, "libstdc++'s thread48.o"},
    {extension, "so", cpp, "shared library without debug information; also .so.6"},
    {extension, "dylib", cpp, "shared library"},
    {extension, "dll", cpp, "shared library"},
    {extension, "pyd", cpp, "extension module on Windows"},
    {extension, "exe", cpp, "program"},

    {pseudo_file, "frozen ", standard_library, "importlib, runpy, os inside the interpreter"},
    {pseudo_file, "ipython-input-", user, "notebook cell, older IPython and Colab"},
    {pseudo_file, "timed exec>", user, "notebook cell under %%time"},
    {pseudo_file, "timed eval>", user, "expression under %time"},
    {pseudo_file, "magic-timeit>", user, "notebook cell under %%timeit"},
    {pseudo_file, "command-", user, "Databricks notebook cell"},
    {pseudo_file, "stdin>", user, "typed at the interpreter, or piped into it"},
    {pseudo_file, "python-input-", user, "typed at the interpreter, since Python 3.13"},
    {pseudo_file, "console>", user, "typed at code.interact()"},
    {pseudo_file, "input>", user, "typed at bpython or ptpython"},
    {pseudo_file, "doctest ", user, "example in a docstring"},
    {pseudo_file, "torch_package_", user, "model code loaded by torch.package"},

    {generated_directory, "torchinductor_", generated, "inductor's cache, /tmp/torchinductor_USER"},
    {generated_directory, "torch_compile_debug", generated, "inductor with TORCH_COMPILE_DEBUG"},
    {generated_directory, "torch_compile_cache", generated, "vLLM's directory for inductor's cache"},
    {generated_directory, ".triton", generated, "Triton's cache of kernels and launchers"},

    {packages_root, "site-packages", package, "pip, conda, virtual environments"},
    {packages_root, "dist-packages", package, "Debian's and Colab's python3"},
    {packages_root, "transformers_modules", package, "model code that transformers downloaded"},
    {packages_root_suffix, ".egg", package, "setuptools' zipped or unzipped eggs"},
    {packages_root_suffix, ".whl", package, "wheels as pex unpacks them"},
    {packages_root_suffix, ".exe", package, "console script on Windows: X.exe/__main__.py"},

    {installed, "torch", torch, "torch itself"},
    {installed, "torchgen", torch, "shipped with torch"},
    {installed, "functorch", torch, "shipped with torch"},
    {installed, "torch_npu", torch, "replaces torch's functions by Ascend's"},
    {installed, "torch_musa", torch, "replaces torch's functions by MUSA's"},
    {installed, "triton", helper, "launches kernels for the line that called it"},
    {installed, "einops", helper, "rearrange(), used instead of torch's reshape()"},
    {installed, "einx", helper, "as einops"},
    {installed, "opt_einsum", helper, "as einops"},
    {installed, "accelerate/hooks.py", helper, "wraps forward() of every module, also torch's"},
    {installed, "tqdm", helper, "a progress bar around the caller's loop"},

    {python_home, "python2", standard_library, "Python27/Lib"},
    {python_home, "python3", standard_library, "Python311/Lib, as python.org's installer writes it"},
    {python_home, "cpython-", standard_library, "uv: cpython-3.10.19-windows-x86_64-none/lib"},
    {python_home, "pypy", standard_library, "PyPy on Windows"},
    {python_home, "pythonsoftwarefoundation.", standard_library, "Python of the Microsoft Store"},
    {python_home, "anaconda", standard_library, "base environment on Windows"},
    {python_home, "miniconda", standard_library, "base environment on Windows"},
    {python_home, "miniforge", standard_library, "base environment on Windows"},
    {python_home, "mambaforge", standard_library, "base environment on Windows"},

    {standard_module, "asyncio", standard_library, "runs the caller's coroutine"},
    {standard_module, "concurrent", standard_library, "runs the caller's function in a pool"},
    {standard_module, "multiprocessing", standard_library, "runs the caller's function"},
    {standard_module, "importlib", standard_library, "imports the caller's module"},
    {standard_module, "unittest", standard_library, "runs the caller's test"},
    {standard_module, "threading.py", standard_library, "runs the caller's function"},
    {standard_module, "contextlib.py", standard_library, "decorator around the caller's function"},
    {standard_module, "functools.py", standard_library, "decorator around the caller's function"},
    {standard_module, "runpy.py", standard_library, "python -m"},
    {standard_module, "copy.py", standard_library, "deepcopy() of a model"},
    {standard_module, "copyreg.py", standard_library, "unpickling"},
    {standard_module, "pickle.py", standard_library, "unpickling"},
    {standard_module, "queue.py", standard_library, "passes a batch between threads"},
    {standard_module, "contextvars.py", standard_library, "runs the caller's function"},
    {standard_module, "cprofile.py", standard_library, "runs the caller's script"},
    {standard_module, "bdb.py", standard_library, "debugger"},
    {standard_module, "pdb.py", standard_library, "debugger"},
    {standard_module, "timeit.py", standard_library, "runs the caller's statement"},
    {standard_module, "weakref.py", standard_library, "finalizers"},

    // A checkout of PyTorch is called pytorch. Elsewhere (pip --target, pex, monorepos) only names count that no
    // other project uses, so that a user's torch/train.py and keras' backend/torch/nn.py are not taken for torch.
    {source_tree, "pytorch/torch", torch, "checkout of PyTorch"},
    {source_tree, "pytorch/functorch", torch, "checkout of PyTorch"},
    {source_tree, "torch/_compile.py", torch, "package torch, however it was installed"},
    {source_tree, "torch/_decomp", torch, "as above"},
    {source_tree, "torch/_dynamo", torch, "as above"},
    {source_tree, "torch/_export", torch, "as above"},
    {source_tree, "torch/_functorch", torch, "as above"},
    {source_tree, "torch/_higher_order_ops", torch, "as above"},
    {source_tree, "torch/_inductor", torch, "as above"},
    {source_tree, "torch/_library", torch, "as above"},
    {source_tree, "torch/_ops.py", torch, "as above"},
    {source_tree, "torch/_prims", torch, "as above"},
    {source_tree, "torch/_prims_common", torch, "as above"},
    {source_tree, "torch/_refs", torch, "as above"},
    {source_tree, "torch/_subclasses", torch, "as above"},
    {source_tree, "torch/_tensor.py", torch, "as above"},
    {source_tree, "torch/amp/autocast_mode.py", torch, "as above"},
    {source_tree, "torch/amp/grad_scaler.py", torch, "as above"},
    {source_tree, "torch/autograd/__init__.py", torch, "as above"},
    {source_tree, "torch/autograd/function.py", torch, "as above"},
    {source_tree, "torch/autograd/grad_mode.py", torch, "as above"},
    {source_tree, "torch/autograd/graph.py", torch, "as above"},
    {source_tree, "torch/cuda/amp", torch, "as above"},
    {source_tree, "torch/cuda/graphs.py", torch, "as above"},
    {source_tree, "torch/cuda/memory.py", torch, "as above"},
    {source_tree, "torch/distributed/_composable", torch, "as above"},
    {source_tree, "torch/distributed/_tensor", torch, "as above"},
    {source_tree, "torch/distributed/c10d_logger.py", torch, "as above"},
    {source_tree, "torch/distributed/distributed_c10d.py", torch, "as above"},
    {source_tree, "torch/distributed/fsdp", torch, "as above"},
    {source_tree, "torch/distributed/tensor", torch, "as above"},
    {source_tree, "torch/functional.py", torch, "as above"},
    {source_tree, "torch/fx/graph_module.py", torch, "as above"},
    {source_tree, "torch/fx/interpreter.py", torch, "as above"},
    {source_tree, "torch/nn/functional.py", torch, "as above"},
    {source_tree, "torch/nn/init.py", torch, "as above"},
    {source_tree, "torch/nn/modules", torch, "as above"},
    {source_tree, "torch/nn/parallel", torch, "as above"},
    {source_tree, "torch/nn/utils", torch, "as above"},
    {source_tree, "torch/optim/adam.py", torch, "as above"},
    {source_tree, "torch/optim/adamw.py", torch, "as above"},
    {source_tree, "torch/optim/lr_scheduler.py", torch, "as above"},
    {source_tree, "torch/optim/optimizer.py", torch, "as above"},
    {source_tree, "torch/optim/sgd.py", torch, "as above"},
    {source_tree, "torch/serialization.py", torch, "as above"},
    {source_tree, "torch/storage.py", torch, "as above"},
    {source_tree, "torch/utils/_contextlib.py", torch, "as above"},
    {source_tree, "torch/utils/_device.py", torch, "as above"},
    {source_tree, "torch/utils/_python_dispatch.py", torch, "as above"},
    {source_tree, "torch/utils/_pytree.py", torch, "as above"},
    {source_tree, "torch/utils/checkpoint.py", torch, "as above"},
    {source_tree, "torch/utils/data", torch, "as above"},
    {source_tree, "triton/python/triton", helper, "checkout of Triton"},
    {source_tree, "triton/runtime/jit.py", helper, "package triton, however it was installed"},

    // An overload that starts with a capital (Tensor, Scalar_out, ScalarList…) needs no row. An unknown overload
    // remains part of the op's name.
    {op_overload, "correction", op, "var, std"},
    {op_overload, "correction_names", op, "var, std"},
    {op_overload, "decimals", op, "round"},
    {op_overload, "deprecated", op, "_convolution"},
    {op_overload, "device", op, "to"},
    {op_overload, "dim", op, "max, mean, all"},
    {op_overload, "dim_dtype", op, "norm"},
    {op_overload, "dim_int", op, "prod"},
    {op_overload, "dim_max", op, "max.out"},
    {op_overload, "dim_min", op, "min.out"},
    {op_overload, "dim_values", op, "kthvalue, mode"},
    {op_overload, "dimname", op, "cumsum"},
    {op_overload, "dims", op, "any, all"},
    {op_overload, "dtype", op, "to, view"},
    {op_overload, "dtype_layout", op, "to"},
    {op_overload, "float", op, "bernoulli_"},
    {op_overload, "float_float", op, "normal"},
    {op_overload, "generator", op, "rand, randn"},
    {op_overload, "generator_with_names", op, "rand, randn"},
    {op_overload, "grad_input", op, "structured backward ops"},
    {op_overload, "int", op, "select, softmax"},
    {op_overload, "low", op, "randint"},
    {op_overload, "low_dtype", op, "randint_like"},
    {op_overload, "low_generator", op, "randint"},
    {op_overload, "memory_format", op, "empty"},
    {op_overload, "mode", op, "searchsorted"},
    {op_overload, "msg", op, "_assert_async"},
    {op_overload, "n_scalar", op, "special polynomials"},
    {op_overload, "names", op, "empty, ones"},
    {op_overload, "names_dim", op, "max, mean"},
    {op_overload, "ord_str", op, "linalg_norm"},
    {op_overload, "other", op, "to"},
    {op_overload, "other_scalar", op, "special_xlog1py"},
    {op_overload, "out", op, "any op with out="},
    {op_overload, "out_mode", op, "div"},
    {op_overload, "output", op, "max_unpool"},
    {op_overload, "padding", op, "conv2d with padding='same'"},
    {op_overload, "periodic", op, "hann_window"},
    {op_overload, "scalar", op, "quantile"},
    {op_overload, "self", op, "where"},
    {op_overload, "self_int", op, "repeat_interleave"},
    {op_overload, "self_scalar", op, "special_xlog1py"},
    {op_overload, "source", op, "set_"},
    {op_overload, "src", op, "scatter"},
    {op_overload, "stable", op, "sort"},
    {op_overload, "start", op, "arange"},
    {op_overload, "start_step", op, "arange"},
    {op_overload, "step", op, "range"},
    {op_overload, "str_ord", op, "linalg_matrix_norm"},
    {op_overload, "tensor_lr", op, "_fused_adamw_"},
    {op_overload, "value", op, "scatter"},
    {op_overload, "values", op, "sort, topk with out="},
    {op_overload, "values_stable", op, "sort with out="},
    {op_overload, "vec", op, "upsample"},
    {op_overload, "x_scalar", op, "special polynomials"},
    {op_whole, "_add_batch_dim", op, "not dim"},
    {op_whole, "_convolution_mode", op, "not mode"},
    {op_whole, "_remove_batch_dim", op, "not dim"},
    {op_whole, "_resize_output", op, "not output"},
    {op_whole, "_sparse_coo_tensor_with_dims", op, "not dims"},
    {op_whole, "affine_grid_generator", op, "not generator"},
    {op_whole, "cudnn_affine_grid_generator", op, "not generator"},
    {op_whole, "dense_dim", op, "not dim"},
    {op_whole, "matrix_H", op, "not a capital"},
    {op_whole, "norm_except_dim", op, "not dim"},
    {op_whole, "numpy_T", op, "not a capital"},
    {op_whole, "refine_names", op, "not names"},
    {op_whole, "sparse_dim", op, "not dim"},
    {op_whole, "take_along_dim", op, "not dim"},
    {op_whole, "unique_dim", op, "not dim"},
    {op_helper, "empty", op, "empty, empty_like, new_empty_strided, _empty_affine_quantized"},
    {op_helper, "resize", op, "resize_, resize_as_, _resize_output_"},

    {engine_step, "InputBuffer::", node, "sum of the gradients of a tensor that was used twice"},
    {engine_step, "release_variables(", node, "frees the saved tensors of any node"},
    {engine_step, "validate_outputs", node, "converts a gradient to its input's shape or type"},
    {engine_step, "Engine::", node, "all other work between two nodes"},
    {python_node, "torch/_functorch/_aot_autograd", node, "torch.compile's node; in C++ it is only a PyNode"},
};
// clang-format on

}  // namespace rule_table

using rule_table::k_stack_rules;

// The table above, indexed for look-ups. Built at the first use, read by any thread. For each kind: a hash
// table for whole texts, and a list for beginnings and ends.
class StackRuleIndex {
public:
    static const StackRuleIndex& get() {
        static const StackRuleIndex index;
        return index;
    }

    [[nodiscard]] std::optional<Meaning> equal(RuleKind kind, std::string_view text) const {
        const auto& rules = m_exact[static_cast<std::size_t>(kind)];
        const auto found = rules.find(text);
        if (found == rules.end()) return std::nullopt;
        return found->second;
    }

    [[nodiscard]] const Rule* beginning_of(RuleKind kind, std::string_view text) const {
        return find(kind, [&](const Rule& rule) { return text.starts_with(rule.text); });
    }

    [[nodiscard]] const Rule* end_of(RuleKind kind, std::string_view text) const {
        return find(kind, [&](const Rule& rule) { return text.ends_with(rule.text); });
    }

    // The meaning of the longest rule that equals the first one to three components from `index` on.
    [[nodiscard]] std::optional<Meaning> below(RuleKind kind, const FramePath& path,
                                               std::size_t index) const {
        for (std::size_t count = k_longest_path_rule; count > 0; --count) {
            if (const auto meaning = equal(kind, path.part(index, count))) return meaning;
        }
        return std::nullopt;
    }

private:
    static constexpr std::size_t k_kinds = static_cast<std::size_t>(RuleKind::python_node) + 1;
    static constexpr std::size_t k_longest_path_rule = 3;  // components in a row's text

    StackRuleIndex() {
        for (const Rule& rule : k_stack_rules) {
            m_exact[static_cast<std::size_t>(rule.kind)].emplace(rule.text, rule.meaning);
            m_lists[static_cast<std::size_t>(rule.kind)].push_back(&rule);
        }
    }

    template <typename Predicate>
    [[nodiscard]] const Rule* find(RuleKind kind, Predicate&& matches) const {
        const auto& rules = m_lists[static_cast<std::size_t>(kind)];
        const auto found =
            std::find_if(rules.begin(), rules.end(), [&](const Rule* rule) { return matches(*rule); });
        return found == rules.end() ? nullptr : *found;
    }

    std::array<std::unordered_map<std::string_view, Meaning>, k_kinds> m_exact;
    std::array<std::vector<const Rule*>, k_kinds> m_lists;
};

}  // namespace snapq::frames
