#include "input/container.hpp"

#include <array>

namespace snapq::input {

// One line for each container: the name of the Container that a file in input/containers defines.
#define SNAPQ_CONTAINERS(ONE) \
    ONE(k_gzip)               \
    ONE(k_zstd)               \
    ONE(k_torch_zip)          \
    ONE(k_html)

#define SNAPQ_DECLARE(NAME) extern const Container NAME;  // NOLINT(bugprone-macro-parentheses): a declaration
SNAPQ_CONTAINERS(SNAPQ_DECLARE)
#undef SNAPQ_DECLARE

std::span<const Container* const> containers() {
#define SNAPQ_ADDRESS(NAME) &(NAME),
    static constexpr std::array k_containers{SNAPQ_CONTAINERS(SNAPQ_ADDRESS)};
#undef SNAPQ_ADDRESS
    return k_containers;
}

}  // namespace snapq::input
