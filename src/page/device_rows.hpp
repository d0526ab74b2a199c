// The allocations of a device in the form of the page's columns.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/keys.hpp"
#include "archive/sqlite/database.hpp"
#include "page/html_writer.hpp"
#include "page/names.hpp"

namespace snapq::page {

// A part of a device's trace: the states after these events, both included.
struct EventRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

// One allocation. It is live after event e if start <= e and (life = 0 or e < start + life).
struct AllocationRow {
    std::int64_t idx = 0;
    std::int64_t start = -1;  // -1: from before the recording
    std::int64_t life = 0;    // events; 0: live at the end
    std::int64_t size = 0;    // requested bytes
    std::uint64_t address = 0;
    std::uint32_t source = 0;
    std::uint32_t free_stack = 0;  // this and stream, pool, metadata: index + 1; 0: none
    std::uint32_t stream = 0;
    std::uint32_t pool = 0;
    std::uint32_t metadata = 0;
    std::uint32_t category = 0;
    std::int64_t requested = 0;  // events between the program's free and its completion

    [[nodiscard]] bool is_live_after(std::int64_t event) const {
        return start <= event && (life == 0 || event < start + life);
    }
    [[nodiscard]] bool is_live_in(const EventRange& range) const {
        return start <= range.last && (life == 0 || range.first < start + life);
    }
};

// Reads the rows of table `allocations` in the order of `idx`, in which the timeline stacks them (older ones
// below). All values are checked: it throws InputError for values that `convert` never writes.
class AllocationReader {
public:
    // `names` must outlive the object.
    AllocationReader(archive::Database& database, std::int64_t device, Names& names);

    // Goes to the next row; false at the end.
    [[nodiscard]] bool next();
    [[nodiscard]] const AllocationRow& row() const { return m_row; }

private:
    [[noreturn]] void refuse(const char* column) const;
    // Returns `value`, which must be from 0 to 2^53 - 1.
    [[nodiscard]] std::int64_t checked(std::int64_t value, const char* column) const;
    void read_lifetime();
    void read_names();

    std::int64_t m_device;
    Names& m_names;
    analysis::StreamNumbers m_stream_numbers;
    archive::Query m_rows;
    AllocationRow m_row;
};

// The columns of the rows that a page shows.
class AllocationColumns {
public:
    enum class Addresses : std::uint8_t { shown, left_out };

    // Ids of blocks begin with `prefix`. All addresses must be multiples of `address_unit`.
    AllocationColumns(const std::string& prefix, Addresses addresses, std::uint64_t address_unit);

    void add(const AllocationRow& row);

    [[nodiscard]] std::int64_t count() const { return m_count; }
    // Ends the columns. No row may be added afterwards.
    void finish();
    // Compressed bytes so far, of all columns and of the column of addresses alone; exact after finish().
    [[nodiscard]] std::size_t compressed_bytes() const;
    [[nodiscard]] std::size_t address_bytes() const;
    // From now on, the addresses are left out.
    void drop_addresses() { m_addresses = nullptr; }

    // Writes the members `columns` and `address_unit`, and the blocks. Call it last.
    void write(json::JsonWriter& to, HtmlWriter& page);

private:
    // All columns but the addresses.
    enum Part : std::uint8_t {
        k_start,
        k_life,
        k_size,
        k_source,
        k_free_stack,
        k_requested,
        k_stream,
        k_pool,
        k_category,
        k_metadata,
        k_idx,
        k_parts
    };

    std::array<std::unique_ptr<Column>, k_parts> m_columns;
    std::unique_ptr<Column> m_addresses;  // null: left out
    std::uint64_t m_address_unit;
    std::int64_t m_count = 0;
};

}  // namespace snapq::page
