// Decodes pickles and computes the timelines of all devices of all their snapshots.
#include "fuzz/timelines.hpp"
#include "snapshot/decoder.hpp"
#include "support/memory_source.hpp"

SNAPQ_FUZZ_TARGET(snapshot, data, size) {
    snapq::tests::MemorySource source(snapq::fuzz::text_of(data, size));
    snapq::fuzz::accepts([&] { snapq::fuzz::compute_all_timelines(source, snapq::snapshot::Form::pickle); });
    return 0;
}
