// Decodes JSON text and computes the timelines of all its devices.
#include "fuzz/timelines.hpp"
#include "snapshot/decoder.hpp"
#include "support/memory_source.hpp"

SNAPQ_FUZZ_TARGET(json, data, size) {
    snapq::tests::MemorySource source(snapq::fuzz::text_of(data, size));
    snapq::fuzz::accepts([&] { snapq::fuzz::compute_timelines(snapq::snapshot::decode_json(source)); });
    return 0;
}
