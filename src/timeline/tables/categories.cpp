#include "timeline/tables/categories.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "support/text.hpp"

namespace snapq::timeline {
namespace {

// The default workspace of cuBLAS in bytes, 2 × 4096 KiB + 8 × 16 KiB. A tensor is unlikely to have this size
// by chance.
constexpr std::int64_t k_cublas_workspace = 8'519'680;

// In bytes. Longer metadata names no category.
constexpr std::size_t k_longest_name = 64;

// The names of categories in files of PyTorch's profile_plot. Its `unknown` is left out, because it says
// nothing.
constexpr std::array<std::pair<std::string_view, Category>, 7> k_profiler_names{{
    {"input", Category::input},
    {"temporary", Category::temporary},
    {"activation", Category::activation},
    {"gradient", Category::gradient},
    {"autograd_detail", Category::backward_temporary},
    {"parameter", Category::parameter},
    {"optimizer_state", Category::optimizer_state},
}};

std::optional<Category> category_of_profiler(std::string_view name) {
    const auto found = std::ranges::find(k_profiler_names, name, [](const auto& one) { return one.first; });
    if (found == k_profiler_names.end()) return std::nullopt;
    return found->second;
}

std::optional<Category> category_called(std::string_view name) {
    const auto found = std::ranges::find(report::k_category_names, name);
    const auto category = static_cast<Category>(found - report::k_category_names.begin());
    if (found == report::k_category_names.end() || category == Category::unknown) return std::nullopt;
    return category;
}

std::string_view without_space_around(std::string_view text) {
    constexpr std::string_view k_space = " \t\n\r\v\f";
    const std::size_t first = text.find_first_not_of(k_space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(k_space) - first + 1);
}

// The categories that the file itself names, by the shape of the alloc event. Texts are compared for the
// shapes of the device only, because a file may have very many shapes and a thousand devices.
class RecordedCategories {
public:
    explicit RecordedCategories(const snapshot::Snapshot& snapshot) {
        const auto& shapes = snapshot.event_tables.shapes;
        std::uint32_t id = 0;
        while (id < shapes.size() && !may_name_one(shapes[id])) ++id;
        if (id < shapes.size()) m_by_shape.resize(shapes.size());
    }

    [[nodiscard]] std::optional<Category> of(const DeviceView& view, std::uint32_t idx) {
        if (m_by_shape.empty()) return std::nullopt;
        const std::optional<std::uint32_t> alloc =
            view.elements.origin(idx) == Origin::trace ? view.elements.source[idx] : next_version(view, idx);
        if (!alloc) return std::nullopt;
        const std::uint32_t id = view.replay.trace->events.shape(*alloc).value();
        std::optional<Found>& found = m_by_shape[id];
        if (!found) found = category_of(view.snapshot, view.snapshot.event_tables.shapes[id]);
        return found->category;
    }

private:
    struct Found {
        std::optional<Category> category;
    };

    static bool may_name_one(const snapshot::EventShape& shape) {
        return !shape.category.is_none() || !shape.user_metadata.is_none();
    }

    // profile_plot writes a change of a tensor in place as a free and an alloc of the same address and size,
    // one directly after the other. Returns that alloc for memory from before the trace, which has no alloc
    // event.
    static std::optional<std::uint32_t> next_version(const DeviceView& view, std::uint32_t idx) {
        const std::uint32_t end = view.elements.end[idx];
        if (!view.snapshot.made_by_profile_plot || end == Elements::k_none || end + 1 >= view.event_count())
            return std::nullopt;
        const snapshot::EventLog& events = view.replay.trace->events;
        const auto& shapes = view.snapshot.event_tables.shapes;
        const snapshot::EventShape& next = shapes[events.shape(end + 1).value()];
        const bool is_same = next.action == snapshot::Action::alloc &&
                             events.address_id(end + 1) == events.address_id(end) &&
                             next.size == view.reader.size(idx);
        return is_same ? std::optional(end + 1) : std::nullopt;
    }

    static Found category_of(const snapshot::Snapshot& snapshot, const snapshot::EventShape& shape) {
        if (shape.category) {
            if (const auto named = category_of_profiler(snapshot.symbols.text(shape.category)))
                return {named};
        }
        if (!shape.user_metadata) return {};
        return {category_named_by(snapshot.symbols.text(shape.user_metadata))};
    }

    std::vector<std::optional<Found>> m_by_shape;  // empty if no shape can name one
};

// Finds the first event after the alloc of an element, in an ascending list of events. Must be called for
// elements in their order, which is that of their allocs.
class NextEvent {
public:
    explicit NextEvent(const BlockVector<std::uint32_t>& events) : m_events(events) {}

    // Whether an event of the list is after `alloc` (Elements::k_none: before the trace) and not after `free`
    // (Elements::k_none: never freed).
    [[nodiscard]] bool is_between(std::uint32_t alloc, std::uint32_t free) {
        while (alloc != Elements::k_none && m_next < m_events.size() && m_events[m_next] <= alloc) ++m_next;
        return m_next < m_events.size() && (free == Elements::k_none || m_events[m_next] <= free);
    }

    // Whether a second event of the list is also between them: the one after the event that the last call of
    // is_between found.
    [[nodiscard]] bool is_next_between(std::uint32_t free) const {
        return m_next + 1 < m_events.size() && (free == Elements::k_none || m_events[m_next + 1] <= free);
    }

private:
    const BlockVector<std::uint32_t>& m_events;
    std::size_t m_next = 0;
};

bool is_one_of(Phase phase, std::initializer_list<Phase> phases) {
    return std::ranges::find(phases, phase) != phases.end();
}

bool is_backward_phase(Phase phase) {
    return phase == Phase::backward || phase == Phase::checkpoint;
}

// Applies the rules to the elements of one device, in their order. The numbers are those of
// docs/categories.md.
class CategoryFinder {
public:
    CategoryFinder(const DeviceView& view, const frames::StackPhases& stacks, const ElementPhases& phases,
                   const PhaseMarks& marks)
        : m_view(view),
          m_stacks(stacks),
          m_phases(phases),
          m_marks(marks),
          m_recorded(view.snapshot),
          m_next_boundary(marks.boundaries),
          m_next_backward(marks.backwards) {}

    [[nodiscard]] Categories find() {
        m_categories.inferred = m_phases.inferred();
        for (std::uint32_t idx = 0; idx < m_view.elements.size(); ++idx) {
            const std::optional<Category> category = category_of(idx);
            m_any_undecided |= !category.has_value();
            m_categories.by_idx.push_back(category ? static_cast<std::uint8_t>(*category)
                                                   : Categories::k_undecided);
        }
        if (m_any_undecided) decide_by_size(m_view, m_phases, m_marks, m_ran_backward, m_categories);
        return std::move(m_categories);
    }

private:
    // What the rules look at for one element.
    struct Facts {
        frames::StackPhase alloc;
        Phase free = Phase::none;
        std::int64_t size = 0;
        bool older = false;  // older than the trace
        bool freed = false;
        bool crosses = false;  // a boundary between steps is in its lifetime
        // Two boundaries are. A variable of the training loop is replaced in the next step, so its memory
        // crosses only one.
        bool crosses_twice = false;
    };

    [[nodiscard]] std::optional<Category> category_of(std::uint32_t idx) {
        const Elements& elements = m_view.elements;
        const std::uint32_t alloc_event = elements.alloc_event(idx);
        const std::uint32_t end = elements.end[idx];
        m_alloc_event = alloc_event;
        m_free_event = m_phases.free_event(idx);
        if (m_free_event == Elements::k_none) m_free_event = end;
        Facts facts;
        facts.alloc = m_stacks.of(m_phases.alloc_stack(idx));
        facts.alloc.phase = m_phases.of_alloc(idx);
        facts.free = m_phases.of_free(idx);
        facts.size = m_view.reader.size(idx);
        facts.older = elements.origin(idx) != Origin::trace;
        facts.freed = m_free_event != Elements::k_none;
        facts.crosses = m_next_boundary.is_between(m_alloc_event, m_free_event);
        facts.crosses_twice = facts.crosses && m_next_boundary.is_next_between(m_free_event);
        add_basis(facts);
        m_ran_backward |= !facts.older && facts.alloc.phase == Phase::backward;
        if (const auto recorded = m_recorded.of(m_view, idx)) {
            m_categories.basis = CategoryBasis::recorded;
            return recorded;
        }
        if (const auto special = of_special_memory(facts)) return special;
        switch (facts.alloc.phase) {
            case Phase::none: return of_unknown_alloc(facts);
            case Phase::optimizer:  // 7, 8
                return !facts.freed || facts.crosses ? Category::optimizer_state
                                                     : Category::optimizer_temporary;
            case Phase::backward: return of_backward(facts);
            case Phase::forward:
            case Phase::checkpoint: return of_forward(facts);
            case Phase::data: return Category::input;  // 21
            case Phase::load:                          // 22, 23
                return facts.free == Phase::load || is_freed_before_first_mark(facts) ? Category::temporary
                                                                                      : Category::parameter;
            default: return of_other(facts);
        }
    }

    void add_basis(const Facts& facts) {
        CategoryBasis basis = CategoryBasis::none;
        if (facts.alloc.phase != Phase::none)
            basis = facts.free != Phase::none ? CategoryBasis::both_stacks : CategoryBasis::alloc_stack;
        m_categories.basis = std::max(m_categories.basis, basis);
    }

    // 2 to 6: what is known whatever the other phase is.
    static std::optional<Category> of_special_memory(const Facts& facts) {
        const Phase alloc = facts.alloc.phase;
        if (facts.alloc.is_workspace || facts.size == k_cublas_workspace) return Category::workspace;
        if (facts.alloc.is_kv_cache && !is_backward_phase(facts.free)) return Category::kv_cache;
        if (facts.free == Phase::zero_grad &&
            is_one_of(alloc, {Phase::none, Phase::backward, Phase::checkpoint, Phase::other}))
            return Category::gradient;
        const bool older_of_communication =
            alloc == Phase::none && facts.older && facts.free == Phase::communication;
        if (alloc != Phase::communication && !older_of_communication) return std::nullopt;
        const bool is_gradient =
            facts.crosses &&
            (is_one_of(facts.free, {Phase::zero_grad, Phase::optimizer}) || facts.alloc.in_backward);
        return is_gradient ? Category::gradient : Category::communication;
    }

    // 9 to 11
    [[nodiscard]] Category of_backward(const Facts& facts) const {
        if (!facts.freed || facts.crosses ||
            is_one_of(facts.free, {Phase::optimizer, Phase::other, Phase::load, Phase::data, Phase::forward}))
            return Category::gradient;
        if (facts.free == Phase::none && m_marks.boundaries.empty()) return Category::unknown;
        return Category::backward_temporary;
    }

    // 12 to 20
    [[nodiscard]] Category of_forward(const Facts& facts) {
        if (!facts.freed) return facts.crosses_twice ? Category::persistent : Category::activation;
        const bool is_recomputed_again =
            facts.alloc.phase == Phase::checkpoint && facts.free == Phase::checkpoint;
        if (is_backward_phase(facts.free) && !is_recomputed_again) return Category::activation;
        if (facts.free == Phase::none) return facts.crosses_twice ? Category::persistent : Category::unknown;
        if (facts.free != Phase::forward &&
            (m_next_backward.is_between(m_alloc_event, m_free_event) || is_dropped_by_failed_forward()))
            return Category::activation;
        return Category::forward_temporary;
    }

    // 24 to 28. nullopt: the size decides.
    [[nodiscard]] std::optional<Category> of_other(const Facts& facts) const {
        const bool is_other = facts.alloc.phase == Phase::other;
        if (is_other && is_backward_phase(facts.free)) return Category::activation;
        if (is_other && !facts.freed && is_before_first_mark()) return std::nullopt;
        if (!facts.freed || facts.crosses_twice) return Category::persistent;
        return is_other && facts.free == Phase::none ? Category::unknown : Category::temporary;
    }

    // 29 to 37. nullopt: the size decides.
    static std::optional<Category> of_unknown_alloc(const Facts& facts) {
        if (facts.free == Phase::optimizer)
            return facts.older ? Category::optimizer_state : Category::unknown;
        if (facts.older && !facts.freed) return std::nullopt;
        if (facts.free == Phase::none) return Category::unknown;
        if (facts.older) {
            if (is_backward_phase(facts.free)) return Category::activation;
            if (facts.free == Phase::forward) return Category::forward_temporary;
            if (facts.free == Phase::data) return Category::input;
        }
        return facts.crosses_twice ? Category::persistent : Category::temporary;
    }

    // The element must have been freed. Memory from before the trace has an alloc of k_none.
    [[nodiscard]] bool is_dropped_by_failed_forward() const {
        const auto later =
            std::ranges::upper_bound(m_marks.failed_forwards, m_free_event, {}, &FailedForward::oom);
        if (later == m_marks.failed_forwards.begin()) return false;
        const FailedForward& failed = *std::prev(later);
        const bool is_older = m_alloc_event == Elements::k_none || m_alloc_event < failed.oom;
        return is_older && m_free_event < failed.resumed;
    }

    [[nodiscard]] bool is_before_first_mark() const {
        return m_marks.first && (m_alloc_event == Elements::k_none || m_alloc_event < *m_marks.first);
    }

    [[nodiscard]] bool is_freed_before_first_mark(const Facts& facts) const {
        return facts.freed && m_marks.first && m_free_event < *m_marks.first;
    }

    const DeviceView& m_view;
    const frames::StackPhases& m_stacks;
    const ElementPhases& m_phases;
    const PhaseMarks& m_marks;
    RecordedCategories m_recorded;
    NextEvent m_next_boundary;
    NextEvent m_next_backward;
    std::uint32_t m_alloc_event = Elements::k_none;  // of the current element
    std::uint32_t m_free_event = Elements::k_none;
    Categories m_categories;
    bool m_any_undecided = false;
    bool m_ran_backward = false;
};

}  // namespace

std::optional<Category> category_named_by(std::string_view user_metadata) {
    user_metadata = without_space_around(user_metadata);
    if (user_metadata.size() > k_longest_name) return std::nullopt;
    std::string name = lowercase(user_metadata);
    std::ranges::replace(name, ' ', '_');
    std::ranges::replace(name, '-', '_');
    if (const auto named = category_called(name)) return named;
    if (!name.ends_with('s')) return std::nullopt;
    name.pop_back();
    return category_called(name);
}

Categories find_categories(const DeviceView& view, const frames::StackPhases& stacks,
                           const ElementPhases& phases, const PhaseMarks& marks) {
    return CategoryFinder(view, stacks, phases, marks).find();
}

namespace {

class SizeRules {
public:
    SizeRules(const DeviceView& view, const ElementPhases& phases, const PhaseMarks& marks, bool ran_backward,
              Categories& categories)
        : m_view(view),
          m_phases(phases),
          m_marks(marks),
          m_ran_backward(ran_backward),
          m_categories(categories),
          m_gradients(sizes_of(Category::gradient)),
          m_states(sizes_of(Category::optimizer_state)) {}

    void apply() {
        const bool any_known = !m_gradients.empty() || !m_states.empty();
        std::vector<std::uint32_t> older_parameters;
        const bool lacks_gradients = m_ran_backward && m_marks.has_optimizer && m_gradients.empty();
        for (std::uint32_t idx = 0; idx < m_view.elements.size(); ++idx) {
            if (m_categories.by_idx[idx] != Categories::k_undecided) continue;
            const Category category = any_known ? by_known_sizes(idx) : without_sizes(idx);
            set(idx, category);
            if (lacks_gradients && category == Category::parameter && m_phases.of_alloc(idx) == Phase::none)
                older_parameters.push_back(idx);
        }
        find_older_gradients(older_parameters);
    }

private:
    // A parameter has the size of its gradient and of its states, which may have twice as many bits.
    [[nodiscard]] Category by_known_sizes(std::uint32_t idx) const {
        const std::int64_t size = m_view.reader.size(idx);
        const bool is_known = std::ranges::binary_search(m_gradients, size) ||
                              std::ranges::binary_search(m_states, size) ||
                              (size <= std::numeric_limits<std::int64_t>::max() / 2 &&
                               std::ranges::binary_search(m_states, 2 * size));
        return is_known ? Category::parameter : Category::persistent;
    }

    // A recording of inference has neither gradients nor states. Older memory that is not freed is the model.
    [[nodiscard]] Category without_sizes(std::uint32_t idx) const {
        if (m_phases.of_alloc(idx) != Phase::none) return Category::persistent;
        return m_marks.has_forward && !m_ran_backward ? Category::parameter : Category::unknown;
    }

    // The optimizer used gradients that the trace neither allocated nor freed, so they are among these
    // elements. It is known only how many of the blocks of one size are gradients, not which ones.
    void find_older_gradients(const std::vector<std::uint32_t>& parameters) {
        struct Blocks {
            std::uint32_t all = 0;
            std::uint32_t seen = 0;
        };
        std::unordered_map<std::int64_t, Blocks> by_size;
        for (const std::uint32_t idx : parameters) ++by_size[m_view.reader.size(idx)].all;
        for (const std::uint32_t idx : parameters) {
            Blocks& blocks = by_size[m_view.reader.size(idx)];
            if (++blocks.seen > blocks.all - blocks.all / 2) set(idx, Category::gradient);
        }
    }

    // The sizes of the elements of a category, ascending, each once. Duplicates are removed whenever the list
    // has doubled, so its length depends only on the number of different sizes.
    [[nodiscard]] std::vector<std::int64_t> sizes_of(Category category) const {
        std::vector<std::int64_t> sizes;
        std::size_t most = 4096;
        const auto tidy = [&] {
            std::ranges::sort(sizes);
            sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
            most = std::max(most, 2 * sizes.size());
        };
        for (std::uint32_t idx = 0; idx < m_view.elements.size(); ++idx) {
            if (m_categories.of(idx) != category) continue;
            sizes.push_back(m_view.reader.size(idx));
            if (sizes.size() >= most) tidy();
        }
        tidy();
        return sizes;
    }

    void set(std::uint32_t idx, Category category) {
        m_categories.by_idx[idx] = static_cast<std::uint8_t>(category);
    }

    const DeviceView& m_view;
    const ElementPhases& m_phases;
    const PhaseMarks& m_marks;
    bool m_ran_backward;
    Categories& m_categories;
    std::vector<std::int64_t> m_gradients;
    std::vector<std::int64_t> m_states;
};

}  // namespace

void decide_by_size(const DeviceView& view, const ElementPhases& phases, const PhaseMarks& marks,
                    bool ran_backward, Categories& categories) {
    SizeRules(view, phases, marks, ran_backward, categories).apply();
}

}  // namespace snapq::timeline
