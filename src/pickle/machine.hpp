// Runs the opcodes of a pickle and gives the values to a Handler. Cannot execute, import or fetch anything.
//
// Accepts protocols 0 to 5 of CPython (batches of 1000, containers memoized before they are filled) and the
// form of PyTorch's C++ pickler (protocol 2, one MARK group for a whole list, BINPUT after a container is
// closed). Stops at STOP. Memory: the stack, the memo (4 bytes an entry), and the open containers.
#pragma once

#include <cstdint>

#include "pickle/handler.hpp"
#include "support/byte_window.hpp"
#include "support/bytes.hpp"

namespace snapq::pickle {

struct Decoded {
    Value root;
    std::uint8_t protocol = 0;  // the operand of PROTO; 0 without one
    std::uint64_t bytes = 0;    // up to and including STOP, from the beginning of the stream
    std::uint64_t memo_entries = 0;
    // Values that were examined to find out whether a group of an open list is complete: at most one for each
    // value, and one more for each check.
    std::uint64_t values_checked = 0;
};

// One thread. Throws InputError with the byte offset for all but well-formed pickles of plain data, and what
// the handler throws.
[[nodiscard]] Decoded decode(ByteSource& source, Handler& handler);

// The same for the pickle that begins at the window's cursor. Afterwards the cursor is after STOP. When an
// exception is thrown, the window cannot be used any more.
[[nodiscard]] Decoded decode(ByteWindow& window, Handler& handler);

}  // namespace snapq::pickle
