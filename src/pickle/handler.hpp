// The interface between the pickle machine and its consumer: the values that they exchange, and the
// functions.
//
// The machine builds containers but does not know their meaning. It gives each finished dict, list and tuple
// to the handler once and keeps only the small Value that the handler returns. A list of millions of items is
// given in parts.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "pickle/limits.hpp"

namespace snapq::pickle {

enum class Kind : std::uint8_t {
    none,
    boolean,
    integer,  // signed 64-bit
    natural,  // unsigned, above 2^63 - 1
    real,
    text,    // id given by the handler
    record,  // a finished container: the `type` and `id` that the handler gave it
    cyclic,  // a reference to a container that is still being filled
    opaque,  // an allowed global that is not called (a builtin type, a numpy dtype)
    // The machine converts these before it gives values to the handler.
    bytes,
    container,
};

// A value on the stack of a pickle: 16 bytes, owns nothing.
struct Value {
    Kind kind = Kind::none;
    std::uint8_t type = 0;   // record: the handler's own type, below 16
    std::uint32_t id = 0;    // text, record, bytes, container, opaque
    std::uint64_t bits = 0;  // boolean, integer, natural, real

    static Value none() { return {}; }
    static Value boolean(bool value) { return {Kind::boolean, 0, 0, value ? 1U : 0U}; }
    static Value integer(std::int64_t value) {
        return {Kind::integer, 0, 0, std::bit_cast<std::uint64_t>(value)};
    }
    static Value natural(std::uint64_t value) { return {Kind::natural, 0, 0, value}; }
    static Value real(double value) { return {Kind::real, 0, 0, std::bit_cast<std::uint64_t>(value)}; }
    static Value text(std::uint32_t id) { return {Kind::text, 0, id, 0}; }
    static Value record(std::uint8_t type, std::uint32_t id) { return {Kind::record, type, id, 0}; }

    [[nodiscard]] std::int64_t as_integer() const { return std::bit_cast<std::int64_t>(bits); }
    [[nodiscard]] double as_real() const { return std::bit_cast<double>(bits); }
    [[nodiscard]] bool is_text() const { return kind == Kind::text; }
    [[nodiscard]] bool is_record(std::uint8_t wanted) const { return kind == Kind::record && type == wanted; }

    friend bool operator==(const Value&, const Value&) = default;
};
static_assert(sizeof(Value) == 16);

// A list that is still open.
struct ListState {
    static constexpr std::uint32_t k_no_stream = 0xffffffffU;
    std::uint32_t stream = k_no_stream;  // the handler's number for a list whose items it takes immediately
    std::vector<Value> items;            // appended items that the handler has not taken
};

// Result of Handler::dict for a dict that cannot be finished yet.
inline constexpr Value k_not_yet{Kind::container, 0, 0xffffffffU, 0};

// Called by one thread. `offset` is the position in the input at which the container was closed; handlers
// name it in the InputError that they throw. Spans and views are valid during the call.
class Handler {
public:
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;

    // The id of a text. `bytes` are as in the file, not necessarily UTF-8, at most k_longest_text + 1 of
    // them.
    virtual std::uint32_t text(std::string_view bytes) = 0;
    [[nodiscard]] virtual std::string_view text_of(std::uint32_t id) const = 0;

    // A finished dict: key, value, key, value, … in file order. A later equal key wins. `owner` is the open
    // list whose next item this dict will be, or null. With `may_wait`, the handler may return k_not_yet; the
    // machine calls again with the same dict when all items before it have been appended to the list.
    virtual Value dict(std::span<const Value> pairs, ListState* owner, bool may_wait,
                       std::uint64_t offset) = 0;

    // More items of an open list. Returns whether the handler has taken them; otherwise the machine stores
    // them in `list.items`.
    virtual bool append(ListState& list, std::span<const Value> items, std::uint64_t offset) = 0;

    // A finished list: `last_items` follow those in `list.items`.
    virtual Value list(ListState& list, std::span<const Value> last_items, std::uint64_t offset) = 0;

    // Whether `list` would return `value` again for equal items and change nothing, so that it need not be
    // called.
    [[nodiscard]] virtual bool is_interned(const Value& value) const = 0;

    // A finished tuple or frozen set.
    virtual Value tuple(std::span<const Value> items, std::uint64_t offset) = 0;

    // Whether `value` is an item that its list has taken already, so that it need not be kept until the list
    // closes.
    [[nodiscard]] virtual bool is_taken(const Value& value) const = 0;
};

}  // namespace snapq::pickle
