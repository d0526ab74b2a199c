// One value of a query result, between the database and the renderers.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace snapq::report {

// Bytes that are not text.
struct Blob {
    std::string_view bytes;

    friend bool operator==(const Blob&, const Blob&) = default;
};

// NULL, integer, real, text or blob. Text should be UTF-8, but may hold any bytes. The views are valid until
// the query moves to its next row.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string_view, Blob>;

[[nodiscard]] inline bool is_null(const Cell& cell) {
    return std::holds_alternative<std::monostate>(cell);
}
[[nodiscard]] inline bool is_number(const Cell& cell) {
    return std::holds_alternative<std::int64_t>(cell) || std::holds_alternative<double>(cell);
}

}  // namespace snapq::report
