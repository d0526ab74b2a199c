#include "snapshot/decoder.hpp"

#include "pickle/machine.hpp"
#include "snapshot/builder.hpp"
#include "snapshot/json_reader.hpp"

namespace snapq::snapshot {

Snapshot decode_pickle(ByteSource& source, DecodeFacts* facts) {
    Builder builder;
    const pickle::Decoded decoded = pickle::decode(source, builder);
    if (facts != nullptr) *facts = {decoded.protocol, decoded.bytes};
    return assemble(std::move(builder), decoded.root);
}

Snapshot decode_json(ByteSource& source, DecodeFacts* facts) {
    Builder builder;
    pickle::Value root;
    {
        JsonReader reader(source, builder);
        root = reader.read();
        if (facts != nullptr) *facts = {0, reader.offset()};
    }  // frees its buffers before the snapshot is assembled
    return assemble(std::move(builder), root);
}

}  // namespace snapq::snapshot
