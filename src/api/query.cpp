#include "snapq/query.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "analysis/query/named_queries.hpp"
#include "analysis/query/query.hpp"
#include "api/report_values.hpp"
#include "support/error.hpp"

namespace snapq {
namespace {

using Clock = std::chrono::steady_clock;

static_assert(std::variant_size_v<Cell::Value> == static_cast<std::size_t>(CellType::blob) + 1);

// When the time is up; nullopt without a timeout. Also nullopt for a timeout so long that the sum could
// overflow: its end is never reached.
std::optional<Clock::time_point> end_of(const std::optional<std::chrono::milliseconds>& timeout) {
    constexpr std::chrono::hours k_never(24 * 365 * 100);
    if (!timeout || *timeout > k_never) return std::nullopt;
    return Clock::now() + *timeout;
}

std::vector<analysis::Parameter> internal_parameters(const Parameters& parameters) {
    std::vector<analysis::Parameter> list;
    for (const auto& [name, value] : parameters) {
        analysis::Parameter& parameter = list.emplace_back();
        parameter.name = name;
        std::visit([&](const auto& each) { parameter.value = each; }, value);
    }
    return list;
}

Cell public_cell(const report::Cell& cell) {
    if (const auto* integer = std::get_if<std::int64_t>(&cell)) return Cell(*integer);
    if (const auto* real = std::get_if<double>(&cell)) return Cell(*real);
    if (const auto* text = std::get_if<std::string_view>(&cell)) return Cell(*text);
    if (const auto* blob = std::get_if<report::Blob>(&cell)) return Cell(Cell::Blob{blob->bytes});
    return {};
}

[[noreturn]] void throw_public(const archive::StatementError& error) {
    SqlError named(error.what(), error.offset());
    named.with_hint(error.hint());
    throw named;
}

constexpr std::string_view name_of(CellType type) {
    switch (type) {
        case CellType::null: return "NULL";
        case CellType::integer: return "an integer";
        case CellType::real: return "a real number";
        case CellType::text: return "a text";
        case CellType::blob: break;
    }
    return "a blob";
}

[[noreturn]] void throw_wrong_type(std::string_view wanted, CellType found) {
    throw_usage("a cell is {}, not {}", name_of(found), wanted);
}

}  // namespace

Interrupted::Interrupted(Cause cause)
    : UsageError(cause == Cause::timeout ? "the query took longer than its time limit"
                                         : "the query was interrupted"),
      m_cause(cause) {}

std::int64_t Cell::integer() const {
    if (const auto* integer = std::get_if<std::int64_t>(&m_value)) return *integer;
    throw_wrong_type("an integer", type());
}

double Cell::real() const {
    if (const auto* real = std::get_if<double>(&m_value)) return *real;
    if (const auto* integer = std::get_if<std::int64_t>(&m_value)) return static_cast<double>(*integer);
    throw_wrong_type("a number", type());
}

std::string_view Cell::text() const {
    if (const auto* text = std::get_if<std::string_view>(&m_value)) return *text;
    throw_wrong_type("a text", type());
}

std::string_view Cell::bytes() const {
    if (const auto* text = std::get_if<std::string_view>(&m_value)) return *text;
    if (const auto* blob = std::get_if<Blob>(&m_value)) return blob->bytes;
    throw_wrong_type("a blob or a text", type());
}

Cell Row::operator[](std::size_t column) const {
    if (column < m_cells.size()) return m_cells[column];
    throw_usage("there is no column {}, only {}", column, m_cells.size());
}

Cell Row::operator[](std::string_view column) const {
    if (m_columns) {
        const auto found = std::ranges::find(*m_columns, column);
        const auto index = static_cast<std::size_t>(found - m_columns->begin());
        if (index < m_cells.size()) return m_cells[index];
    }
    throw_usage("there is no column '{}'", column);
}

// The limits of the query whose row is being computed.
class ActiveLimits {
public:
    explicit ActiveLimits(const QueryLimits& limits) : m_end(end_of(limits.timeout)), m_stop(limits.stop) {}

    [[nodiscard]] bool is_stopped() const { return m_stop.stop_requested(); }
    [[nodiscard]] bool is_late() const { return m_end && Clock::now() >= *m_end; }
    void check() const {
        if (is_stopped()) throw Interrupted(Interrupted::Cause::stop_requested);
        if (is_late()) throw Interrupted(Interrupted::Cause::timeout);
    }

private:
    std::optional<Clock::time_point> m_end;
    std::stop_token m_stop;
};

struct Session::Impl {
    explicit Impl(std::shared_ptr<const archive::ArchiveReader> opened)
        : reader(std::move(opened)), session(*reader) {
        session.database().check_progress(
            [this] { return active == nullptr || (!active->is_stopped() && !active->is_late()); });
    }

    // Runs work of SQLite under the limits of one query.
    template <typename Work>
    decltype(auto) within(const ActiveLimits& limits, Work&& work) {
        struct Reset {
            Impl& impl;
            ~Reset() { impl.active = nullptr; }
        } const reset{*this};
        active = &limits;
        limits.check();
        try {
            return work();
        } catch (const archive::QueryInterrupted&) {
            limits.check();
            throw Interrupted(Interrupted::Cause::stop_requested);
        } catch (const archive::StatementError& error) {
            throw_public(error);
        }
    }

    std::shared_ptr<const archive::ArchiveReader> reader;
    std::vector<std::shared_ptr<const archive::ArchiveReader>> attached;
    const ActiveLimits* active = nullptr;  // read by the progress check
    analysis::QuerySession session;
};

struct Rows::Impl {
    Impl(std::shared_ptr<Session::Impl> of, const QueryLimits& bounds)
        : session(std::move(of)), max_rows(bounds.max_rows), limits(bounds) {}

    void prepare(std::string_view sql, std::span<const analysis::Parameter> parameters,
                 analysis::MissingParameters missing) {
        session->within(limits, [&] {
            std::vector<analysis::ResultRows> statements = session->session.prepare(sql, parameters, missing);
            if (statements.size() > 1)
                throw_usage("one statement is expected, but there are {}", statements.size());
            statement.emplace(std::move(statements.front()));
        });
        row.m_columns = std::make_shared<const std::vector<std::string>>(statement->columns());
        row.m_cells.resize(statement->columns().size());
    }

    std::shared_ptr<Session::Impl> session;  // must outlive the statement
    std::optional<analysis::ResultRows> statement;
    std::optional<std::uint64_t> max_rows;
    ActiveLimits limits;
    std::uint64_t read = 0;
    bool has_ended = false;
    bool is_truncated = false;
    Row row;
};

Rows::Rows(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

Rows::Impl& Rows::impl() const {
    if (!m_impl) throw UsageError("these Rows were moved from");
    return *m_impl;
}

const std::vector<std::string>& Rows::columns() const {
    return *impl().row.m_columns;
}

bool Rows::next() {
    Impl& of = impl();
    if (of.has_ended) return false;
    of.has_ended = true;  // also when reading throws
    if (!of.session->within(of.limits, [&] { return of.statement->next(); })) return false;
    if (of.max_rows && of.read >= *of.max_rows) {
        of.is_truncated = true;
        return false;
    }
    ++of.read;
    const auto cells = of.statement->cells();
    std::ranges::transform(cells, of.row.m_cells.begin(), public_cell);
    of.has_ended = false;
    return true;
}

const Row& Rows::row() const {
    return impl().row;
}

bool Rows::truncated() const {
    return impl().is_truncated;
}

std::vector<NamedQuery> named_queries() {
    std::vector<NamedQuery> queries;
    for (const analysis::NamedQuery& query : analysis::named_queries()) {
        queries.push_back({query.name, query.description(), query.sql});
    }
    return queries;
}

Session::Session(const Archive& archive)
    : m_impl(std::make_shared<Impl>(ArchiveAccess::shared_reader(archive))) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Session::Impl& Session::impl() const {
    if (!m_impl) throw UsageError("this Session was moved from");
    return *m_impl;
}

void Session::attach(const std::string& name, const Archive& archive) {
    Impl& of = impl();
    of.attached.push_back(ArchiveAccess::shared_reader(archive));
    of.session.attach(name, *of.attached.back());
}

Rows Session::query(std::string_view sql, const Parameters& parameters, const QueryLimits& limits) {
    static_cast<void>(impl());  // refuses a moved-from session
    auto rows = std::make_unique<Rows::Impl>(m_impl, limits);
    rows->prepare(sql, internal_parameters(parameters), analysis::MissingParameters::refused);
    return Rows(std::move(rows));
}

Rows Session::named_query(std::string_view name, const Parameters& parameters, const QueryLimits& limits) {
    const analysis::NamedQuery& query = analysis::named_query(name);
    const analysis::NamedStatement statement =
        analysis::named_statement(query, internal_parameters(parameters));
    archive::Database& database = impl().session.database();
    auto rows = std::make_unique<Rows::Impl>(m_impl, limits);
    rows->prepare(statement.sql, statement.parameters, analysis::MissingParameters::are_null);
    analysis::check_named_values(statement.parameters, database);
    return Rows(std::move(rows));
}

}  // namespace snapq
