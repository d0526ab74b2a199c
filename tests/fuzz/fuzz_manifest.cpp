// Parses any bytes as a manifest. A manifest that was parsed must be the same after it is written and parsed
// again.
#include "archive/manifest.hpp"
#include "fuzz/target.hpp"

SNAPQ_FUZZ_TARGET(manifest, data, size) {
    using namespace snapq::archive;
    snapq::fuzz::accepts([&] {
        const Manifest manifest = parse_manifest(snapq::fuzz::text_of(data, size));
        snapq::fuzz::require(parse_manifest(manifest_text(manifest)) == manifest,
                             "a manifest survives a round trip");
    });
    return 0;
}
