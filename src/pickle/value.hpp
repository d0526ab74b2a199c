// A value on the stack of a pickle: 16 bytes, owns nothing.
#pragma once

#include <bit>
#include <cstdint>

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

}  // namespace snapq::pickle
