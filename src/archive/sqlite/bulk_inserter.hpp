// Inserts many rows into one table, and decides how long the texts in the rows of a new database may be.
//
// A snapshot can refer to a text or a stack with two bytes, but an archive has the whole text in each row.
// The bytes of these rows are charged to the expansion budget of the input (snapshot::ExpansionBudget). As
// long as a quarter of the budget is left, texts stay whole, as in all archives of real snapshots. After that
// they are cut to 1 KiB, so that there is room for the short texts of later tables, and to 128 bytes when the
// budget is used up.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/sqlite/connection.hpp"
#include "snapshot/expansion_budget.hpp"
#include "support/interner.hpp"
#include "support/text.hpp"

namespace snapq::archive::sqlite {

// One thread at a time.
class RowTexts {
public:
    static constexpr std::size_t k_cut = std::size_t{1} << 10;
    static constexpr std::size_t k_shortest_cut = 128;

    // `budget` must outlive the object.
    explicit RowTexts(snapshot::ExpansionBudget& budget)
        : m_budget(budget), m_whole_until(budget.written() + budget.left_to_write() / 4 * 3) {}

    // Bytes of the longest text that a row may get now.
    [[nodiscard]] std::size_t longest() const {
        if (is_used_up()) return k_shortest_cut;
        return m_budget.written() <= m_whole_until ? std::string_view::npos : k_cut;
    }
    [[nodiscard]] bool is_used_up() const { return m_budget.left_to_write() == 0; }

    // Charges and returns the text. A text that is longer than `longest` is cut to its beginning, and the cut
    // is counted.
    [[nodiscard]] std::string_view fit(std::string_view text) {
        if (text.size() > k_shortest_cut && text.size() > longest()) text = cut(text);
        charge(text.size());
        return text;
    }
    // Charges bytes of a row that are not text.
    void charge(std::uint64_t bytes) { m_budget.charge_written(bytes); }
    // Counts a text that the caller has cut.
    void count_cut() { ++m_cut; }

    [[nodiscard]] std::int64_t cut_texts() const { return m_cut; }

private:
    [[nodiscard]] std::string_view cut(std::string_view text) {
        count_cut();
        std::size_t length = longest();
        while (length > 0 && continues_character(text[length])) --length;
        return text.substr(0, length);
    }

    snapshot::ExpansionBudget& m_budget;
    std::uint64_t m_whole_until;
    std::int64_t m_cut = 0;
};

// A prepared INSERT. A value that its parameter already has is not bound again, which saves about two fifths
// of the time of binding, because many columns rarely change from row to row.
class InsertStatement {
public:
    InsertStatement(Statement statement, std::size_t parameters)
        : m_statement(std::move(statement)), m_bound(parameters) {}

    // Parameters are numbered from 1.
    void bind(int parameter, std::int64_t value) {
        if (becomes(parameter, {.kind = Kind::integer, .value = value})) m_statement.bind(parameter, value);
    }
    // Not copied: `text` must live, unchanged, until forget_texts() or until the parameter is bound again.
    void bind(int parameter, std::string_view text) {
        const Bound bound{.kind = Kind::text,
                          .length = static_cast<std::uint32_t>(text.size()),
                          .value = std::bit_cast<std::int64_t>(text.data())};
        if (becomes(parameter, bound)) m_statement.bind(parameter, text);
    }
    void bind_null(int parameter) {
        if (becomes(parameter, {.kind = Kind::null})) m_statement.bind_null(parameter);
    }
    // Texts that are bound from now on may be at the same addresses as other texts before.
    void forget_texts() {
        for (Bound& bound : m_bound) {
            if (bound.kind == Kind::text) bound = {};
        }
    }

    void run() {
        m_statement.step();
        m_statement.reset();
    }

private:
    enum class Kind : std::uint8_t { nothing, null, integer, text };
    // 16 bytes, so that those of a batch stay in the processor's first cache.
    struct Bound {
        Kind kind = Kind::nothing;
        std::uint32_t length = 0;  // of a text; SQLite refuses texts of 1 GB
        std::int64_t value = 0;    // of an integer; of a text, its address

        friend bool operator==(const Bound&, const Bound&) = default;
    };

    // False if the parameter is already bound to it.
    [[nodiscard]] bool becomes(int parameter, const Bound& bound) {
        Bound& now = m_bound[static_cast<std::size_t>(parameter) - 1];
        if (now == bound) return false;
        now = bound;
        return true;
    }

    Statement m_statement;
    std::vector<Bound> m_bound;
};

// Uses prepared statements for one row and for many. Rows that come in the order of the key are appended to
// the table's B-tree, which is several times faster than any other order. One thread at a time, as for the
// connection.
class BulkInserter {
public:
    // What to do with a row whose key exists.
    enum class OnConflict { fail, ignore };

    BulkInserter(Connection& connection, std::string_view table, OnConflict on_conflict = OnConflict::fail);

    // From now on, texts are not cut. For a table whose keys are texts, which could become equal if they were
    // cut; their length must be limited elsewhere.
    void keep_texts_whole() { m_texts = nullptr; }

    // Takes one value for each column, in the order of the columns: integers, bools, text, ids, and
    // std::optional of these. nullopt, nullptr and `none` ids are NULL. Text has to live until the call
    // returns.
    template <typename... Values>
    void insert(const Values&... values) {
        static_assert(sizeof...(Values) > 0);
        expect_columns(static_cast<int>(sizeof...(Values)));
        m_parameter = m_filled * m_columns;
        (bind(values), ...);
        if (++m_filled == m_rows) run();
    }

    // Calls `insert_row(n)` for each n below `count`; it has to call `insert` once, or std::logic_error is
    // thrown. Its text must live, unchanged, until this returns. One statement inserts k_batch rows, which
    // saves an eighth of the time of a long table, because running a statement costs as much as inserting
    // several rows.
    template <typename InsertRow>
    void insert_all(std::size_t count, InsertRow&& insert_row) {
        const std::size_t batched = count - count % k_batch;
        begin_batches(batched);
        for (std::size_t n = 0; n < batched; ++n) insert_row(n);
        end_batches();
        for (std::size_t n = batched; n < count; ++n) insert_row(n);
    }

private:
    // Rows for each statement of a batch. Larger batches are hardly faster.
    static constexpr int k_batch = 64;

    template <std::integral Integer>
    void bind(Integer value) {
        m_current->bind(++m_parameter, static_cast<std::int64_t>(value));
    }
    void bind(std::string_view text) {
        m_current->bind(++m_parameter, m_texts == nullptr ? text : m_texts->fit(text));
    }
    void bind(std::nullptr_t) { m_current->bind_null(++m_parameter); }
    template <typename Tag>
    void bind(StrongId<Tag> id) {
        if (id) {
            bind(id.value());
        } else {
            bind(nullptr);
        }
    }
    template <typename Value>
    void bind(const std::optional<Value>& value) {
        if (value) {
            bind(*value);
        } else {
            bind(nullptr);
        }
    }

    // Without this check, a row with fewer values would keep those of the row before.
    void expect_columns(int count) const;
    [[nodiscard]] InsertStatement prepare(int rows);
    void run();
    void begin_batches(std::size_t rows);
    void end_batches();

    Connection& m_connection;
    RowTexts* m_texts;  // null: texts are not limited
    std::string m_table;
    OnConflict m_on_conflict;
    int m_columns;
    InsertStatement m_single;
    std::optional<InsertStatement> m_batch;
    InsertStatement* m_current = &m_single;
    int m_rows = 1;       // rows that the current statement inserts
    int m_filled = 0;     // rows whose values are bound
    int m_parameter = 0;  // number of the last one bound
};

}  // namespace snapq::archive::sqlite
