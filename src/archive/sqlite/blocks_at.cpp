#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "archive/sqlite/database.hpp"
#include "archive/sqlite/table_function.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"
#include "timeline/tables/allocator_rules.hpp"
#include "timeline/tables/layout.hpp"

// blocks_at(device, moment): the segments that were reserved from the driver at a moment, cut into their
// blocks. At the last event these are the rows of `segments` and `blocks`. At earlier moments the segments
// are exact, because the events after the moment are undone; the blocks are estimated: each live allocation
// is one block, its size rounded up to a multiple of 512 bytes, and the rest of a segment is inactive blocks.
//
// Memory grows with the number of segments only; SQLite sorts the allocations in temporary files.

namespace snapq::archive::sqlite {
namespace {

using timeline::AddressRanges;

enum Column : int {
    k_device,
    k_segment,  // segment_id at the last event, else the number of the segment by address
    k_segment_address,
    k_segment_size,
    k_segment_type,
    k_stream,
    k_pool_id,
    k_is_expandable,
    k_address,
    k_size,
    k_requested_size,
    k_state,
    k_idx,
    k_origin,
    k_stack_id,
    k_estimated,
};
constexpr std::array k_columns{"device",       "segment", "segment_address", "segment_size",
                               "segment_type", "stream",  "pool_id",         "is_expandable",
                               "address",      "size",    "requested_size",  "state",
                               "idx",          "origin",  "stack_id",        "estimated"};

struct Segment {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::optional<std::int64_t> stream;
    std::optional<std::string> type;
    std::optional<std::string> pool;
    bool expandable = false;
};

std::optional<std::string> maybe_text(const Statement& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return std::string(row.text(column));
}

std::optional<std::int64_t> maybe_integer(const Statement& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return row.integer(column);
}

// The segments of a device, from the final ones backwards in time.
class SegmentRebuilder {
public:
    SegmentRebuilder(Functions& functions, const TableArguments& arguments)
        : m_functions(functions), m_arguments(arguments) {}

    [[nodiscard]] std::vector<Segment> segments() {
        read_final();
        undo_events();
        std::vector<Segment> segments;
        segments.reserve(m_ranges.by_address().size());
        for (const auto& [address, range] : m_ranges.by_address()) {
            Segment segment{address, range.size, range.stream, {}, {}, range.expandable};
            add_known(segment);
            segments.push_back(std::move(segment));
        }
        return segments;
    }

private:
    // What m_ranges does not hold of a segment.
    struct Known {
        std::uint64_t size = 0;
        std::optional<std::string> type;
        std::optional<std::string> pool;
    };

    void read_final() {
        Statement rows(m_functions.connection(),
                       fmt::format("SELECT address, total_size, stream, is_expandable, segment_type, pool_id "
                                   "FROM {}.segments WHERE device = ?1",
                                   m_arguments.schema));
        rows.bind(1, m_arguments.device);
        while (rows.step()) {
            const auto address = static_cast<std::uint64_t>(rows.integer(0));
            const auto size = static_cast<std::uint64_t>(rows.integer(1));
            require(rows.integer(1) >= 0 &&
                    m_ranges.insert(address, {size, maybe_integer(rows, 2), rows.integer(3) != 0}));
            m_known[address] = {size, maybe_text(rows, 4), maybe_text(rows, 5)};
        }
    }

    void undo_events() {
        Statement rows(m_functions.connection(),
                       fmt::format("SELECT action, address, size, stream, pool_id FROM {}.other_events "
                                   "WHERE device = ?1 AND event > ?2 AND action IN ('segment_alloc', "
                                   "'segment_free', 'segment_map', 'segment_unmap') ORDER BY event DESC",
                                   m_arguments.schema));
        rows.bind(1, m_arguments.device);
        rows.bind(2, m_arguments.moment.event);
        while (rows.step()) require(undo(rows));
    }

    bool undo(const Statement& row) {
        const std::string_view action = row.text(0);
        const auto address = static_cast<std::uint64_t>(row.integer(1));
        const auto size = static_cast<std::uint64_t>(row.integer(2));
        if (row.is_null(1) || row.integer(2) < 0) return false;
        if (action == "segment_alloc" || action == "segment_map") {
            forget(address, size);
            return m_ranges.remove(address, size);
        }
        if (!row.is_null(4)) m_known.insert_or_assign(address, Known{size, {}, maybe_text(row, 4)});
        const bool unmapped = action == "segment_unmap";
        const AddressRanges::Range range{size, maybe_integer(row, 3), unmapped};
        return unmapped ? m_ranges.insert_joined(address, range) : m_ranges.insert(address, range);
    }

    // Forgets what is known about the parts of segments that begin in a range, so that `m_known` does not
    // grow with the number of events.
    void forget(std::uint64_t address, std::uint64_t size) {
        auto at = m_known.lower_bound(address);
        while (at != m_known.end() && at->first - address < size) {
            Known known = std::move(at->second);
            const std::uint64_t removed = size - (at->first - address);
            at = m_known.erase(at);
            if (known.size <= removed) continue;
            known.size -= removed;
            m_known.insert_or_assign(at, address + size, std::move(known));
            return;
        }
    }

    // Gives a segment the pool and the type that are known for addresses inside it.
    void add_known(Segment& segment) const {
        auto found = m_known.upper_bound(segment.address);
        const bool covers_start = found != m_known.begin() && std::prev(found)->first <= segment.address &&
                                  segment.address - std::prev(found)->first < std::prev(found)->second.size;
        if (covers_start) --found;
        if (found == m_known.end()) return;
        if (!covers_start && found->first - segment.address >= segment.size) return;
        segment.type = found->second.type;
        segment.pool = found->second.pool;
    }

    void require(bool possible) const {
        if (possible) return;
        throw InputError(
            fmt::format("the segments of {} after event {} cannot be rebuilt: the events "
                        "contradict the segments at the end",
                        device_label(m_arguments.device), m_arguments.moment.event));
    }

    Functions& m_functions;
    const TableArguments& m_arguments;
    AddressRanges m_ranges;
    std::map<std::uint64_t, Known> m_known;
};

// The blocks of rebuilt segments, by address.
class RebuiltBlocks : public TableRows {
public:
    RebuiltBlocks(Functions& functions, const TableArguments& arguments)
        : m_device(arguments.device),
          m_event(arguments.moment.event),
          m_segments(SegmentRebuilder(functions, arguments).segments()),
          m_live(functions.connection(),
                 // Addresses are unsigned, so the negative ones come last.
                 fmt::format("SELECT address, size, idx, origin, stack_id, free_requested_event <= ?2 "
                             "FROM {}.allocations WHERE device = ?1 AND {} AND size > 0 "
                             "ORDER BY address < 0, address",
                             arguments.schema, live_condition())) {
        m_live.bind(1, m_device);
        m_live.bind(2, m_event);
        step_live();
    }

    [[nodiscard]] bool next() override {
        if (m_is_live) {
            m_is_live = false;
            step_live();
        }
        for (; m_segment < m_segments.size(); ++m_segment, m_used = 0) {
            const Segment& segment = m_segments[m_segment];
            if (live_is_in(segment)) return take(segment, live_address() - segment.address);
            if (m_has_live && live_address() < segment.address) refuse();
            if (m_used < segment.size) return take_hole(segment.size);
        }
        if (m_has_live) refuse();
        return false;
    }

    void result(sqlite3_context* context, int column) const override {
        const Segment& segment = m_segments[m_segment];
        switch (column) {
            case k_device: return sqlite3_result_int64(context, m_device);
            case k_segment: return sqlite3_result_int64(context, static_cast<std::int64_t>(m_segment));
            case k_segment_address: return result_unsigned(context, segment.address);
            case k_segment_size: return result_unsigned(context, segment.size);
            case k_segment_type: return result_maybe(context, segment.type);
            case k_stream: return result_maybe(context, segment.stream);
            case k_pool_id: return result_maybe(context, segment.pool);
            case k_is_expandable: return sqlite3_result_int(context, segment.expandable ? 1 : 0);
            case k_address: return result_unsigned(context, segment.address + m_begin);
            case k_size: return result_unsigned(context, m_used - m_begin);
            case k_estimated: return sqlite3_result_int(context, 1);
            case k_state: return result_text(context, state());
            default: break;
        }
        if (m_is_live) result_of_live(context, column);  // NULL otherwise
    }

private:
    [[nodiscard]] std::uint64_t live_address() const { return static_cast<std::uint64_t>(m_live.integer(0)); }

    void step_live() { m_has_live = m_live.step(); }
    [[nodiscard]] bool live_is_in(const Segment& segment) const {
        return m_has_live && live_address() >= segment.address &&
               live_address() - segment.address < segment.size;
    }

    // The next block is the live allocation at `offset`, or the hole before it.
    bool take(const Segment& segment, std::uint64_t offset) {
        if (offset < m_used) refuse();
        if (offset > m_used) return take_hole(offset);
        const auto size = static_cast<std::uint64_t>(timeline::rounded_up(m_live.integer(1)));
        if (size > segment.size - offset) refuse();
        m_begin = m_used;
        m_used += size;
        m_is_live = true;
        return true;
    }

    bool take_hole(std::uint64_t end) {
        m_begin = m_used;
        m_used = end;
        return true;
    }

    [[nodiscard]] std::string_view state() const {
        if (!m_is_live) return "inactive";
        return m_live.integer(5) != 0 ? "active_pending_free" : "active_allocated";
    }

    void result_of_live(sqlite3_context* context, int column) const {
        const int from = column == k_requested_size ? 1 : column == k_idx ? 2 : column == k_origin ? 3 : 4;
        sqlite3_result_value(context, sqlite3_column_value(m_live.handle(), from));
    }

    static void result_unsigned(sqlite3_context* context, std::uint64_t value) {
        sqlite3_result_int64(context, static_cast<std::int64_t>(value));
    }
    static void result_maybe(sqlite3_context* context, const std::optional<std::int64_t>& value) {
        value ? sqlite3_result_int64(context, *value) : sqlite3_result_null(context);
    }
    static void result_maybe(sqlite3_context* context, const std::optional<std::string>& value) {
        value ? result_text(context, *value) : sqlite3_result_null(context);
    }

    [[noreturn]] void refuse() const {
        throw InputError(
            fmt::format("the blocks of {} after event {} cannot be rebuilt: the allocation at {:#x} does "
                        "not fit into the segments of that moment",
                        device_label(m_device), m_event, live_address()));
    }

    std::int64_t m_device;
    std::int64_t m_event;
    std::vector<Segment> m_segments;  // by address
    Statement m_live;                 // by address
    bool m_has_live = false;          // m_live has a row that was not given yet
    bool m_is_live = false;           // the current block is this row
    std::size_t m_segment = 0;
    std::uint64_t m_begin = 0;  // of the current block in its segment, in bytes
    std::uint64_t m_used = 0;   // of the segment, up to the end of the current block
};

// What one device has at the end.
struct EndOfTrace {
    std::int64_t last_event = -1;
    bool segments_known = false;
};

EndOfTrace end_of(Functions& functions, const TableArguments& arguments) {
    Statement row(functions.connection(),
                  fmt::format("SELECT event_count - 1, end_reserved_bytes IS NOT NULL FROM {}.devices "
                              "WHERE device = ?1",
                              arguments.schema));
    row.bind(1, arguments.device);
    if (!row.step()) return {};
    return {row.integer(0), row.integer(1) != 0};
}

std::unique_ptr<TableRows> open_blocks(Functions& functions, const TableArguments& arguments) {
    const EndOfTrace end = end_of(functions, arguments);
    if (end.segments_known && arguments.moment.event < end.last_event)
        return std::make_unique<RebuiltBlocks>(functions, arguments);
    Statement rows(
        functions.connection(),
        fmt::format("SELECT s.device, s.segment_id, s.address, s.total_size, s.segment_type, s.stream, "
                    "s.pool_id, s.is_expandable, b.address, b.size, "
                    "CASE WHEN b.state <> 'inactive' THEN b.requested_size END, b.state, NULL, NULL, "
                    "b.stack_id, 0 FROM {0}.segments AS s LEFT JOIN {0}.blocks AS b USING (segment_id) "
                    "WHERE s.device = ?1 AND ?2 ORDER BY s.segment_id, b.block",
                    arguments.schema));
    rows.bind(1, arguments.device);
    // Without the final segments nothing is known about those of earlier moments.
    rows.bind(2, std::int64_t{arguments.moment.event >= end.last_event});
    return std::make_unique<StatementRows>(std::move(rows));
}

constexpr TableFunction k_blocks_at{"blocks_at", k_columns, open_blocks};

}  // namespace

void add_blocks_at(sqlite3* connection, Functions& functions) {
    add_table_function(connection, functions, k_blocks_at);
}

}  // namespace snapq::archive::sqlite
