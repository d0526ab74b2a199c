// The state of the pickle machine: the stack, the marks, the memo and the open containers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pickle/globals.hpp"
#include "pickle/handler.hpp"
#include "pickle/limits.hpp"
#include "pickle/memo.hpp"
#include "support/interner.hpp"

namespace snapq::pickle {

// The stack of values. Unlike std::vector, it needs only one check for both its capacity and the limit of its
// size.
class ValueStack {
public:
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool empty() const { return m_size == 0; }
    [[nodiscard]] bool is_full() const { return m_size == m_capacity; }
    [[nodiscard]] Value* data() { return m_values.get(); }
    [[nodiscard]] Value& operator[](std::size_t i) { return m_values[i]; }
    [[nodiscard]] const Value& operator[](std::size_t i) const { return m_values[i]; }
    [[nodiscard]] Value& back() { return m_values[m_size - 1]; }
    [[nodiscard]] const Value& back() const { return m_values[m_size - 1]; }
    [[nodiscard]] Value* begin() { return data(); }
    [[nodiscard]] Value* end() { return data() + m_size; }

    // Requires !is_full().
    void push(const Value& value) { m_values[m_size++] = value; }
    void pop() { shrink_to(m_size - 1); }
    void shrink_to(std::size_t size) {
        m_size = size;
        m_lowest = std::min(m_lowest, size);
    }

    // The smallest size since the last call. The values below it have not been replaced by others.
    [[nodiscard]] std::size_t take_lowest() { return std::exchange(m_lowest, m_size); }

    // Doubles the capacity, up to `most` values.
    void grow(std::size_t most) {
        const std::size_t capacity = std::min(most, std::max<std::size_t>(4096, m_capacity * 2));
        auto larger = std::make_unique_for_overwrite<Value[]>(capacity);
        std::copy_n(m_values.get(), m_size, larger.get());
        m_values = std::move(larger);
        m_capacity = capacity;
    }

private:
    std::unique_ptr<Value[]> m_values;
    std::size_t m_size = 0;
    std::size_t m_capacity = 0;
    std::size_t m_lowest = 0;
};

// A MARK. The values above it are a group.
struct Mark {
    std::size_t base = 0;            // height of the stack
    std::size_t complete_until = 0;  // the values of the group below this height are known to be complete
};

// A container that is not finished.
struct Container {
    enum class Shape : std::uint8_t { list, dict, tuple };

    Shape shape = Shape::list;
    std::uint32_t position = 0;  // on the stack
    ListState list;              // of a dict, `items` is key, value, key, value, …
    std::vector<std::uint32_t> memo_slots;
};

// Invariant: each open container is on the stack exactly once, at its `position`. "Complete" means that the
// handler has turned a container into a finished value.
class MachineState {
public:
    explicit MachineState(Handler& handler) : m_handler(handler) {}

    // Offset in the input of the current opcode; part of every error.
    std::uint64_t offset = 0;

    // ---- stack ----
    void push(const Value& value) {
        if (m_stack.is_full()) grow_stack();
        m_stack.push(value);
    }
    [[nodiscard]] Value pop_complete(const char* what);
    void discard_top();
    void duplicate_top();
    [[nodiscard]] bool is_empty() const { return m_stack.empty(); }

    // ---- marks ----
    void push_mark();
    // Removes the innermost mark and returns the height of the stack at it.
    [[nodiscard]] std::size_t pop_mark(const char* what);
    void discard_to_mark();

    // ---- memo ----
    void memoize(std::uint64_t index);
    void memoize_next() { memoize(m_memo.size()); }
    void fetch(std::uint64_t index) {
        // Two branches, so that the usual value goes from registers to the stack. A copy that is written
        // member by member and then read as a whole would make the processor wait for its own stores.
        if (m_memo.is_open(index)) {
            push(fetch_open(m_memo.get(index, offset)));
        } else {
            push(m_memo.get(index, offset));
        }
    }
    [[nodiscard]] std::uint64_t memo_redefined() const { return m_memo.redefined(); }
    [[nodiscard]] std::uint64_t memo_size() const { return m_memo.size(); }
    [[nodiscard]] std::uint64_t values_checked() const { return m_values_checked; }

    // ---- containers ----
    void open(Container::Shape shape);
    // Whether the top of the stack is an open list without items.
    [[nodiscard]] bool top_is_new_list();
    // Replaces that list by `finished`.
    void finish_top(const Value& finished) { close(m_stack.size() - 1, finished); }
    [[nodiscard]] const Value& top() const { return m_stack.back(); }
    void append_one();                  // APPEND
    void append_group();                // APPENDS, ADDITEMS
    void set_one();                     // SETITEM
    void set_group();                   // SETITEMS
    void make_list();                   // LIST
    void make_dict();                   // DICT
    void make_tuple(std::size_t base);  // of everything above `base`
    void make_tuple_of(std::size_t count);

    // ---- bytes, globals ----
    void push_bytes(std::string_view bytes);
    void push_global(std::string_view module, std::string_view name);
    void stack_global();
    void reduce();
    void build();

private:
    // How to read the raw bytes of a numpy number.
    struct Dtype {
        std::string text;
        bool big_endian = false;
    };

    void grow_stack();
    Container& container(const Value& value) { return *m_containers[value.id]; }
    [[nodiscard]] Value& target(std::size_t position, Container::Shape shape, const char* what);
    [[nodiscard]] Value fetch_open(const Value& value);
    [[nodiscard]] bool group_is_complete();
    [[nodiscard]] bool is_complete_or_filled(const Value& item) const;
    // The height of the stack at the innermost MARK, or 0.
    [[nodiscard]] std::size_t bottom() const { return m_marks.empty() ? 0 : m_marks.back().base; }
    void forget_removed();
    [[nodiscard]] Value append_early(std::size_t position, ListState& list);
    [[nodiscard]] bool top_can_be_key() const;
    [[nodiscard]] bool is_being_filled(const Container& open) const;
    [[nodiscard]] bool is_group_item(std::size_t position) const;
    [[nodiscard]] ListState* owner_of(std::size_t position, bool& in_order);

    // `complete` gives the container at `position` to the handler; `close` replaces it by the handler's value
    // and frees it.
    void close(std::size_t position, const Value& finished);
    void complete(std::size_t position, ListState* owner = nullptr);
    void complete_from(std::size_t base, ListState* owner = nullptr);
    [[nodiscard]] std::span<const Value> complete_items(std::size_t base, ListState& list);
    void complete_tuple_items(std::size_t base, ListState& entries);
    void hand_over(ListState& list, std::span<const Value> items);
    // The values on the stack from `base` on.
    [[nodiscard]] std::span<const Value> above(std::size_t base) {
        return {m_stack.data() + base, m_stack.size() - base};
    }
    // Appends values to those that an open container holds.
    void hold(std::vector<Value>& into, std::span<const Value> values);
    void set_pairs(std::size_t base);
    void hold_pairs(Container& dict, std::size_t base);
    void append_items(std::size_t base);
    // Throws InputError for an item that its list has taken already: it cannot become part of something else.
    void refuse_taken(const Value& value) const;

    void push_reduced(Global global, std::vector<Value> arguments);
    [[nodiscard]] Value numpy_dtype(const std::vector<Value>& arguments);
    [[nodiscard]] Value numpy_number(const std::vector<Value>& arguments);
    [[nodiscard]] Value encoded(const std::vector<Value>& arguments);
    void set_byte_order(const Value& dtype, const Value& state);

    Handler& m_handler;
    ValueStack m_stack;
    std::vector<Mark> m_marks;
    std::uint64_t m_values_checked = 0;  // by group_is_complete
    Memo m_memo;
    std::vector<std::unique_ptr<Container>> m_containers;
    std::vector<std::uint32_t> m_free_containers;
    HeldValues m_held;  // in `list.items` of all containers
    TextInterner m_bytes;
    std::vector<Dtype> m_dtypes;  // by the id of an opaque numpy_dtype
};

}  // namespace snapq::pickle
