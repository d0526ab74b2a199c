// fit_request against a naive model: memory is painted cell by cell, and each cell is asked whether the
// request could have had it.
#include <algorithm>
#include <map>
#include <random>

#include "support/catch.hpp"
#include "timeline/tables/makers.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

constexpr std::int64_t k_cell = k_mib / 2;

enum class Cell : std::uint8_t { free, used, pending };

struct PaintedSegment {
    std::int64_t cells_per_page = 0;
    std::vector<Cell> cells;
    std::vector<std::int64_t> block_begins;
    bool small = false;
    bool expandable = false;
    std::int64_t stream = 0;
    std::string pool;

    [[nodiscard]] bool all_free(std::int64_t first, std::int64_t count) const {
        for (std::int64_t i = first; i < first + count; ++i) {
            if (cells[static_cast<std::size_t>(i)] != Cell::free) return false;
        }
        return true;
    }
    [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(cells.size()); }
};

struct Asked {
    std::int64_t cells = 0;
    std::int64_t stream = 0;
    std::string pool;
    std::int64_t max_split_cells = 0;  // 0: no limit
};

// The cells of a run of free cells that the request could have had.
std::int64_t usable_cells(const PaintedSegment& segment, std::int64_t first, std::int64_t count,
                          const Asked& asked, bool exact) {
    const bool in_default_pool = segment.pool == "0,0";
    if (in_default_pool && count == segment.size()) return count;
    bool own = segment.pool == asked.pool && segment.stream == asked.stream;
    own = own && segment.small == (asked.cells * k_cell <= k_mib);
    if (own && asked.max_split_cells > 0) {
        const bool is_large_request = asked.cells >= asked.max_split_cells;
        own = is_large_request ? count < asked.cells + 40 : count < asked.max_split_cells;
    }
    const bool is_rest = !segment.small && !segment.expandable && first > 0 && count <= 2;
    if (own && (exact || !is_rest)) return count;
    if (!in_default_pool || !segment.expandable) return 0;
    std::int64_t cells = 0;
    for (std::int64_t page = 0; page < segment.size(); page += segment.cells_per_page) {
        const bool inside = page >= first && page + segment.cells_per_page <= first + count;
        if (inside) cells += segment.cells_per_page;
    }
    return cells;
}

struct Expected {
    std::int64_t usable = 0;
    std::int64_t largest = 0;
    std::int64_t not_usable = 0;
    std::int64_t pending = 0;
};

Expected expected_fit(const std::vector<PaintedSegment>& segments, const Asked& asked, bool exact) {
    Expected expected;
    for (const PaintedSegment& segment : segments) {
        for (std::int64_t first = 0; first < segment.size();) {
            std::int64_t count = 0;
            while (first + count < segment.size() && segment.all_free(first + count, 1)) ++count;
            if (count == 0) {
                expected.pending +=
                    segment.cells[static_cast<std::size_t>(first)] == Cell::pending ? k_cell : 0;
                ++first;
                continue;
            }
            const std::int64_t usable = usable_cells(segment, first, count, asked, exact);
            expected.usable += usable * k_cell;
            expected.largest = std::max(expected.largest, usable * k_cell);
            expected.not_usable += (count - usable) * k_cell;
            first += count;
        }
    }
    return expected;
}

class Painter {
public:
    explicit Painter(unsigned seed) : m_random(seed) {}

    std::int64_t number(std::int64_t first, std::int64_t last) {
        return std::uniform_int_distribution<std::int64_t>(first, last)(m_random);
    }
    std::string pool() { return number(0, 1) == 0 ? "0,0" : number(0, 2) == 0 ? "0,1" : "1,0"; }

    PaintedSegment segment() {
        PaintedSegment segment;
        segment.small = number(0, 2) == 0;
        segment.expandable = number(0, 2) == 0;
        segment.stream = number(0, 2) == 0 ? 7 : 0;
        segment.pool = pool();
        segment.cells_per_page = segment.small ? 4 : 40;
        const std::int64_t pages = segment.expandable ? number(1, 5) : 1;
        segment.cells.assign(static_cast<std::size_t>(pages * segment.cells_per_page), Cell::free);
        paint(segment);
        return segment;
    }

private:
    void paint(PaintedSegment& segment) {
        if (number(0, 3) == 0) return;
        for (std::int64_t at = 0; at < segment.size();) {
            // Requests of at most 1 MiB lie in small segments only.
            const std::int64_t wanted = segment.small ? number(1, 2) : number(3, 30);
            const std::int64_t length = std::min(wanted, segment.size() - at);
            const bool fits_kind = segment.small || length > 2;
            if (number(0, 2) > 0 || !fits_kind) {
                at += length;
                continue;
            }
            segment.block_begins.push_back(at);
            const Cell kind = number(0, 5) == 0 ? Cell::pending : Cell::used;
            for (std::int64_t i = 0; i < length; ++i) segment.cells[static_cast<std::size_t>(at + i)] = kind;
            at += length;
        }
    }

    std::mt19937 m_random;
};

// The length of the block that begins at a cell.
std::int64_t block_length(const PaintedSegment& segment, std::int64_t begin) {
    std::int64_t end = begin + 1;
    while (end < segment.size() && !segment.all_free(end, 1) &&
           std::ranges::find(segment.block_begins, end) == segment.block_begins.end())
        ++end;
    return end - begin;
}

Scene::SegmentSpec spec_of(const PaintedSegment& segment, std::uint64_t address, bool with_blocks) {
    Scene::SegmentSpec spec{.address = address,
                            .blocks = {},
                            .expandable = segment.expandable,
                            .stream = segment.stream,
                            .pool = segment.pool,
                            .type = segment.small ? "small" : "large"};
    std::int64_t at = 0;
    const auto add_free = [&](std::int64_t until) {
        if (until > at) spec.blocks.push_back({(until - at) * k_cell, 0});
        at = until;
    };
    for (const std::int64_t begin : segment.block_begins) {
        if (!with_blocks) break;
        add_free(begin);
        const std::int64_t length = block_length(segment, begin);
        const bool pending = segment.cells[static_cast<std::size_t>(begin)] == Cell::pending;
        spec.blocks.push_back(
            {length * k_cell, length * k_cell,
             pending ? snapshot::BlockState::active_pending_free : snapshot::BlockState::active_allocated});
        at = begin + length;
    }
    add_free(segment.size());
    return spec;
}

void check(const OomRow& row, const Expected& expected) {
    CHECK(row.usable_bytes == expected.usable);
    CHECK(row.usable_largest_bytes == expected.largest);
    std::int64_t not_usable = 0;
    std::int64_t pending = 0;
    for (const OomUnusableRow& part : row.unusable)
        (part.reason == k_unusable_pending ? pending : not_usable) += part.bytes;
    CHECK(not_usable == expected.not_usable);
    CHECK(pending == expected.pending);
    CHECK(row.fits_without_fragmentation ==
          (*row.requested_bytes <= *row.device_free_bytes + expected.usable));
}

class World {
public:
    explicit World(unsigned seed) : m_painter(seed) {
        const std::int64_t count = m_painter.number(1, 12);
        for (std::int64_t i = 0; i < count; ++i) m_segments.push_back(m_painter.segment());
        m_asked = {m_painter.number(0, 2) == 0 ? m_painter.number(1, 2) : m_painter.number(3, 200),
                   m_painter.number(0, 2) == 0 ? 7 : 0, m_painter.pool(),
                   m_painter.number(0, 3) == 0 ? m_painter.number(20, 60) : 0};
        if (m_asked.max_split_cells > 0) {
            m_scene.snapshot().settings.emplace_back("max_split_size",
                                                     std::to_string(m_asked.max_split_cells * k_cell));
        }
    }

    // The OOM is the last event, so that the final blocks are those of the OOM.
    void check_exact() {
        for (std::size_t i = 0; i < m_segments.size(); ++i)
            m_scene.segment(spec_of(m_segments[i], address_of(i), true));
        ask();
        check(m_scene.tables().ooms.at(0), expected_fit(m_segments, m_asked, true));
    }

    // All is freed after the OOM, and half of the segments are given back.
    void check_estimated() {
        for (std::size_t i = 0; i < m_segments.size(); ++i) {
            if (i % 2 == 0 || m_segments[i].expandable)
                m_scene.segment(spec_of(m_segments[i], address_of(i), false));
        }
        m_scene.snapshot().has_segments = true;
        request_pending();
        ask();
        free_all();
        check(m_scene.tables().ooms.at(0), expected_fit(m_segments, m_asked, false));
    }

private:
    static std::uint64_t address_of(std::size_t segment) { return (segment + 1) << 32; }

    void ask() {
        m_scene.stream(m_asked.stream).pool(m_asked.pool);
        m_scene.oom(m_asked.cells * k_cell, m_painter.number(0, 40) * k_mib);
    }

    template <typename Visit>
    void for_each_block(Visit&& visit) {
        for (std::size_t i = 0; i < m_segments.size(); ++i) {
            const PaintedSegment& segment = m_segments[i];
            m_scene.stream(segment.stream).pool(segment.pool);
            for (const std::int64_t begin : segment.block_begins) {
                const bool pending = segment.cells[static_cast<std::size_t>(begin)] == Cell::pending;
                visit(address_of(i) + static_cast<std::uint64_t>(begin * k_cell),
                      block_length(segment, begin) * k_cell, pending);
            }
        }
    }

    void request_pending() {
        for_each_block([&](std::uint64_t address, std::int64_t size, bool pending) {
            if (pending) m_scene.request(address, size);
        });
    }

    void free_all() {
        for_each_block([&](std::uint64_t address, std::int64_t size, bool pending) {
            if (!pending) m_scene.request(address, size);
            m_scene.complete(address, size);
        });
        // A file without any segment event would have no verdict.
        m_scene.stream(0).pool("0,0").segment_event(snapshot::Action::segment_alloc, 1 << 30, 2 * k_mib);
        m_scene.segment_event(snapshot::Action::segment_free, 1 << 30, 2 * k_mib);
        for (std::size_t i = 1; i < m_segments.size(); i += 2) {
            if (m_segments[i].expandable) continue;
            m_scene.stream(m_segments[i].stream).pool(m_segments[i].pool);
            m_scene.segment_event(snapshot::Action::segment_free, address_of(i),
                                  m_segments[i].size() * k_cell);
        }
    }

    Painter m_painter;
    Scene m_scene;
    std::vector<PaintedSegment> m_segments;
    Asked m_asked;
};

TEST_CASE("usable bytes are those of a model that looks at each cell", "[timeline]") {
    for (unsigned seed = 0; seed < 300; ++seed) {
        INFO("seed " << seed);
        World(seed).check_exact();
        World(seed).check_estimated();
    }
}

}  // namespace
}  // namespace snapq::timeline
