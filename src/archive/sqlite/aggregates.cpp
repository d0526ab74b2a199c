#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/functions.hpp"
#include "archive/sqlite/row_sorter.hpp"
#include "support/error.hpp"

// median(x) and percentile(x, p): exact order statistics. NULL is left out; a text that is not a number is an
// error. Between two values the result is interpolated linearly, as in SQLite's own percentile extension and
// in numpy. The result is an integer if all values are integers and it has no fraction, else a real number;
// NULL if there is no value.

namespace snapq::archive::sqlite {
namespace {

// Holds each integer of 64 bits and each double exactly.
using Number = long double;
static_assert(std::numeric_limits<Number>::digits >= 64);

// Values of one group that are held in memory (4 MiB). If there are more, all of them are sorted in temporary
// files.
constexpr std::size_t k_most_in_memory = std::size_t{1} << 18U;

constexpr std::int64_t k_rows_between_checks = 4096;

class OrderStatistic {
public:
    explicit OrderStatistic(const Functions& functions) : m_functions(functions) {}

    void add(sqlite3_value* value) {
        const bool integer = sqlite3_value_numeric_type(value) == SQLITE_INTEGER;
        m_integers = m_integers && integer;
        ++m_count;
        const Number number =
            integer ? Number(sqlite3_value_int64(value)) : Number(sqlite3_value_double(value));
        if (m_sorter == nullptr && m_values.size() < k_most_in_memory) {
            m_values.push_back(number);
        } else {
            move_to_sorter();
            add_to_sorter(number);
        }
    }

    // From 0 to 100, and the same for all rows of a group.
    void set_percentage(double percentage) {
        if (!(percentage >= 0 && percentage <= 100))
            throw_usage("percentile: the second argument must be from 0 to 100");
        if (m_percentage && *m_percentage != percentage)
            throw_usage("percentile: the second argument must be the same for all rows of a group");
        m_percentage = percentage;
    }

    void result(sqlite3_context* context) {
        if (m_count == 0) return sqlite3_result_null(context);
        const Number position = Number(m_percentage.value_or(50)) / 100 * Number(m_count - 1);
        const auto below = static_cast<std::int64_t>(std::floor(position));
        const Number fraction = position - Number(below);
        const auto [low, high] = values_at(below, fraction > 0);
        const Number value = fraction > 0 ? low + fraction * (high - low) : low;
        if (m_integers && value == std::floor(value)) {
            sqlite3_result_int64(context, static_cast<std::int64_t>(value));
        } else {
            sqlite3_result_double(context, static_cast<double>(value));
        }
    }

private:
    struct Neighbours {
        Number low = 0;
        Number high = 0;  // the next value, if it was requested
    };

    Neighbours values_at(std::int64_t position, bool with_next) {
        return m_sorter != nullptr ? from_sorter(position, with_next) : from_memory(position, with_next);
    }

    Neighbours from_memory(std::int64_t position, bool with_next) {
        const auto low = m_values.begin() + position;
        std::ranges::nth_element(m_values, low);
        return {*low, with_next ? std::ranges::min(std::span(low + 1, m_values.end())) : *low};
    }

    Neighbours from_sorter(std::int64_t position, bool with_next) {
        for (std::int64_t row = 0; row <= position && m_sorter->next(); ++row) {
            if (row % k_rows_between_checks == 0 && !m_functions.may_go_on()) throw QueryInterrupted();
        }
        Neighbours found{sorted_value(), 0};
        if (with_next && m_sorter->next()) found.high = sorted_value();
        return found;
    }

    [[nodiscard]] Number sorted_value() const {
        return m_sorter->is_integer(0) ? Number(m_sorter->integer(0)) : Number(m_sorter->real(0));
    }

    void add_to_sorter(Number number) {
        // A number came from one of the two types, and both are exact in Number.
        const auto real = static_cast<double>(number);
        if (Number(real) == number) {
            m_sorter->bind_real(0, real);
        } else {
            m_sorter->bind(0, static_cast<std::int64_t>(number));
        }
        m_sorter->add();
    }

    void move_to_sorter() {
        if (m_sorter != nullptr) return;
        m_sorter = std::make_unique<RowSorter>(1, 1);
        for (const Number number : m_values) add_to_sorter(number);
        m_values = {};
    }

    const Functions& m_functions;
    std::vector<Number> m_values;
    std::unique_ptr<RowSorter> m_sorter;  // null as long as the values fit into memory
    std::optional<double> m_percentage;
    std::int64_t m_count = 0;
    bool m_integers = true;  // all values so far are integers
};

// SQLite keeps this pointer for each group. It calls finish() for each group that had a row, also when the
// statement is ended early.
OrderStatistic*& statistic_of(sqlite3_context* context, bool make) {
    static OrderStatistic* none = nullptr;
    auto* place = static_cast<OrderStatistic**>(
        sqlite3_aggregate_context(context, make ? static_cast<int>(sizeof(void*)) : 0));
    if (place == nullptr) {
        if (make) throw std::bad_alloc();
        return none;
    }
    if (*place == nullptr && make)
        *place = new OrderStatistic(*static_cast<Functions*>(sqlite3_user_data(context)));
    return *place;
}

void step(sqlite3_context* context, int count, sqlite3_value** arguments) {
    OrderStatistic& statistic = *statistic_of(context, true);
    if (count == 2) {
        const int type = sqlite3_value_numeric_type(arguments[1]);
        if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
            throw_usage("percentile: the second argument must be from 0 to 100");
        statistic.set_percentage(sqlite3_value_double(arguments[1]));
    }
    if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return;
    const int type = sqlite3_value_numeric_type(arguments[0]);
    if (type != SQLITE_INTEGER && type != SQLITE_FLOAT) {
        throw_usage("{}: '{}' is not a number", count == 2 ? "percentile" : "median",
                    text_argument(arguments[0]).substr(0, 40));
    }
    statistic.add(arguments[0]);
}

void finish(sqlite3_context* context) {
    const std::unique_ptr<OrderStatistic> statistic(statistic_of(context, false));
    if (statistic == nullptr) return sqlite3_result_null(context);
    try {
        statistic->result(context);
    } catch (...) {
        result_failure(context);
    }
}

}  // namespace

void add_aggregates(sqlite3* connection, Functions& functions) {
    const auto add = [&](const char* name, int arguments) {
        check(connection,
              sqlite3_create_function_v2(connection, name, arguments,
                                         SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, &functions,
                                         nullptr, guarded<step>, finish, nullptr),
              name);
    };
    add("median", 1);
    add("percentile", 2);
}

}  // namespace snapq::archive::sqlite
