// A cache of lists by the bytes of their opcodes. A trace repeats the stacks of a program, and each stack as
// the same run of memo fetches of its frames. When the file repeats such a run, the cache already has its
// value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pickle/handler.hpp"
#include "support/interner.hpp"

namespace snapq::pickle {

// Length in bytes of the run at the start of `rest`: memo fetches, then APPENDS. 0 when there is another
// opcode, when `rest` ends before APPENDS, or when the run is longer than that of any stack.
[[nodiscard]] std::size_t length_of_run(std::string_view rest);

// Holds at most 4 MiB of runs; then it is cleared. The owner calls `clear` when a memo entry that a run may
// have fetched is overwritten. One thread.
class ListCache {
public:
    struct Known {
        Value value;
        std::size_t length = 0;  // bytes of the run
    };

    // The run at the start of `rest`, if it has followed the previous run before.
    [[nodiscard]] std::optional<Known> expected(std::string_view rest);

    // The value of `run`, which includes its APPENDS, if it is known. From now on `expected` finds it after
    // the previous run.
    [[nodiscard]] std::optional<Value> find(std::string_view run);

    void add(std::string_view run, const Value& value);
    void clear();

private:
    static constexpr std::uint32_t k_none = 0xffffffffU;
    static constexpr std::size_t k_followers = 4;
    static constexpr std::size_t k_most_bytes = std::size_t{4} << 20U;

    struct Run {
        Value value;
        std::array<std::uint32_t, k_followers> followers{k_none, k_none, k_none,
                                                         k_none};  // the most likely first
    };

    void follow(std::uint32_t id);

    TextInterner m_texts;  // of the runs; ids are indexes into m_runs
    std::vector<Run> m_runs;
    std::uint32_t m_last = k_none;
    std::size_t m_bytes = 0;
};

}  // namespace snapq::pickle
