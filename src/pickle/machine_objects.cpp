// REDUCE and BUILD: how the allowed globals become plain data. Nothing is called.
#include <algorithm>
#include <bit>
#include <cstring>

#include "pickle/limits.hpp"
#include "pickle/machine_state.hpp"
#include "support/error.hpp"

namespace snapq::pickle {
namespace {

// Converts UTF-8 to Latin-1: one byte for each character, also for the upper half, which has two bytes in
// UTF-8.
std::string latin1_bytes(std::string_view utf8) {
    std::string bytes;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto lead = static_cast<unsigned char>(utf8[i]);
        if (lead < 0x80 || i + 1 == utf8.size()) {
            bytes += utf8[i];
            continue;
        }
        const auto next = static_cast<unsigned char>(utf8[++i]);
        bytes += static_cast<char>(((lead & 0x1fU) << 6) | (next & 0x3fU));
    }
    return bytes;
}

std::uint64_t little_endian(std::string_view raw, bool big_endian) {
    std::string bytes(raw);
    if (big_endian) std::ranges::reverse(bytes);
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), bytes.size());
    return number;
}

Value signed_number(std::uint64_t number, std::size_t size) {
    const auto unused = static_cast<int>(64 - size * 8);
    return Value::integer(std::bit_cast<std::int64_t>(number << unused) >> unused);
}

Value unsigned_number(std::uint64_t number) {
    return number >> 63 != 0 ? Value::natural(number) : Value::integer(std::bit_cast<std::int64_t>(number));
}

Value real_number(std::uint64_t number, std::size_t size) {
    if (size == sizeof(float)) return Value::real(std::bit_cast<float>(static_cast<std::uint32_t>(number)));
    return Value::real(std::bit_cast<double>(number));
}

}  // namespace

void MachineState::push_bytes(std::string_view bytes) {
    push(Value{Kind::bytes, 0, m_bytes.intern(bytes), 0});
}

void MachineState::push_global(std::string_view module, std::string_view name) {
    const auto global = find_global(module, name);
    if (!global) refuse_global(module, name, offset);
    push(Value{Kind::opaque, static_cast<std::uint8_t>(*global), 0, 0});
}

void MachineState::stack_global() {
    const Value name = pop_complete("STACK_GLOBAL");
    const Value module = pop_complete("STACK_GLOBAL");
    if (!name.is_text() || !module.is_text())
        throw_input(offset, "STACK_GLOBAL: module and name are not text");
    push_global(m_handler.text_of(module.id), m_handler.text_of(name.id));
}

void MachineState::reduce() {
    if (m_stack.size() < bottom() + 2) throw_input(offset, "REDUCE: the stack is empty");
    const std::size_t at = m_stack.size() - 1;
    const Value callee = m_stack[at - 1];
    if (callee.kind != Kind::opaque) throw_input(offset, "REDUCE: the callable is not a global");
    const Value argument = m_stack[at];
    if (argument.kind != Kind::container || container(argument).shape != Container::Shape::tuple) {
        throw_input(offset, "REDUCE: the arguments are not a tuple");
    }
    std::vector<Value> arguments = container(argument).list.items;
    complete(at);
    m_stack.shrink_to(at - 1);
    push_reduced(static_cast<Global>(callee.type), std::move(arguments));
}

void MachineState::push_reduced(Global global, std::vector<Value> arguments) {
    switch (global) {
        case Global::ordered_dict:
            if (!arguments.empty())
                throw_input(offset, "REDUCE: an OrderedDict with arguments is not supported");
            return open(Container::Shape::dict);
        case Global::default_dict:
            if (arguments.size() > 1) throw_input(offset, "REDUCE: a defaultdict takes one factory");
            return open(Container::Shape::dict);
        case Global::builtin_type:
            throw_input(offset, "REDUCE: a builtin type would be called, which is refused");
        case Global::numpy_dtype: return push(numpy_dtype(arguments));
        case Global::numpy_scalar: return push(numpy_number(arguments));
        case Global::codecs_encode: return push(encoded(arguments));
        case Global::identity_first:
        case Global::identity_only:
            if (arguments.empty()) throw_input(offset, "REDUCE: the arguments are missing");
            return push(arguments[0]);
    }
}

Value MachineState::numpy_dtype(const std::vector<Value>& arguments) {
    if (arguments.empty() || !arguments[0].is_text())
        throw_input(offset, "REDUCE: a numpy dtype without its name");
    const std::string_view name = m_handler.text_of(arguments[0].id);
    if (name.size() > k_dtype_name || m_dtypes.size() >= k_most_dtypes) {
        throw_input(offset, "REDUCE: numpy dtype {} has a name of {} bytes, which no number type has",
                    m_dtypes.size() + 1, name.size());
    }
    m_dtypes.push_back({std::string(name), false});
    return Value{Kind::opaque, static_cast<std::uint8_t>(Global::numpy_dtype),
                 static_cast<std::uint32_t>(m_dtypes.size() - 1), 1};
}

// A dtype made by REDUCE is an opaque value with `bits` 1; the global of the same name has 0.
Value MachineState::numpy_number(const std::vector<Value>& arguments) {
    const bool is_number = arguments.size() == 2 && arguments[0].kind == Kind::opaque &&
                           arguments[0].bits == 1 && arguments[1].kind == Kind::bytes;
    if (!is_number) throw_input(offset, "REDUCE: a numpy scalar is not (dtype, bytes)");
    const Dtype& dtype = m_dtypes[arguments[0].id];
    const std::string_view raw = m_bytes[arguments[1].id];
    const char type = dtype.text.empty() ? '?' : dtype.text[0];
    const bool known_size = raw.size() == 1 || raw.size() == 2 || raw.size() == 4 || raw.size() == 8;
    if (!known_size || (type == 'f' && raw.size() < 4)) {
        throw_input(offset, "a numpy scalar of dtype '{}' and {} bytes is not supported", dtype.text,
                    raw.size());
    }
    const std::uint64_t number = little_endian(raw, dtype.big_endian);
    switch (type) {
        case 'i': return signed_number(number, raw.size());
        case 'u': return unsigned_number(number);
        case 'b': return Value::boolean(number != 0);
        case 'f': return real_number(number, raw.size());
        default: throw_input(offset, "a numpy scalar of dtype '{}' is not supported", dtype.text);
    }
}

Value MachineState::encoded(const std::vector<Value>& arguments) {
    if (arguments.empty() || !arguments[0].is_text()) throw_input(offset, "REDUCE: encode() without text");
    return Value{Kind::bytes, 0, m_bytes.intern(latin1_bytes(m_handler.text_of(arguments[0].id))), 0};
}

void MachineState::set_byte_order(const Value& dtype, const Value& state) {
    if (state.kind != Kind::container || container(state).shape != Container::Shape::tuple) return;
    const std::vector<Value>& items = container(state).list.items;
    if (items.size() < 2 || !items[1].is_text()) return;
    m_dtypes[dtype.id].big_endian = m_handler.text_of(items[1].id) == ">";
}

// The state of an object is not needed, except the byte order of a dtype.
void MachineState::build() {
    if (m_stack.size() < bottom() + 2) throw_input(offset, "BUILD: the stack is empty");
    const std::size_t at = m_stack.size() - 1;
    const Value object = m_stack[at - 1];
    const bool is_dtype = object.kind == Kind::opaque && object.bits == 1;
    const bool is_dict = object.kind == Kind::container && container(object).shape == Container::Shape::dict;
    if (!is_dtype && !is_dict)
        throw_input(offset, "BUILD: sets the state of an object that is not plain data");
    if (is_dtype) set_byte_order(object, m_stack[at]);
    complete(at);
    m_stack.shrink_to(at);
}

}  // namespace snapq::pickle
