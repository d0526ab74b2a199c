// One value of a result, as it comes from a database and goes to whatever prints it.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace snapq::report {

// Bytes that are no text.
struct Blob {
    std::string_view bytes;

    friend bool operator==(const Blob&, const Blob&) = default;
};

// NULL, integer, real, text (meant to be UTF-8, but it may hold any bytes) or blob. Views belong to the row's
// owner and are valid until it goes to the next row.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string_view, Blob>;

[[nodiscard]] inline bool is_null(const Cell& cell) {
    return std::holds_alternative<std::monostate>(cell);
}
[[nodiscard]] inline bool is_number(const Cell& cell) {
    return std::holds_alternative<std::int64_t>(cell) || std::holds_alternative<double>(cell);
}

}  // namespace snapq::report
