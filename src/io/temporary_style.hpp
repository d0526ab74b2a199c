// How a temporary file is kept hidden.
#pragma once

#include <cstdint>

namespace snapq::io {

enum class TemporaryStyle : std::uint8_t {
    automatic,  // unnamed (O_TMPFILE) where the file system supports it
    named       // always a hidden name; for tests
};

}  // namespace snapq::io
