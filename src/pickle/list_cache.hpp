// Lists that were read before, by their bytes. A trace writes the stacks of a program again and again, each
// as the same fetches of the same frames: where the file repeats a run of fetches, what it became is known.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pickle/value.hpp"
#include "support/interner.hpp"

namespace snapq::pickle {

// How many bytes from the start of `rest` are fetches up to and with an APPENDS. 0 if something else comes
// first, if `rest` ends before, or if the run is longer than a stack ever is.
[[nodiscard]] std::size_t length_of_run(std::string_view rest);

// Holds at most 4 MiB of runs, then begins anew. What it knows ends with any change of a memo entry that a
// run may have fetched: the owner calls `forget`.
class ListCache {
public:
    struct Known {
        Value value;
        std::size_t length = 0;  // bytes of the run
    };

    // The run at the start of `rest`, if it is one of those that followed the last one before.
    [[nodiscard]] std::optional<Known> expected(std::string_view rest);

    // What `run` (with its APPENDS) became, if it is known. It will be expected here from now on.
    [[nodiscard]] std::optional<Value> find(std::string_view run);

    void remember(std::string_view run, const Value& value);
    void forget();

private:
    static constexpr std::uint32_t k_none = 0xffffffffU;
    static constexpr std::size_t k_followers = 4;
    static constexpr std::size_t k_most_bytes = std::size_t{4} << 20U;

    struct Run {
        Value value;
        std::array<std::uint32_t, k_followers> followers{k_none, k_none, k_none, k_none};  // likeliest first
    };

    void follow(std::uint32_t id);

    TextInterner m_texts;  // of the runs; ids are indexes into m_runs
    std::vector<Run> m_runs;
    std::uint32_t m_last = k_none;
    std::size_t m_bytes = 0;
};

}  // namespace snapq::pickle
