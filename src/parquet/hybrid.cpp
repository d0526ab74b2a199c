#include "parquet/hybrid.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "parquet/thrift.hpp"

namespace snapq::parquet {
namespace {

constexpr std::size_t k_group = 8;
constexpr unsigned k_byte = 8;

// Appends a bit-packed run: values of `width` bits one after another, the lowest bit first, padded to whole
// groups.
void append_packed(std::string& to, std::span<const std::uint32_t> values, unsigned width) {
    if (values.empty()) return;
    const std::size_t groups = (values.size() + k_group - 1) / k_group;
    append_varint(to, groups << 1U | 1U);
    std::uint64_t bits = 0;
    unsigned filled = 0;
    for (std::size_t i = 0; i < groups * k_group; ++i) {
        bits |= std::uint64_t{i < values.size() ? values[i] : 0} << filled;
        for (filled += width; filled >= k_byte; filled -= k_byte) {
            to.push_back(static_cast<char>(bits));
            bits >>= k_byte;
        }
    }
}

void append_run(std::string& to, std::uint32_t value, std::size_t count, unsigned width) {
    append_varint(to, count << 1U);
    for (unsigned bit = 0; bit < width; bit += k_byte) to.push_back(static_cast<char>(value >> bit));
}

}  // namespace

unsigned bit_width(std::uint32_t largest) {
    return std::max(1U, static_cast<unsigned>(std::bit_width(largest)));
}

void append_hybrid(std::string& to, std::span<const std::uint32_t> values, unsigned width) {
    std::size_t packed = 0;  // the values from here to `at` are to be packed
    std::size_t at = 0;
    while (at < values.size()) {
        const auto rest = values.subspan(at);
        const auto end = std::ranges::find_if(rest, [&](std::uint32_t value) { return value != rest[0]; });
        const auto equal = static_cast<std::size_t>(end - rest.begin());
        const std::size_t missing =
            (k_group - (at - packed) % k_group) % k_group;  // in the group that is begun
        if (missing == 0 && equal >= k_group) {
            append_packed(to, values.subspan(packed, at - packed), width);
            append_run(to, rest[0], equal, width);
            at += equal;
            packed = at;
        } else {
            at += std::min(equal, missing == 0 ? k_group : missing);
        }
    }
    append_packed(to, values.subspan(packed), width);
}

}  // namespace snapq::parquet
