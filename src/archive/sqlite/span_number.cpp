#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/functions.hpp"
#include "archive/sqlite/row_sorter.hpp"

namespace snapq::archive::sqlite {
namespace {

// 16 bytes each. More numbers are sorted in temporary files.
constexpr std::size_t k_most_numbers_in_memory = std::size_t{1} << 20;

struct SpanNumber {
    std::int64_t span = 0;  // its rowid
    std::int64_t number = 0;
};

// Numbers that are added in any order and read in the order of spans.
class SortedNumbers {
public:
    void add(const SpanNumber& number) {
        m_numbers.push_back(number);
        if (m_numbers.size() < k_most_numbers_in_memory) return;
        if (!m_sorter) m_sorter = std::make_unique<RowSorter>(2, 1);
        move_to_sorter();
    }
    void sort() {
        if (m_sorter) move_to_sorter();
        std::ranges::sort(m_numbers, {}, &SpanNumber::span);
    }
    // False after the last one.
    bool next(SpanNumber& number) {
        if (m_sorter) {
            if (!m_sorter->next()) return false;
            number = {m_sorter->integer(0), m_sorter->integer(1)};
            return true;
        }
        if (m_next == m_numbers.size()) return false;
        number = m_numbers[m_next++];
        return true;
    }

private:
    void move_to_sorter() {
        for (const SpanNumber& each : m_numbers) {
            m_sorter->bind(0, each.span);
            m_sorter->bind(1, each.number);
            m_sorter->add();
        }
        m_numbers.clear();
    }

    std::vector<SpanNumber> m_numbers;
    std::size_t m_next = 0;
    std::unique_ptr<RowSorter> m_sorter;  // null as long as the numbers fit into memory
};

// The numbers of the spans that share their names. One sort of the names is several times faster than a
// window function, which sorts twice, and all columns.
class SpanNumbers {
public:
    explicit SpanNumbers(Functions& functions) : m_functions(functions) {}

    // Null if no other span has the name. Fast when it is called in the order of spans; a call for an earlier
    // span numbers all spans again.
    [[nodiscard]] const std::int64_t* number_of(std::int64_t span) {
        if (!m_numbers || span < m_last_asked) count();
        m_last_asked = span;
        while (m_has_current && m_current.span < span) m_has_current = m_numbers->next(m_current);
        return m_has_current && m_current.span == span ? &m_current.number : nullptr;
    }

private:
    void count() {
        auto numbers = std::make_unique<SortedNumbers>();
        Statement& rows = m_functions.kept(
            "SELECT rowid, device, name FROM main.spans WHERE peak_event IS NOT NULL ORDER BY name, device, "
            "rowid");
        rows.reset();  // it may have been left by an interruption
        std::string name;
        std::int64_t device = 0;
        SpanNumber last{0, -1};
        while (rows.step()) {
            const bool is_same = last.number >= 0 && rows.integer(1) == device && rows.text(2) == name;
            if (is_same && last.number == 0) numbers->add(last);
            last = {rows.integer(0), is_same ? last.number + 1 : 0};
            if (is_same) {
                numbers->add(last);
            } else {
                device = rows.integer(1);
                name = rows.text(2);
            }
        }
        rows.reset();
        numbers->sort();
        m_numbers = std::move(numbers);
        m_has_current = m_numbers->next(m_current);
    }

    Functions& m_functions;
    std::unique_ptr<SortedNumbers> m_numbers;  // null before the first call
    SpanNumber m_current;
    bool m_has_current = false;
    std::int64_t m_last_asked = 0;
};

void span_number(sqlite3_context* context, int, sqlite3_value** arguments) {
    auto& numbers = *static_cast<SpanNumbers*>(sqlite3_user_data(context));
    const std::int64_t* number = numbers.number_of(sqlite3_value_int64(arguments[0]));
    number == nullptr ? sqlite3_result_null(context) : sqlite3_result_int64(context, *number);
}

}  // namespace

void add_span_number(sqlite3* connection, Functions& functions) {
    const auto destroy = [](void* numbers) { delete static_cast<SpanNumbers*>(numbers); };
    check(connection,
          sqlite3_create_function_v2(connection, "span_number", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                     std::make_unique<SpanNumbers>(functions).release(), guarded<span_number>,
                                     nullptr, nullptr, destroy),
          "span_number");
}

}  // namespace snapq::archive::sqlite
