// The stack, the marks, the memo and the containers that are still open.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pickle/globals.hpp"
#include "pickle/handler.hpp"
#include "pickle/kept_values.hpp"
#include "pickle/memo.hpp"
#include "pickle/value.hpp"
#include "pickle/value_stack.hpp"
#include "support/interner.hpp"

namespace snapq::pickle {

// A container between its opening and the moment something takes it as a value.
struct Container {
    enum class Shape : std::uint8_t { list, dict, tuple };

    Shape shape = Shape::list;
    std::uint32_t position = 0;  // on the stack
    ListState list;              // dict: `items` holds key, value, key, value, …
    std::vector<std::uint32_t> memo_slots;
};

// Operations keep one invariant: a Value of kind `container` stands at exactly one place, the container's
// position.
class MachineState {
public:
    explicit MachineState(Handler& handler) : m_handler(handler) {}

    // Offset of the opcode being run; part of every error.
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
    // Stack height at the innermost mark, which is removed.
    [[nodiscard]] std::size_t pop_mark(const char* what);
    void discard_to_mark();

    // ---- memo ----
    void memoize(std::uint64_t index);
    void memoize_next() { memoize(m_memo.size()); }
    void fetch(std::uint64_t index) {
        // The usual value goes from registers right into its place: a copy of it that is made member by
        // member and then read as a whole would make the processor wait for its own stores.
        if (m_memo.is_open(index)) {
            push(fetch_open(m_memo.get(index, offset)));
        } else {
            push(m_memo.get(index, offset));
        }
    }
    [[nodiscard]] std::uint64_t memo_redefined() const { return m_memo.redefined(); }
    [[nodiscard]] std::uint64_t memo_size() const { return m_memo.size(); }

    // ---- containers ----
    void open(Container::Shape shape);
    // Whether a list that nothing was appended to is on top of the stack.
    [[nodiscard]] bool top_is_new_list();
    // That list is complete and became `finished`.
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
    // What a numpy dtype says of the raw bytes of a number.
    struct Dtype {
        std::string text;
        bool big_endian = false;
    };

    void grow_stack();
    Container& container(const Value& value) { return *m_containers[value.id]; }
    [[nodiscard]] Value& target(std::size_t position, Container::Shape shape, const char* what);
    [[nodiscard]] Value fetch_open(const Value& value);
    [[nodiscard]] bool group_is_complete() const;
    [[nodiscard]] Value append_early(std::size_t position, ListState& list);
    [[nodiscard]] bool top_can_be_key() const;
    [[nodiscard]] bool is_being_filled(const Container& open) const;
    [[nodiscard]] bool is_group_item(std::size_t position) const;
    [[nodiscard]] ListState* owner_of(std::size_t position, bool& in_order);

    // Turns the container at `position` into what the handler makes of it, and frees it.
    void close(std::size_t position, const Value& finished);
    void complete(std::size_t position, ListState* owner = nullptr);
    void complete_from(std::size_t base, ListState* owner = nullptr);
    [[nodiscard]] std::span<const Value> complete_items(std::size_t base, ListState& list);
    void complete_tuple_items(std::size_t base, ListState& entries);
    void hand_over(ListState& list, std::span<const Value> items);
    // What stands on the stack from `base` on.
    [[nodiscard]] std::span<const Value> above(std::size_t base) {
        return {m_stack.data() + base, m_stack.size() - base};
    }
    // Appends to what an open container holds until it is complete.
    void keep(std::vector<Value>& into, std::span<const Value> values);
    void set_pairs(std::size_t base);
    void keep_pairs(Container& dict, std::size_t base);
    void append_items(std::size_t base);
    // An item that its list has taken away already cannot become part of anything else.
    void refuse_taken(const Value& value) const;

    void push_reduced(Global global, std::vector<Value> arguments);
    [[nodiscard]] Value numpy_dtype(const std::vector<Value>& arguments);
    [[nodiscard]] Value numpy_number(const std::vector<Value>& arguments);
    [[nodiscard]] Value encoded(const std::vector<Value>& arguments);
    void set_byte_order(const Value& dtype, const Value& state);

    Handler& m_handler;
    ValueStack m_stack;
    std::vector<std::size_t> m_marks;
    Memo m_memo;
    std::vector<std::unique_ptr<Container>> m_containers;
    std::vector<std::uint32_t> m_free_containers;
    KeptValues m_kept;  // in `list.items` of all of them
    TextInterner m_bytes;
    std::vector<Dtype> m_dtypes;  // an opaque numpy_dtype's id is an index here
};

}  // namespace snapq::pickle
