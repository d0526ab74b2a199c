#include "snapq/version.hpp"

#include "support/version.hpp"

namespace snapq {

std::string_view version() noexcept {
    return program_version();
}

}  // namespace snapq
