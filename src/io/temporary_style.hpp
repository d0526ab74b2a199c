// How a temporary file stays out of sight.
#pragma once

#include <cstdint>

namespace snapq::io {

enum class TemporaryStyle : std::uint8_t {
    automatic,  // without a name (O_TMPFILE) where the file system can
    named       // always the fallback of file systems that cannot; for its tests
};

}  // namespace snapq::io
