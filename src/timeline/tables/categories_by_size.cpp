#include "timeline/tables/categories.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <vector>

namespace snapq::timeline {
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
