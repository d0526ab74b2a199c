// Where a layer's bytes come from, for its error messages.
#pragma once

#include <cstdint>
#include <string>

#include "support/error.hpp"

namespace snapq::io {

struct ErrorContext {
    std::string file;       // as the user named it; "stdin" for standard input
    std::string container;  // "gzip", or "gzip inside zstd" when the offset is one of already unpacked data

    [[noreturn]] void fail(std::uint64_t offset, const std::string& message) const {
        throw InputError(file, container + ": " + message, offset);
    }
    [[noreturn]] void fail_truncated(std::uint64_t offset) const {
        fail(offset, "the data ends here, before its end mark (a truncated file?)");
    }
};

}  // namespace snapq::io
