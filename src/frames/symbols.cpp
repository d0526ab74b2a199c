#include "frames/symbols.hpp"

namespace snapq::frames {

std::uint64_t Frame::hash() const {
    std::uint64_t hash =
        hash_mix(static_cast<std::uint64_t>(line), std::uint64_t{filename.value()} << 32 | name.value());
    if (fx_node_op || fx_node_name || fx_node_target || fx_original_trace) {
        hash = hash_mix(hash, std::uint64_t{fx_node_op.value()} << 32 | fx_node_name.value());
        hash = hash_mix(hash, std::uint64_t{fx_node_target.value()} << 32 | fx_original_trace.value());
    }
    return hash;
}

}  // namespace snapq::frames
