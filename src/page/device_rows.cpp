#include "page/device_rows.hpp"

#include <fmt/format.h>

#include <numeric>

#include "analysis/row_access.hpp"
#include "page/html_writer.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"

namespace snapq::page {
namespace {

constexpr std::uint32_t k_none = 0;

// The columns of allocations_sql().
enum Field : std::uint8_t {
    k_idx,
    k_size,
    k_address,
    k_stream,
    k_pool,
    k_origin,
    k_stack,
    k_free_stack,
    k_alloc,
    k_free_requested,
    k_end,
    k_metadata,
    k_category
};

// In the order of the primary key, so nothing is sorted. Archives of earlier versions have no categories.
std::string allocations_sql(archive::Database& database) {
    return fmt::format(
        "SELECT idx, size, address, stream, pool_id, origin, stack_id, free_stack_id, alloc_event, "
        "free_requested_event, end_event, user_metadata_id, {} FROM allocations WHERE device = ?1 ORDER BY "
        "idx",
        database.has_column("allocations", "category") ? "category" : "'[not recorded]'");
}

}  // namespace

AllocationReader::AllocationReader(archive::Database& database, std::int64_t device, Names& names)
    : m_device(device),
      m_names(names),
      m_stream_numbers(database, device),
      m_rows(database.prepare(allocations_sql(database))) {
    m_rows.bind(1, device);
}

void AllocationReader::refuse(const char* column) const {
    throw InputError(fmt::format("allocation {} of {} has an impossible {}", m_rows.integer(k_idx),
                                 device_label(m_device), column));
}

std::int64_t AllocationReader::checked(std::int64_t value, const char* column) const {
    if (value < 0 || value >= static_cast<std::int64_t>(k_beyond_doubles)) refuse(column);
    return value;
}

bool AllocationReader::next() {
    if (!m_rows.next()) return false;
    m_row.idx = checked(m_rows.integer(k_idx), "idx");
    m_row.size = checked(m_rows.integer(k_size), "size");
    m_row.address = static_cast<std::uint64_t>(m_rows.integer(k_address));
    read_lifetime();
    read_names();
    return true;
}

void AllocationReader::read_lifetime() {
    const auto alloc = m_rows.maybe_integer(k_alloc);
    const std::int64_t start = alloc ? checked(*alloc, "alloc_event") : -1;
    if (start < m_row.start)
        refuse("alloc_event");  // the timeline stacks older allocations below younger ones
    m_row.start = start;
    m_row.life = m_row.requested = 0;
    const auto end = m_rows.maybe_integer(k_end);
    if (!end) return;
    if (checked(*end, "end_event") <= m_row.start) refuse("end_event");
    m_row.life = *end - m_row.start;
    const auto requested = m_rows.maybe_integer(k_free_requested);
    if (!requested) return;
    if (checked(*requested, "free_requested_event") > *end) refuse("free_requested_event");
    m_row.requested = *end - *requested;
}

void AllocationReader::read_names() {
    m_row.source = m_names.sources.index_of(m_rows.maybe_integer(k_stack), m_rows.text(k_origin));
    const auto free_stack = m_rows.maybe_integer(k_free_stack);
    m_row.free_stack = free_stack ? m_names.stacks.index_of(*free_stack) + 1 : k_none;
    const auto stream = m_rows.maybe_integer(k_stream);
    m_row.stream = stream ? m_names.streams.index_of(*stream, m_device, m_stream_numbers) + 1 : k_none;
    m_row.pool = m_rows.is_null(k_pool) ? k_none : m_names.pools.index_of(m_rows.text(k_pool)) + 1;
    const auto metadata_id = m_rows.maybe_integer(k_metadata);
    const auto metadata = metadata_id ? m_names.metadata.index_of(*metadata_id) : std::nullopt;
    m_row.metadata = metadata ? *metadata + 1 : k_none;
    m_row.category = m_names.categories.index_of(m_rows.text(k_category));
}

AllocationColumns::AllocationColumns(const std::string& prefix, Addresses addresses,
                                     std::uint64_t address_unit)
    : m_address_unit(address_unit) {
    // Starts, numbers and addresses are related to those of the row before, so their columns store
    // differences.
    const auto make = [&](Part part, const char* name, Coding coding) {
        m_columns[part] = std::make_unique<Column>(prefix + name, coding);
    };
    make(k_start, "start", Coding::delta);
    make(k_life, "life", Coding::plain);
    make(k_size, "size", Coding::plain);
    make(k_source, "source", Coding::plain);
    make(k_free_stack, "free-stack", Coding::plain);
    make(k_requested, "requested", Coding::plain);
    make(k_stream, "stream", Coding::plain);
    make(k_pool, "pool", Coding::plain);
    make(k_category, "category", Coding::plain);
    make(k_metadata, "metadata", Coding::plain);
    make(k_idx, "idx", Coding::delta);
    if (addresses == Addresses::shown)
        m_addresses = std::make_unique<Column>(prefix + "address", Coding::delta);
}

void AllocationColumns::add(const AllocationRow& row) {
    m_columns[k_start]->add(row.start);
    m_columns[k_life]->add(row.life);
    m_columns[k_size]->add(row.size);
    m_columns[k_source]->add(std::uint64_t{row.source});
    m_columns[k_free_stack]->add(std::uint64_t{row.free_stack});
    m_columns[k_requested]->add(row.requested);
    m_columns[k_stream]->add(std::uint64_t{row.stream});
    m_columns[k_pool]->add(std::uint64_t{row.pool});
    m_columns[k_category]->add(std::uint64_t{row.category});
    m_columns[k_metadata]->add(std::uint64_t{row.metadata});
    m_columns[k_idx]->add(row.idx);
    if (m_addresses) m_addresses->add(row.address / m_address_unit);
    ++m_count;
}

void AllocationColumns::finish() {
    for (const auto& column : m_columns) column->finish();
    if (m_addresses) m_addresses->finish();
}

std::size_t AllocationColumns::compressed_bytes() const {
    return std::accumulate(
        m_columns.begin(), m_columns.end(), address_bytes(),
        [](std::size_t sum, const auto& column) { return sum + column->compressed_bytes(); });
}

std::size_t AllocationColumns::address_bytes() const {
    return m_addresses ? m_addresses->compressed_bytes() : 0;
}

void AllocationColumns::write(json::JsonWriter& to, HtmlWriter& page) {
    constexpr std::array<const char*, k_parts> k_keys{"start",      "life",      "size",   "source",
                                                      "free_stack", "requested", "stream", "pool",
                                                      "category",   "metadata",  "idx"};
    to.key("columns").begin_object();
    for (std::size_t part = 0; part < k_parts; ++part)
        write_column(to.key(k_keys.at(part)), m_columns.at(part)->write_to(page));
    to.key("address");
    if (m_addresses) {
        write_column(to, m_addresses->write_to(page));
    } else {
        to.null();
    }
    to.end_object();
    to.key("address_unit").value(static_cast<std::int64_t>(m_address_unit));
}

}  // namespace snapq::page
