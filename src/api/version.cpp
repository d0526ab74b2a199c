#include "snapq/version.hpp"

namespace snapq {

std::string_view version() noexcept {
    return SNAPQ_VERSION;
}

}  // namespace snapq
