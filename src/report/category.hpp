// What an allocation is for: a parameter, a gradient, an activation and so on. docs/categories.md defines the
// words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace snapq::report {

enum class Category : std::uint8_t {
    workspace,
    communication,
    kv_cache,
    optimizer_state,
    optimizer_temporary,
    gradient,
    backward_temporary,
    activation,
    forward_temporary,
    parameter,
    input,
    persistent,
    temporary,
    unknown,
};

inline constexpr std::size_t k_category_count = static_cast<std::size_t>(Category::unknown) + 1;

// The names that archives store, in the order of Category.
inline constexpr std::array<std::string_view, k_category_count> k_category_names{"workspace",
                                                                                 "communication",
                                                                                 "kv_cache",
                                                                                 "optimizer_state",
                                                                                 "optimizer_temporary",
                                                                                 "gradient",
                                                                                 "backward_temporary",
                                                                                 "activation",
                                                                                 "forward_temporary",
                                                                                 "parameter",
                                                                                 "input",
                                                                                 "persistent",
                                                                                 "temporary",
                                                                                 "unknown"};

[[nodiscard]] inline std::string_view name_of(Category category) {
    return k_category_names[static_cast<std::size_t>(category)];
}

// The information on which the categories of a file are based, from the least to the most.
enum class CategoryBasis : std::uint8_t {
    none,         // no stacks
    alloc_stack,  // no stacks of frees
    both_stacks,
    recorded,  // the file itself names some categories; the others are decided as for both_stacks
};

[[nodiscard]] inline std::string_view name_of(CategoryBasis basis) {
    switch (basis) {
        case CategoryBasis::none: break;
        case CategoryBasis::alloc_stack: return "alloc_stack";
        case CategoryBasis::both_stacks: return "both_stacks";
        case CategoryBasis::recorded: return "recorded";
    }
    return "none";
}

}  // namespace snapq::report
