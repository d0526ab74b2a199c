// The pickle opcodes, generated from opcodes.def.
#pragma once

#include <cstdint>
#include <string_view>

namespace snapq::pickle {

enum class Opcode : std::uint8_t {
#define SNAPQ_OPCODE(byte, name, operand, protocol, acceptance) name = (byte),
#include "pickle/opcodes.def"
#undef SNAPQ_OPCODE
};

enum class Operand : std::uint8_t {
    none,
    u1,
    u2,
    u4,
    u8,
    i4,
    float8,
    text1,
    text4,
    text8,
    bytes1,
    bytes4,
    bytes8,
    long1,
    long4,
    line,
    lines2,
};

// Whether an opcode is accepted.
enum class Acceptance : std::uint8_t {
    data,       // builds plain data
    construct,  // would call a constructor: refused
    external,   // would fetch an object from outside the stream: refused
};

struct OpcodeInfo {
    std::string_view name;  // empty: not an opcode
    Operand operand = Operand::none;
    std::uint8_t first_protocol = 0;
    Acceptance acceptance = Acceptance::data;
};

// The entry of any byte.
[[nodiscard]] const OpcodeInfo& opcode_info(std::uint8_t byte);

// Throws the InputError that explains why `byte`, read at `offset`, is not accepted.
[[noreturn]] void refuse_opcode(std::uint8_t byte, std::uint64_t offset);

}  // namespace snapq::pickle
