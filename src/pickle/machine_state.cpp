#include "pickle/machine_state.hpp"

#include <algorithm>
#include <utility>

#include "pickle/limits.hpp"
#include "support/error.hpp"

namespace snapq::pickle {
namespace {

// CPython writes 1000 items (2000 keys and values) in a group. Only the last group of a container has fewer.
constexpr std::size_t k_list_batch = 1000;
constexpr std::size_t k_dict_batch = 2 * k_list_batch;

// The capacity in items that a recycled container keeps: enough for a trace entry, but small, because there
// can be many containers.
constexpr std::size_t k_kept_items = 64;

void recycle(auto& buffer) {
    buffer.clear();
    if (buffer.capacity() > k_kept_items) buffer.shrink_to_fit();
}

}  // namespace

// ---- stack ----

void MachineState::grow_stack() {
    const std::uint64_t limit = stack_limit(offset);
    if (m_stack.size() >= limit) {
        throw_input(offset, "the stack holds {} values, more than any pickler needs", m_stack.size());
    }
    m_stack.grow(limit);
}

Value MachineState::pop_complete(const char* what) {
    if (m_stack.size() <= bottom()) throw_input(offset, "{}: the stack is empty", what);
    complete(m_stack.size() - 1);
    const Value value = m_stack.back();
    m_stack.pop();
    return value;
}

void MachineState::refuse_taken(const Value& value) const {
    if (m_handler.is_taken(value)) {
        throw_input(offset, "a list item is dropped or moved after it was completed, which no pickler does");
    }
}

void MachineState::discard_top() {
    if (!m_marks.empty() && bottom() == m_stack.size()) {  // CPython lets POP remove a mark
        m_marks.pop_back();
        return;
    }
    const Value dropped = pop_complete("POP");
    refuse_taken(dropped);
}

void MachineState::duplicate_top() {
    const Value value = pop_complete("DUP");
    push(value);
    push(value);
}

// ---- marks ----

void MachineState::push_mark() {
    if (m_marks.size() >= k_open_marks)
        throw_input(offset, "MARK: nested more than {} levels deep", k_open_marks);
    forget_removed();
    m_marks.push_back({m_stack.size()});
}

std::size_t MachineState::pop_mark(const char* what) {
    if (m_marks.empty()) throw_input(offset, "{}: there is no MARK", what);
    const std::size_t base = m_marks.back().base;
    m_marks.pop_back();
    return base;
}

void MachineState::discard_to_mark() {
    const std::size_t base = pop_mark("POP_MARK");
    complete_from(base);
    for (std::size_t i = base; i < m_stack.size(); ++i) refuse_taken(m_stack[i]);
    m_stack.shrink_to(base);
}

// ---- memo ----

void MachineState::memoize(std::uint64_t index) {
    if (m_stack.empty()) throw_input(offset, "memo: the stack is empty");
    const Value& top = m_stack.back();
    m_memo.put(index, top, offset);
    if (top.kind == Kind::container) container(top).memo_slots.push_back(static_cast<std::uint32_t>(index));
}

// Whether the container is an ancestor of the value that is being read, so that a reference to it is a cycle.
// When the container is on top of the stack, this depends on the next opcode: APPEND to it, or another item
// of the group that it belongs to. Inside a group, the latter is assumed. If the list then contains itself,
// APPEND refuses it.
bool MachineState::is_being_filled(const Container& open) const {
    const std::size_t above = std::size_t{open.position} + 1;
    // A group of its items is open.
    if (std::ranges::binary_search(m_marks, above, {}, &Mark::base)) return true;
    const std::size_t on_top = m_stack.size() - above;
    if (open.shape == Container::Shape::dict) return on_top == 1 && top_can_be_key();  // SETITEM will follow
    return open.shape == Container::Shape::list && on_top == 0 && !is_group_item(open.position);
}

// A list or dict, finished or not, cannot be a key, so it is the next item of the group that the dict is in.
bool MachineState::top_can_be_key() const {
    const Kind kind = m_stack.back().kind;
    return kind != Kind::container && kind != Kind::record;
}

// Whether the value after `position` can be another item of the same group, and not a value of a dict.
bool MachineState::is_group_item(std::size_t position) const {
    if (m_marks.empty() || bottom() > position) return false;
    if (bottom() == 0) return true;
    const Value& below = m_stack[bottom() - 1];
    return below.kind != Kind::container || m_containers[below.id]->shape != Container::Shape::dict;
}

// A reference to an open container: either a cycle, or the container is complete (as the shared empty list of
// a segment whose blocks follow).
Value MachineState::fetch_open(const Value& value) {
    Container& open = container(value);
    if (is_being_filled(open)) return Value{Kind::cyclic, 0, 0, 0};
    const std::size_t position = open.position;
    bool in_order = false;
    ListState* owner = owner_of(position, in_order);
    if (owner != nullptr && !in_order && group_is_complete()) return append_early(position, *owner);
    complete(position, in_order ? owner : nullptr);
    return m_stack[position];
}

// Whether all values above the innermost MARK are finished items or filled dicts. A complete value stays
// complete, so each is examined only once while it is on the stack, however often this is called.
bool MachineState::group_is_complete() {
    forget_removed();
    Mark& mark = m_marks.back();
    std::size_t at = std::max(mark.base, mark.complete_until);
    const std::size_t first = at;
    while (at < m_stack.size() && is_complete_or_filled(m_stack[at])) ++at;
    m_values_checked += at - first + 1;
    mark.complete_until = at;
    return at == m_stack.size();
}

bool MachineState::is_complete_or_filled(const Value& item) const {
    if (item.kind != Kind::container) return item.kind == Kind::record;
    const Container& waiting = *m_containers[item.id];
    return waiting.shape == Container::Shape::dict && !waiting.list.items.empty();
}

// Values above the lowest height that the stack has had since the last call may have been replaced. No value
// below a MARK is removed before that MARK, so only the innermost MARK is affected.
void MachineState::forget_removed() {
    const std::size_t lowest = m_stack.take_lowest();
    if (!m_marks.empty()) m_marks.back().complete_until = std::min(m_marks.back().complete_until, lowest);
}

// Called when a trace contains the same dict twice and its group is still open. The items of the group so far
// are appended now, in their order, so that the second use refers to a finished record.
Value MachineState::append_early(std::size_t position, ListState& list) {
    const std::size_t base = bottom();
    hand_over(list, complete_items(base, list));
    const Value wanted = m_stack[position];
    m_stack.shrink_to(base);
    return wanted;
}

// ---- containers ----

void MachineState::open(Container::Shape shape) {
    if (m_free_containers.empty()) {
        if (m_containers.size() >= k_open_containers) {
            throw_input(offset, "more than {} containers are open at once", k_open_containers);
        }
        m_free_containers.push_back(static_cast<std::uint32_t>(m_containers.size()));
        m_containers.push_back(std::make_unique<Container>());
    }
    const std::uint32_t id = m_free_containers.back();
    push(Value{Kind::container, 0, id, 0});
    m_free_containers.pop_back();
    Container& opened = *m_containers[id];
    opened.shape = shape;
    opened.position = static_cast<std::uint32_t>(m_stack.size() - 1);
}

bool MachineState::top_is_new_list() {
    if (m_stack.empty() || m_stack.back().kind != Kind::container) return false;
    const Container& open = container(m_stack.back());
    return open.shape == Container::Shape::list && open.list.items.empty() &&
           open.list.stream == ListState::k_no_stream;
}

Value& MachineState::target(std::size_t position, Container::Shape shape, const char* what) {
    if (position == 0 || position > m_stack.size()) throw_input(offset, "{}: the stack is empty", what);
    if (position <= bottom() && !m_marks.empty()) throw_input(offset, "{}: the target is below a MARK", what);
    Value& value = m_stack[position - 1];
    if (value.kind == Kind::record) throw_input(offset, "{}: the container is already complete", what);
    if (value.kind != Kind::container || container(value).shape != shape) {
        throw_input(offset, "{}: the target is not a {}", what,
                    shape == Container::Shape::dict ? "dict" : "list");
    }
    return value;
}

void MachineState::close(std::size_t position, const Value& finished) {
    Value& value = m_stack[position];
    const std::uint32_t id = value.id;
    Container& closed = *m_containers[id];
    for (const std::uint32_t slot : closed.memo_slots) m_memo.finish(slot, id, finished, offset);
    m_held.remove(closed.list.items.size());
    recycle(closed.memo_slots);
    recycle(closed.list.items);
    closed.list.stream = ListState::k_no_stream;
    m_free_containers.push_back(id);
    value = finished;
}

void MachineState::complete(std::size_t position, ListState* owner) {
    Value& value = m_stack[position];
    if (value.kind < Kind::bytes) return;
    if (value.kind == Kind::bytes) {
        value = Value::text(m_handler.text(m_bytes[value.id]));
        return;
    }
    Container& open = container(value);
    switch (open.shape) {
        case Container::Shape::dict:
            close(position, m_handler.dict(open.list.items, owner, false, offset));
            break;
        case Container::Shape::list: close(position, m_handler.list(open.list, {}, offset)); break;
        case Container::Shape::tuple:
            for (Value& item : open.list.items) {
                if (item.kind == Kind::bytes) item = Value::text(m_handler.text(m_bytes[item.id]));
            }
            close(position, m_handler.tuple(open.list.items, offset));
            break;
    }
}

void MachineState::complete_from(std::size_t base, ListState* owner) {
    for (std::size_t i = base; i < m_stack.size(); ++i) {
        if (m_stack[i].kind >= Kind::bytes) complete(i, owner);
    }
}

// Completes the items of a list from `base` on. Before an unfinished item is completed, all items before it
// are handed over, since it can be an entry of a trace, which the handler takes immediately. Returns the
// items not yet handed over.
std::span<const Value> MachineState::complete_items(std::size_t base, ListState& list) {
    std::size_t first = base;
    for (std::size_t i = base; i < m_stack.size(); ++i) {
        if (m_stack[i].kind < Kind::bytes) continue;
        if (i > first) hand_over(list, {m_stack.data() + first, i - first});
        first = i;
        complete(i, &list);
    }
    return {m_stack.data() + first, m_stack.size() - first};
}

void MachineState::hand_over(ListState& list, std::span<const Value> items) {
    if (!m_handler.append(list, items, offset)) hold(list.items, items);
}

void MachineState::hold(std::vector<Value>& into, std::span<const Value> values) {
    m_held.add(values.size(), offset);
    into.insert(into.end(), values.begin(), values.end());
}

// The open list whose next item the value at `position` will be: below the MARK of its group, or directly
// below it; null when there is none. `in_order`: the list has taken all items before it in the group.
ListState* MachineState::owner_of(std::size_t position, bool& in_order) {
    const bool in_group = !m_marks.empty() && bottom() <= position;
    const std::size_t first = in_group ? bottom() : position;
    if (first == 0) return nullptr;
    Value& below = m_stack[first - 1];
    if (below.kind != Kind::container || container(below).shape != Container::Shape::list) return nullptr;
    in_order = position == first || (position == first + 1 && m_handler.is_taken(m_stack[first]));
    return &container(below).list;
}

void MachineState::set_group() {
    const std::size_t base = pop_mark("SETITEMS");
    if ((m_stack.size() - base) % 2 != 0) throw_input(offset, "SETITEMS: a key without a value");
    set_pairs(base);
}

void MachineState::set_one() {
    if (m_stack.size() < 2) throw_input(offset, "SETITEM: the stack is empty");
    const std::size_t base = m_stack.size() - 2;
    complete_from(base);
    hold_pairs(container(target(base, Container::Shape::dict, "SETITEM")), base);
}

void MachineState::set_pairs(std::size_t base) {
    complete_from(base);
    Container& dict = container(target(base, Container::Shape::dict, "SETITEMS"));
    const std::span<const Value> pairs(m_stack.data() + base, m_stack.size() - base);
    const std::size_t position = base - 1;
    if (dict.list.items.empty() && pairs.size() < k_dict_batch) {
        bool in_order = false;
        ListState* owner = owner_of(position, in_order);
        const Value finished = m_handler.dict(pairs, in_order ? owner : nullptr, true, offset);
        if (finished != k_not_yet) {
            m_stack.shrink_to(base);
            close(position, finished);
            // The C++ pickler writes a list of a million events as one group. Only the last event stays on
            // the stack.
            const bool follows = position > 0 && !m_marks.empty() && bottom() < position;
            if (follows && m_handler.is_taken(finished) && m_handler.is_taken(m_stack[position - 1])) {
                m_stack[position - 1] = finished;
                m_stack.pop();
            }
            return;
        }
    }
    hold_pairs(dict, base);
}

void MachineState::hold_pairs(Container& dict, std::size_t base) {
    for (std::size_t i = base; i < m_stack.size(); ++i) refuse_taken(m_stack[i]);
    hold(dict.list.items, above(base));
    m_stack.shrink_to(base);
}

void MachineState::append_group() {
    append_items(pop_mark("APPENDS"));
}

void MachineState::append_one() {
    if (m_stack.empty()) throw_input(offset, "APPEND: the stack is empty");
    const std::size_t base = m_stack.size() - 1;
    ListState& list = container(target(base, Container::Shape::list, "APPEND")).list;
    complete_from(base, &list);
    hand_over(list, {m_stack.data() + base, 1});
    m_stack.shrink_to(base);
}

void MachineState::append_items(std::size_t base) {
    Container& open = container(target(base, Container::Shape::list, "APPENDS"));
    const bool last_group = m_stack.size() - base < k_list_batch;
    const std::span<const Value> items = complete_items(base, open.list);
    if (last_group && open.list.items.empty() && open.list.stream == ListState::k_no_stream) {
        const Value finished = m_handler.list(open.list, items, offset);
        m_stack.shrink_to(base);
        close(base - 1, finished);
        return;
    }
    hand_over(open.list, items);
    m_stack.shrink_to(base);
}

void MachineState::make_list() {
    const std::size_t base = pop_mark("LIST");
    ListState made;
    hand_over(made, complete_items(base, made));
    m_stack.shrink_to(base);
    open(Container::Shape::list);
    container(m_stack.back()).list = std::move(made);
}

void MachineState::make_dict() {
    const std::size_t base = pop_mark("DICT");
    if ((m_stack.size() - base) % 2 != 0) throw_input(offset, "DICT: a key without a value");
    complete_from(base);
    for (std::size_t i = base; i < m_stack.size(); ++i) refuse_taken(m_stack[i]);
    std::vector<Value> held;
    hold(held, above(base));
    m_stack.shrink_to(base);
    open(Container::Shape::dict);
    container(m_stack.back()).list.items = std::move(held);
}

void MachineState::make_tuple_of(std::size_t count) {
    if (m_stack.size() < bottom() + count) throw_input(offset, "TUPLE: the stack is empty");
    make_tuple(m_stack.size() - count);
}

// Bytes are not converted, since the tuple can be the arguments of a REDUCE that reads them. Trace entries go
// to `entries`.
void MachineState::complete_tuple_items(std::size_t base, ListState& entries) {
    for (std::size_t i = base; i < m_stack.size(); ++i) {
        refuse_taken(m_stack[i]);
        if (m_stack[i].kind == Kind::container) complete(i, &entries);
    }
}

void MachineState::make_tuple(std::size_t base) {
    ListState entries;
    complete_tuple_items(base, entries);
    const std::span<const Value> items = above(base);
    if (entries.stream != ListState::k_no_stream) {  // a trace that is a tuple
        const Value finished = m_handler.list(entries, items, offset);
        m_stack.shrink_to(base);
        return push(finished);
    }
    // Two numbers are a pool id, which newer files have in every event: finished at once, without a
    // container.
    if (items.size() == 2 && items[0].kind == Kind::integer && items[1].kind == Kind::integer) {
        const Value finished = m_handler.tuple(items, offset);
        m_stack.shrink_to(base);
        return push(finished);
    }
    std::vector<Value> held;
    hold(held, items);
    m_stack.shrink_to(base);
    open(Container::Shape::tuple);
    container(m_stack.back()).list.items = std::move(held);
}

}  // namespace snapq::pickle
