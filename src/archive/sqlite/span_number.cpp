#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/functions.hpp"
#include "archive/sqlite/row_sorter.hpp"
#include "support/block_vector.hpp"
#include "support/interner.hpp"
#include "support/keyed_hash.hpp"

namespace snapq::archive::sqlite {
namespace {

// More numbers are sorted in temporary files.
constexpr std::size_t k_most_numbers_in_memory = std::size_t{1} << 20;

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

// Finds the spans of the same name and device by their hashes, in their order. Names of any number and length
// need no memory: a span takes 16 bytes.
class HashedNumbers final : public Numbers {
public:
    static constexpr const char* k_sql =
        "SELECT rowid, device, name FROM main.spans WHERE peak_event IS NOT NULL ORDER BY rowid";

    // False if there are too many spans for that, or wide gaps between their rowids.
    bool read(Statement& rows) {
        while (rows.step()) {
            if (m_size == 0) m_first = rows.integer(0);
            // Without a sign, so that the largest and the smallest rowid have a distance too.
            const std::uint64_t place =
                static_cast<std::uint64_t>(rows.integer(0)) - static_cast<std::uint64_t>(m_first);
            if (place >= k_most_numbers_in_memory) return false;
            m_size = static_cast<std::uint32_t>(place) + 1;
            add(rows, static_cast<std::uint32_t>(place));
        }
        number();
        return true;
    }
    bool next(SpanNumber& number) override {
        while (m_next < m_size && m_numbers[m_next] == k_alone) ++m_next;
        if (m_next == m_size) return false;
        number = {m_first + m_next, m_numbers[m_next]};
        ++m_next;
        return true;
    }

private:
    static constexpr std::uint32_t k_alone = 0xffffffffU;  // in place of a number

    // Other bits of the hash choose its group and its slot in an IdTable. The remaining 96 are enough to tell
    // names apart.
    struct Span {
        std::uint64_t hash;
        std::uint32_t more_hash;
        std::uint32_t place;  // rowid, counted from m_first
    };
    struct Name {
        std::uint64_t hash;
        std::uint32_t more_hash;
        std::uint32_t first;  // the place of its first span
        std::uint32_t count;
    };
    using Group = BlockVector<Span, 8>;

    void add(const Statement& rows, std::uint32_t place) {
        const std::int64_t device = rows.integer(1);
        m_key.assign(reinterpret_cast<const char*>(&device), sizeof device).append(rows.text(2));
        const Hash128 hash = m_hash(m_key);
        m_groups[hash.high >> 56U].push_back({hash.low, static_cast<std::uint32_t>(hash.high), place});
    }
    // Groups are small, so that the names of one fit into the processor's cache.
    void number() {
        m_numbers.assign(m_size, k_alone);
        for (Group& group : m_groups) number(std::exchange(group, {}));
    }
    void number(const Group& group) {
        IdTable table;
        std::vector<Name> names;
        for (std::size_t i = 0; i < group.size(); ++i) {
            const Span span = group[i];
            const auto next = static_cast<std::uint32_t>(names.size());
            const std::uint32_t id = table.find_or_insert(span.hash, next, [&](std::uint32_t at) {
                return names[at].hash == span.hash && names[at].more_hash == span.more_hash;
            });
            if (id == next) {
                names.push_back({span.hash, span.more_hash, span.place, 1});
                continue;
            }
            Name& name = names[id];
            if (name.count == 1) m_numbers[name.first] = 0;
            m_numbers[span.place] = name.count++;
        }
    }

    KeyedHash m_hash;
    std::int64_t m_first = 0;  // rowid
    std::uint32_t m_size = 0;  // the last place, and one
    std::array<Group, 256> m_groups;
    std::vector<std::uint32_t> m_numbers;  // by place
    std::uint32_t m_next = 0;
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
        m_numbers = hashed();
        if (!m_numbers) m_numbers = sorted();
        m_has_current = m_numbers->next(m_current);
    }

    // Null if there are too many.
    std::unique_ptr<Numbers> hashed() {
        auto numbers = std::make_unique<HashedNumbers>();
        Statement& rows = rows_of(HashedNumbers::k_sql);
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
