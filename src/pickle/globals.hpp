// The globals that a pickle may name. Nothing is imported or called: each global only selects a way to read
// plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace snapq::pickle {

enum class Global : std::uint8_t {
    ordered_dict,    // empty dict, filled by the opcodes that follow
    default_dict,    // the same; the factory is ignored
    builtin_type,    // only as the factory of a defaultdict
    numpy_scalar,    // a number from a dtype and raw bytes
    numpy_dtype,     // text and byte order
    codecs_encode,   // bytes, as protocol 2 writes them
    identity_first,  // TorchScript's restore_type_tag: its first argument
    identity_only,   // TorchScript's build_*list: its only argument
};

// nullopt for all other globals.
[[nodiscard]] std::optional<Global> find_global(std::string_view module, std::string_view name);

// Throws the InputError that names the refused global.
[[noreturn]] void refuse_global(std::string_view module, std::string_view name, std::uint64_t offset);

}  // namespace snapq::pickle
