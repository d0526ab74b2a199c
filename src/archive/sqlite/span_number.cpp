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
#include "support/interner.hpp"

namespace snapq::archive::sqlite {
namespace {

// 16 bytes each. More numbers are sorted in temporary files.
constexpr std::size_t k_most_numbers_in_memory = std::size_t{1} << 20;
// Of different names in memory, with what an interner needs for each.
constexpr std::size_t k_most_name_bytes = std::size_t{8} << 20;
constexpr std::size_t k_bytes_a_name = 64;

struct SpanNumber {
    std::int64_t span = 0;  // its rowid
    std::int64_t number = 0;
};

// The numbers of the spans that share their names, in the order of the spans.
class Numbers {
public:
    Numbers() = default;
    Numbers(const Numbers&) = delete;
    Numbers& operator=(const Numbers&) = delete;
    virtual ~Numbers() = default;

    // False after the last one.
    virtual bool next(SpanNumber& number) = 0;
};

// Counts the spans of each name while it reads them in their order, which is fast if there are few names.
class CountedNumbers final : public Numbers {
public:
    static constexpr const char* k_sql =
        "SELECT rowid, device, name FROM main.spans WHERE peak_event IS NOT NULL ORDER BY rowid";

    // False if there are too many spans or names for that.
    bool read(Statement& rows) {
        while (rows.step()) {
            const std::int64_t device = rows.integer(1);
            m_key.assign(rows.text(2)).append(reinterpret_cast<const char*>(&device), sizeof device);
            const std::uint32_t name = m_names.intern(m_key);
            if (name == m_counts.size()) {
                m_counts.push_back(0);
                m_name_bytes += m_key.size() + k_bytes_a_name;
            }
            if (m_spans.size() == k_most_numbers_in_memory || m_name_bytes > k_most_name_bytes) return false;
            m_spans.push_back({rows.integer(0), name, m_counts[name]++});
        }
        return true;
    }
    bool next(SpanNumber& number) override {
        for (; m_next < m_spans.size(); ++m_next) {
            const Span& span = m_spans[m_next];
            if (m_counts[span.name] == 1) continue;
            number = {span.span, span.number};
            ++m_next;
            return true;
        }
        return false;
    }

private:
    struct Span {
        std::int64_t span;
        std::uint32_t name;
        std::uint32_t number;
    };

    TextInterner m_names;  // each with its device
    std::vector<std::uint32_t> m_counts;
    std::size_t m_name_bytes = 0;
    std::vector<Span> m_spans;
    std::size_t m_next = 0;
    std::string m_key;
};

// Numbers the spans in the order of their names, and sorts the numbers.
class SortedNumbers final : public Numbers {
public:
    static constexpr const char* k_sql =
        "SELECT rowid, device, name FROM main.spans WHERE peak_event IS NOT NULL ORDER BY name, device, "
        "rowid";

    void read(Statement& rows) {
        std::string name;
        std::int64_t device = 0;
        SpanNumber last{0, -1};
        while (rows.step()) {
            const bool is_same = last.number >= 0 && rows.integer(1) == device && rows.text(2) == name;
            if (is_same && last.number == 0) add(last);
            last = {rows.integer(0), is_same ? last.number + 1 : 0};
            if (is_same) {
                add(last);
            } else {
                device = rows.integer(1);
                name = rows.text(2);
            }
        }
        sort();
    }
    bool next(SpanNumber& number) override {
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

// The numbers of the spans that share their names. Reading the names once is several times faster than a
// window function, which sorts all other columns, too, and twice.
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
        m_numbers = counted();
        if (!m_numbers) m_numbers = sorted();
        m_has_current = m_numbers->next(m_current);
    }

    // Null if there are too many.
    std::unique_ptr<Numbers> counted() {
        auto numbers = std::make_unique<CountedNumbers>();
        Statement& rows = rows_of(CountedNumbers::k_sql);
        const bool are_few = numbers->read(rows);
        rows.reset();
        return are_few ? std::move(numbers) : nullptr;
    }
    std::unique_ptr<Numbers> sorted() {
        auto numbers = std::make_unique<SortedNumbers>();
        Statement& rows = rows_of(SortedNumbers::k_sql);
        numbers->read(rows);
        rows.reset();
        return numbers;
    }
    Statement& rows_of(const char* sql) {
        Statement& rows = m_functions.kept(sql);
        rows.reset();  // it may have been left by an interruption
        return rows;
    }

    Functions& m_functions;
    std::unique_ptr<Numbers> m_numbers;  // null before the first call
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
