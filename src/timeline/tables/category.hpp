// The categories of the elements of one device.
#pragma once

#include <cstdint>

#include "report/category.hpp"
#include "support/block_vector.hpp"

namespace snapq::timeline {

using report::Category;
using report::CategoryBasis;

struct Categories {
    static constexpr std::uint8_t k_undecided = 0xff;  // only until all are decided

    BlockVector<std::uint8_t> by_idx;  // Category
    CategoryBasis basis = CategoryBasis::none;
    // Allocations and frees without a stack that were taken for work of the backward pass.
    std::int64_t inferred = 0;

    [[nodiscard]] Category of(std::uint32_t idx) const { return static_cast<Category>(by_idx[idx]); }
};

}  // namespace snapq::timeline
