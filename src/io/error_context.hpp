// The file and the container that bytes come from, for error messages.
#pragma once

#include <cstdint>
#include <string>

#include "support/error.hpp"

namespace snapq::io {

struct ErrorContext {
    std::string file;  // as the user named it; "stdin" for standard input
    // "gzip", or "gzip inside zstd", when the offset counts unpacked bytes. Empty when the offset counts the
    // bytes of the file itself.
    std::string container = {};

    // Throws InputError. `offset` is in bytes.
    [[noreturn]] void fail(std::uint64_t offset, const std::string& message) const {
        throw InputError(file, container.empty() ? message : container + ": " + message, offset);
    }
    [[noreturn]] void fail_truncated(std::uint64_t offset) const {
        fail(offset, "truncated: the data ends here, before its end mark");
    }
};

}  // namespace snapq::io
