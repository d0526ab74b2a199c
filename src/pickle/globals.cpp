#include "pickle/globals.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "support/error.hpp"

namespace snapq::pickle {
namespace {

struct Allowed {
    std::string_view module;
    std::string_view name;
    Global global;
};

constexpr std::array k_allowed{
    Allowed{"collections", "OrderedDict", Global::ordered_dict},
    Allowed{"collections", "defaultdict", Global::default_dict},
    Allowed{"builtins", "int", Global::builtin_type},
    Allowed{"builtins", "float", Global::builtin_type},
    Allowed{"builtins", "str", Global::builtin_type},
    Allowed{"builtins", "bool", Global::builtin_type},
    Allowed{"builtins", "list", Global::builtin_type},
    Allowed{"builtins", "dict", Global::builtin_type},
    Allowed{"builtins", "set", Global::builtin_type},
    Allowed{"builtins", "tuple", Global::builtin_type},
    // Protocols 0 to 2 use the name of the module in Python 2.
    Allowed{"__builtin__", "int", Global::builtin_type},
    Allowed{"__builtin__", "float", Global::builtin_type},
    Allowed{"__builtin__", "str", Global::builtin_type},
    Allowed{"__builtin__", "unicode", Global::builtin_type},
    Allowed{"__builtin__", "bool", Global::builtin_type},
    Allowed{"__builtin__", "list", Global::builtin_type},
    Allowed{"__builtin__", "dict", Global::builtin_type},
    Allowed{"__builtin__", "set", Global::builtin_type},
    Allowed{"__builtin__", "tuple", Global::builtin_type},
    Allowed{"numpy._core.multiarray", "scalar", Global::numpy_scalar},
    Allowed{"numpy.core.multiarray", "scalar", Global::numpy_scalar},
    Allowed{"numpy", "dtype", Global::numpy_dtype},
    Allowed{"_codecs", "encode", Global::codecs_encode},
    Allowed{"torch.jit._pickle", "restore_type_tag", Global::identity_first},
    Allowed{"torch.jit._pickle", "build_intlist", Global::identity_only},
    Allowed{"torch.jit._pickle", "build_doublelist", Global::identity_only},
    Allowed{"torch.jit._pickle", "build_boollist", Global::identity_only},
};

// What a file contains when it names a refused global, by the beginning of the global's name.
struct Refused {
    std::string_view prefix;
    std::string_view what;
};
constexpr std::array k_refused{
    Refused{"torch._utils._rebuild", "tensors, as a checkpoint (state_dict) has them"},
    Refused{"torch._tensor.", "tensors, as a checkpoint (state_dict) has them"},
    Refused{"torch.storage.", "tensors, as a checkpoint (state_dict) has them"},
    Refused{"torch.nn.", "a whole model, as torch.save(model) writes it"},
    Refused{"torch.optim.", "an optimizer, as a checkpoint has it"},
    Refused{"torch.", "objects of PyTorch"},
    Refused{"numpy.core.multiarray._reconstruct", "NumPy arrays"},
    Refused{"numpy._core.multiarray._reconstruct", "NumPy arrays"},
    Refused{"tracemalloc.", "a snapshot of tracemalloc, which has the memory of the CPU"},
};

constexpr std::size_t k_shown_bytes = 200;  // the longest name from the file in a message

}  // namespace

std::optional<Global> find_global(std::string_view module, std::string_view name) {
    for (const Allowed& allowed : k_allowed) {
        if (allowed.module == module && allowed.name == name) return allowed.global;
    }
    return std::nullopt;
}

void refuse_global(std::string_view module, std::string_view name, std::uint64_t offset) {
    const std::string global =
        fmt::format("{}.{}", module.substr(0, k_shown_bytes), name.substr(0, k_shown_bytes));
    const auto known = std::ranges::find_if(
        k_refused, [&](const Refused& refused) { return global.starts_with(refused.prefix); });
    if (known == k_refused.end()) {
        InputError error(fmt::format("the pickle names the global '{}', which is not plain data", global),
                         offset);
        error.with_hint("nothing was run; save the snapshot as plain dicts, lists, text and numbers");
        throw error;
    }
    InputError error(
        fmt::format("the pickle names the global '{}': it holds {}, and not only a memory snapshot", global,
                    known->what),
        offset);
    error.with_hint(
        "nothing was run; torch.cuda.memory._dump_snapshot(\"run.pickle\") writes a snapshot of plain data");
    throw error;
}

}  // namespace snapq::pickle
