#include "timeline/replay/shapes.hpp"

#include <cstddef>
#include <string_view>

namespace snapq::timeline {
namespace {

using snapshot::Action;
using snapshot::EventShape;

struct Meaning {
    EventRole role;
    std::string_view name;  // only of actions that become a row of `allocations`
};

Meaning meaning_of(Action action) {
    switch (action) {
        case Action::alloc: return {EventRole::alloc, "alloc"};
        case Action::free_requested: return {EventRole::free_requested, "free_requested"};
        case Action::free_completed: return {EventRole::free_completed, "free_completed"};
        case Action::segment_alloc:
        case Action::segment_map: return {EventRole::reserve, {}};
        case Action::segment_free:
        case Action::segment_unmap: return {EventRole::release, {}};
        case Action::other: return {EventRole::unknown, {}};
        case Action::oom:
        case Action::snapshot:
        case Action::user_defined:
        case Action::annotate: break;
    }
    return {EventRole::ignored, {}};
}

ShapeTraits traits_of(const snapshot::Symbols& symbols, const EventShape& shape) {
    const Meaning meaning = meaning_of(shape.action);
    ShapeTraits traits;
    traits.role = meaning.role;
    traits.has_address = shape.has_address;
    traits.has_usable_size = shape.has_size && shape.size >= 0;
    traits.plain = !shape.has_device_free &&
                   (shape.action_text.is_none() || symbols.text(shape.action_text) == meaning.name);
    // An alloc without address or size starts no element. It is only kept as an event.
    const bool starts_element = traits.has_address && traits.has_usable_size;
    if (traits.role == EventRole::alloc && !starts_element) traits.role = EventRole::ignored;
    return traits;
}

}  // namespace

std::vector<ShapeTraits> traits_of_shapes(const snapshot::Snapshot& snapshot) {
    const auto& shapes = snapshot.event_tables.shapes;
    std::vector<ShapeTraits> traits;
    traits.reserve(shapes.size());
    for (std::uint32_t id = 0; id < shapes.size(); ++id)
        traits.push_back(traits_of(snapshot.symbols, shapes[id]));
    return traits;
}

bool same_columns(const EventShape& row, const EventShape& event) {
    const bool same_size = event.has_size && row.size == event.size;
    const bool same_stream =
        row.has_stream == event.has_stream && (!row.has_stream || row.stream == event.stream);
    return same_size && same_stream && row.pool == event.pool &&
           row.compile_context == event.compile_context && row.user_metadata == event.user_metadata &&
           row.forward_frames == event.forward_frames;
}

}  // namespace snapq::timeline
