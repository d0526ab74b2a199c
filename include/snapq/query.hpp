// SQL on the database of an archive, read-only. docs/archive-format.md describes the tables.
//
//     snapq::Session session(archive);
//     snapq::Rows rows = session.query("SELECT site, bytes FROM peak_stacks WHERE device = :device",
//                                      {{"device", 0}});
//     for (const snapq::Row& row : rows) {
//         std::cout << row["site"].text() << ' ' << row["bytes"].integer() << '\n';
//     }
//
// Threads: one Session and its Rows belong to one thread at a time. Several sessions, also of one archive,
// are independent of each other.
//
// Memory: opening the first database limits the memory of SQLite for the whole process: a soft limit of 24
// MiB and a hard limit of 64 MiB, because archives may come from untrusted sources. A program that uses
// SQLite itself, as the same shared library, can set other limits afterwards (sqlite3_hard_heap_limit64).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "snapq/archive.hpp"
#include "snapq/error.hpp"

namespace snapq {

// SQL that SQLite does not understand, refuses, or fails to carry out.
class SqlError : public UsageError {
public:
    SqlError(const std::string& message, std::optional<std::size_t> position)
        : UsageError(message), m_position(position) {}

    // The position of the error in the SQL, in bytes from its beginning; empty if SQLite gives none.
    [[nodiscard]] std::optional<std::size_t> position() const { return m_position; }

private:
    std::optional<std::size_t> m_position{};
};

// A query that was ended early.
class Interrupted : public UsageError {
public:
    enum class Cause : std::uint8_t { stop_requested, timeout };

    explicit Interrupted(Cause cause);
    [[nodiscard]] Cause cause() const { return m_cause; }

private:
    Cause m_cause;
};

// A value for `:name` in SQL; std::monostate is NULL.
using Parameter = std::variant<std::int64_t, double, std::string, std::monostate>;
// By name, without the colon.
using Parameters = std::map<std::string, Parameter>;

// Limits of a query. Later versions add members at the end only.
struct QueryLimits {
    std::optional<std::uint64_t> max_rows{};  // no more rows are read; see Rows::truncated()
    // From the call of query() to the last row, including the time that the caller spends between rows.
    // Checked at each row and every few milliseconds while SQLite computes.
    std::optional<std::chrono::milliseconds> timeout{};
    // Any thread can end the query with std::stop_source::request_stop(). Checked as often as the timeout.
    std::stop_token stop{};
};

enum class CellType : std::uint8_t { null, integer, real, text, blob };

// One value of a row. Texts are views, valid until the next row is read.
class Cell {
public:
    struct Blob {
        std::string_view bytes;
    };
    using Value = std::variant<std::monostate, std::int64_t, double, std::string_view, Blob>;

    Cell() = default;
    explicit Cell(Value value) : m_value(value) {}

    [[nodiscard]] CellType type() const noexcept { return static_cast<CellType>(m_value.index()); }
    [[nodiscard]] bool is_null() const noexcept { return type() == CellType::null; }
    // For std::visit.
    [[nodiscard]] const Value& value() const noexcept { return m_value; }

    // These throw UsageError when the value has another type; NULL is a type of its own.
    [[nodiscard]] std::int64_t integer() const;
    [[nodiscard]] double real() const;             // also for an integer
    [[nodiscard]] std::string_view text() const;   // usually UTF-8, but it may hold any bytes
    [[nodiscard]] std::string_view bytes() const;  // of a blob or a text

private:
    Value m_value;
};

// The current row of Rows; valid until the next one is read.
class Row {
public:
    [[nodiscard]] std::size_t size() const noexcept { return m_cells.size(); }
    // The value in a column; the first column has the number 0. Throws UsageError for a number that no column
    // has.
    [[nodiscard]] Cell operator[](std::size_t column) const;
    // The first column of this name, as SQL names it. Throws UsageError when there is none.
    [[nodiscard]] Cell operator[](std::string_view column) const;

private:
    friend class Rows;
    std::shared_ptr<const std::vector<std::string>> m_columns;
    std::vector<Cell> m_cells{};
};

// The rows of one statement, computed as they are read. Can be moved, not copied. It keeps what it needs of
// its session and its archive, so both may be destroyed before it.
//
// Reading a row throws Interrupted at the time limit or when a stop is requested, SqlError for SQL that
// fails, InputError for damage that it meets, SystemError when the disk has no room for SQLite's temporary
// files. After an exception there are no more rows. Moved-from Rows can be destroyed and assigned to;
// everything else throws UsageError.
class Rows {
public:
    Rows(Rows&&) noexcept;
    Rows& operator=(Rows&&) noexcept;
    ~Rows();

    [[nodiscard]] const std::vector<std::string>& columns() const;

    // Goes to the next row; the first call goes to the first row. Returns false when there are no more rows.
    [[nodiscard]] bool next();
    // The row that next() went to.
    [[nodiscard]] const Row& row() const;
    // True when next() returned false because of QueryLimits::max_rows and there are more rows.
    [[nodiscard]] bool truncated() const;

    // Makes Rows an input range that can be read once: `for (const Row& row : rows)`.
    class Iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using difference_type = std::ptrdiff_t;
        using value_type = Row;

        Iterator() = default;
        explicit Iterator(Rows& rows) : m_rows(rows.next() ? &rows : nullptr) {}
        [[nodiscard]] const Row& operator*() const { return m_rows->row(); }
        Iterator& operator++() {
            if (!m_rows->next()) m_rows = nullptr;
            return *this;
        }
        void operator++(int) { ++*this; }
        [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return m_rows == nullptr; }

    private:
        Rows* m_rows = nullptr;
    };
    // Reads the first row, so it may be called only once.
    [[nodiscard]] Iterator begin() { return Iterator(*this); }
    [[nodiscard]] static std::default_sentinel_t end() noexcept { return {}; }

private:
    friend class Session;
    struct Impl;
    explicit Rows(std::unique_ptr<Impl> impl);
    [[nodiscard]] Impl& impl() const;
    std::unique_ptr<Impl> m_impl;
};

// A query that comes with snapq. The texts live as long as the program.
struct NamedQuery {
    std::string_view name{};
    std::string_view description{};  // one line
    std::string_view sql{};
};

// Ordered by name.
[[nodiscard]] std::vector<NamedQuery> named_queries();

// A read-only connection with snapq's SQL functions, which docs/archive-format.md lists. Can be moved, not
// copied. It keeps what it needs of the archive. A moved-from session can be destroyed and assigned to;
// everything else throws UsageError.
class Session {
public:
    // Throws InputError for a damaged database.
    explicit Session(const Archive& archive);
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    ~Session();

    // Makes the tables of another archive visible as NAME.table; at most ten. Throws UsageError for a name
    // that is taken and for the eleventh.
    void attach(const std::string& name, const Archive& archive);

    // Compiles one statement and binds its parameters; rows are computed when they are read.
    // Throws SqlError for wrong SQL, UsageError when `sql` does not have exactly one statement, when a
    // parameter has no value and when a value has no parameter.
    [[nodiscard]] Rows query(std::string_view sql, const Parameters& parameters = {},
                             const QueryLimits& limits = {});

    // A query of named_queries(). Its parameters may be left out. Throws UsageError also for an unknown name,
    // and for a device or a moment that the archive does not have.
    [[nodiscard]] Rows named_query(std::string_view name, const Parameters& parameters = {},
                                   const QueryLimits& limits = {});

private:
    struct Impl;
    [[nodiscard]] Impl& impl() const;
    std::shared_ptr<Impl> m_impl;
    friend class Rows;
};

}  // namespace snapq
