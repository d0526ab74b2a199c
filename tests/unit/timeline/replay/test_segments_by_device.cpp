#include "timeline/replay/segments_by_device.hpp"

#include "support/catch.hpp"
#include "support/devices.hpp"
#include "support/trace_builder.hpp"

namespace snapq::timeline {
namespace {

using Addresses = std::vector<std::uint64_t>;

Addresses addresses_of(const SegmentsByDevice& segments, std::int64_t device) {
    Addresses addresses;
    for (const snapshot::Segment* segment : segments.of(device)) addresses.push_back(segment->address);
    return addresses;
}

}  // namespace

TEST_CASE("Each device has its segments in the order of the file") {
    tests::TraceBuilder trace;
    trace.on_device(2).segment(30, 1).on_device(0).segment(20, 1).segment(10, 1).on_device(2).segment(5, 1);
    const SegmentsByDevice segments(trace.snapshot());
    CHECK(addresses_of(segments, 0) == Addresses{20, 10});
    CHECK(addresses_of(segments, 2) == Addresses{30, 5});
    CHECK(addresses_of(segments, 1).empty());
}

TEST_CASE("The host has a list of segments of its own") {
    tests::TraceBuilder trace;
    CHECK(SegmentsByDevice(trace.snapshot()).list_is_empty(0));
    CHECK(SegmentsByDevice(trace.snapshot()).list_is_empty(k_host_device));
    trace.on_device(k_host_device).segment(1, 1);
    CHECK(SegmentsByDevice(trace.snapshot()).list_is_empty(0));
    CHECK_FALSE(SegmentsByDevice(trace.snapshot()).list_is_empty(k_host_device));
    trace.on_device(1).segment(1, 1);
    CHECK_FALSE(SegmentsByDevice(trace.snapshot()).list_is_empty(0));  // device 0 shares the list of device 1
}

TEST_CASE("The default pool is that of any segment, private pools and unknown ones are passed over") {
    tests::TraceBuilder trace;
    trace.segment(1, 1).segment(2, 1).segment(3, 1);
    CHECK(SegmentsByDevice(trace.snapshot()).default_pool().is_none());
    trace.snapshot().segments[1].pool = trace.text("0,3");
    CHECK(SegmentsByDevice(trace.snapshot()).default_pool().is_none());
    trace.snapshot().segments[2].pool = trace.text(k_default_pool);
    CHECK(SegmentsByDevice(trace.snapshot()).default_pool() == trace.text(k_default_pool));
}

}  // namespace snapq::timeline
