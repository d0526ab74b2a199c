// Where the pickle machine meets its consumer: values become records as soon as they are complete.
//
// The machine knows containers, not meanings. It hands over each finished dict, list and tuple once and keeps
// only the small Value that the handler returns; a list of millions is handed over in parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "pickle/value.hpp"

namespace snapq::pickle {

// Of a longer text the handler gets one byte more, so that it can tell. Far above what any recorder writes
// (a frame's name has some KB), and far below what a reader of archives takes for one value (16 MiB).
inline constexpr std::size_t k_longest_text = std::size_t{1} << 20;

// A list that is still open. `stream` belongs to the handler: a list whose items it has begun to take away.
struct ListState {
    static constexpr std::uint32_t k_no_stream = 0xffffffffU;
    std::uint32_t stream = k_no_stream;
    std::vector<Value> items;  // what was appended and not taken away
};

// What Handler::dict returns for a dict that cannot be finished yet.
inline constexpr Value k_not_yet{Kind::container, 0, 0xffffffffU, 0};

class Handler {
public:
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;

    // Text as it stands in the file (any bytes), at most k_longest_text + 1 of it; equal text may get the
    // same id.
    virtual std::uint32_t text(std::string_view bytes) = 0;
    [[nodiscard]] virtual std::string_view text_of(std::uint32_t id) const = 0;

    // A finished dict: key, value, key, value, … in file order (a later equal key wins). `owner` is the open
    // list whose next item this dict will be, or null; `may_wait` tells that the handler may answer k_not_yet
    // (it will be asked again, in list order). `offset` is where the dict was closed.
    virtual Value dict(std::span<const Value> pairs, ListState* owner, bool may_wait,
                       std::uint64_t offset) = 0;

    // More items of a list that goes on: returns true when it has taken them, else the machine stores them.
    virtual bool append(ListState& list, std::span<const Value> items, std::uint64_t offset) = 0;

    // A finished list: its last items, behind those in `list.items`.
    virtual Value list(ListState& list, std::span<const Value> last_items, std::uint64_t offset) = 0;

    // Whether `list` would make `value` again of equal items, none of them cyclic, and change nothing: then
    // it need not be asked.
    [[nodiscard]] virtual bool is_interned(const Value& value) const = 0;

    // A finished tuple (or frozen set).
    virtual Value tuple(std::span<const Value> items, std::uint64_t offset) = 0;

    // Whether `value` is an item that its list has taken away already and that need not be kept until the
    // list closes.
    [[nodiscard]] virtual bool is_taken(const Value& value) const = 0;
};

}  // namespace snapq::pickle
