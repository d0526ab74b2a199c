// Finds the category of each element of a device: from the phases in which it was allocated and freed, from
// what it outlives, and finally from its size. docs/categories.md has the rules with their reasons.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "frames/phase.hpp"
#include "timeline/tables/category.hpp"
#include "timeline/tables/curve.hpp"
#include "timeline/tables/device_view.hpp"
#include "timeline/tables/phases.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

// A few passes over the elements. The result takes 1 byte an element, and needs 1 byte an event more while it
// is made. `phases` and `marks` are those of the view.
[[nodiscard]] Categories find_categories(const DeviceView& view, const frames::StackPhases& stacks,
                                         const ElementPhases& phases, const PhaseMarks& marks);

// The category that a text of `user_metadata` names. Case, spaces or hyphens, and the plural make no
// difference: "Optimizer States" is optimizer_state.
[[nodiscard]] std::optional<Category> category_named_by(std::string_view user_metadata);

// Tables `category_totals` and `category_timeline`: what was live of each category at the moments, and at
// `points` (ascending events). A category without live memory has no row.
struct CategoryTables {
    std::vector<CategoryTotalRow> totals;
    std::vector<CategoryTimelineRow> timeline;  // in the order of the table's key: by the name, then by event
};
[[nodiscard]] CategoryTables make_category_tables(const DeviceView& view, const Categories& categories,
                                                  std::span<const Moment> moments,
                                                  std::span<const std::int64_t> points);

// The points of table `category_timeline`: the highest event of each of 40 to 300 slices of the trace, the
// beginning and the end of the trace, and `fixed`. All of them are points of table `timeline`, too.
[[nodiscard]] std::vector<std::int64_t> category_timeline_events(const DeviceView& view, const Curves& slices,
                                                                 std::span<const std::int64_t> fixed);

// Gives each element that is Categories::k_undecided a category. All others must have theirs. `ran_backward`:
// an element of the trace was allocated in the backward pass. Two passes over the elements, a few more if
// some are undecided; takes 16 bytes a distinct size of gradients, states and older memory.
void decide_by_size(const DeviceView& view, const ElementPhases& phases, const PhaseMarks& marks,
                    bool ran_backward, Categories& categories);

}  // namespace snapq::timeline
