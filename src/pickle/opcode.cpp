#include "pickle/opcode.hpp"

#include <array>

#include "support/error.hpp"

namespace snapq::pickle {
namespace {

constexpr std::array<OpcodeInfo, 256> make_table() {
    std::array<OpcodeInfo, 256> table{};
#define SNAPQ_OPCODE(byte, name, operand, protocol, acceptance) \
    table[byte] = OpcodeInfo{#name, Operand::operand, protocol, Acceptance::acceptance};
#include "pickle/opcodes.def"
#undef SNAPQ_OPCODE
    return table;
}

constexpr std::array<OpcodeInfo, 256> k_table = make_table();

}  // namespace

const OpcodeInfo& opcode_info(std::uint8_t byte) {
    return k_table[byte];
}

void refuse_opcode(std::uint8_t byte, std::uint64_t offset) {
    const OpcodeInfo& info = opcode_info(byte);
    if (info.name.empty()) throw_input(offset, "0x{:02x} is not a pickle opcode", byte);
    const char* reason = info.acceptance == Acceptance::construct ? "would construct an object"
                                                                  : "refers to an object outside the file";
    InputError error(fmt::format("opcode {} {}, which is refused", info.name, reason), offset);
    error.with_hint("snapq reads plain data only and never runs anything from a pickle");
    throw error;
}

}  // namespace snapq::pickle
