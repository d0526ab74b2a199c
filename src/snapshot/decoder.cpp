#include "snapq/snapshot/decoder.hpp"

#include "snapq/pickle/machine.hpp"
#include "snapshot/assembler.hpp"
#include "snapshot/builder.hpp"

namespace snapq::snapshot {

Snapshot decode_pickle(ByteSource& source, DecodeFacts* facts) {
    Builder builder;
    const pickle::Decoded decoded = pickle::decode(source, builder);
    if (facts != nullptr) *facts = {decoded.protocol, decoded.bytes};
    return assemble(std::move(builder), decoded.root);
}

}  // namespace snapq::snapshot
