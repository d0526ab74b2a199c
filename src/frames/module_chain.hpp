// Which modules (torch.nn.Module) were running in a stack, by the calls of modules in its frames. Pure
// functions, for any thread. docs/categories.md defines the chain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace snapq::frames {

// What a frame means for the chain of modules.
enum class ModuleFrame : std::uint8_t {
    ignored,  // a C++ frame
    call,     // a part of the call of a module: _call_impl and others of torch/nn/modules/module.py
    forward,  // the function of a module; also forward of torch.autograd.Function
    code,     // other Python that can be a site
    other,    // other Python: of PyTorch, its helpers or the standard library
};

// `line` as in frames::role_of_frame.
[[nodiscard]] ModuleFrame module_frame_of(std::string_view filename, std::string_view name,
                                          std::int64_t line);

// For each call of a module, outermost first: the index of the frame that represents the module. It is the
// first `forward` before the next call, because wrappers may come before it, or else the first `code`. A call
// without these is left out, for example that of a compiled module around another module. Only the last call
// is never left out: the first `other`, such as a hook, represents it, or else the call itself. `frames`:
// outermost first.
[[nodiscard]] std::vector<std::size_t> module_chain(std::span<const ModuleFrame> frames);

}  // namespace snapq::frames
