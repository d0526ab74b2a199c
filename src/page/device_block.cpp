#include "page/device_block.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analysis/query/query.hpp"
#include "page/device_state.hpp"
#include "page/device_tables.hpp"
#include "page/row_selection.hpp"
#include "support/devices.hpp"

namespace snapq::page {
namespace {

// Bytes. PyTorch's allocator places blocks at multiples of it.
constexpr std::uint64_t k_block_size = 512;

std::uint64_t largest_unit(std::uint64_t address, std::uint64_t unit) {
    while (address % unit != 0) unit /= 2;
    return unit;
}

// Reads the allocations of a device, several times if needed, until the columns fit into the budget.
class RowWriter {
public:
    RowWriter(const DeviceContext& context, const report::DeviceFigures& figures,
              const DeviceOptions& options)
        : m_context(context),
          m_figures(figures),
          m_options(options),
          m_events(figures.event_count.value_or(0)),
          m_budget(options.column_budget()) {
        m_shown.allocations = figures.allocation_count.value_or(0);
    }

    // Also adds up what is live at the moments.
    void read(std::vector<NamedMoment>& moments) {
        do {
            start_attempt();
        } while (!read_all(moments));
        for (double share = k_first_share; !m_fits; share *= k_next_share) read_most_important(share);
        m_shown.shown = m_columns->count();
        m_shown.column_bytes = m_columns->compressed_bytes();
        m_shown.left_out_allocations = m_left_out->allocations();
        m_shown.left_out_bytes = m_left_out->bytes();
    }

    void write() {
        json::JsonWriter& json = m_context.json.json();
        json.key("shown").value(m_shown.shown);
        json.key("shown_from");
        if (m_shown.left_out_allocations == 0) {
            json.null();
        } else {
            json.begin_object();
            json.key("least_cost").value(m_least_cost);
            json.key("left_out_allocations").value(m_shown.left_out_allocations);
            json.key("left_out_bytes").value(m_shown.left_out_bytes);
            json.end_object();
        }
        m_columns->write(json, m_context.page);
        m_left_out->write(json, m_context.page);
    }

    [[nodiscard]] const ShownRows& shown() const { return m_shown; }
    [[nodiscard]] std::string largest() { return m_largest.take_json(); }

private:
    // The first attempt tells how many rows the budget is enough for. The next attempts keep this share of
    // them, because the rows that are kept are larger and less alike, so they compress worse.
    static constexpr double k_first_share = 0.8;
    static constexpr double k_next_share = 0.7;

    using Addresses = AllocationColumns::Addresses;

    void start_attempt() {
        m_columns = std::make_unique<AllocationColumns>(m_options.prefix, Addresses::shown, m_address_unit);
        m_left_out = std::make_unique<LeftOutCurve>(m_options.prefix, m_events);
        m_fits = true;
        m_shown.addresses_left_out = false;
    }

    [[nodiscard]] bool is_in_range(const AllocationRow& row) const {
        return !m_options.range || row.is_live_in(*m_options.range);
    }

    [[nodiscard]] bool is_too_much() const { return m_columns->compressed_bytes() > m_budget; }

    // Columns are compressed in portions, so a check after each row would find nothing sooner.
    [[nodiscard]] bool is_surely_too_much() const {
        constexpr std::int64_t k_rows_between = 1024;
        return m_columns->count() % k_rows_between == 0 && is_too_much();
    }

    // False if the unit of addresses was too large.
    [[nodiscard]] bool read_all(std::vector<NamedMoment>& moments) {
        MomentSums sums(moments);
        m_costs = CostHistogram();
        m_largest = LargestRows();
        AllocationReader reader(m_context.database, m_figures.device, m_context.names);
        while (reader.next()) {
            const AllocationRow& row = reader.row();
            const std::uint64_t unit = largest_unit(row.address, m_address_unit);
            if (unit != m_address_unit) {
                m_address_unit = unit;
                return false;
            }
            sums.add(row);
            m_largest.add(row.idx, row.size);
            if (!is_in_range(row)) continue;
            m_costs.add(cost_of(row, m_events));
            if (m_fits) add_to_fitting(row);
        }
        sums.finish();
        if (m_fits) end_fitting();
        return true;
    }

    void add_to_fitting(const AllocationRow& row) {
        m_columns->add(row);
        if (is_surely_too_much()) leave_out_addresses();
    }

    void end_fitting() {
        m_columns->finish();
        if (is_too_much()) leave_out_addresses();
        // The columns are still too large without the addresses.
        if (is_too_much()) m_fits = false;
    }

    void leave_out_addresses() {
        if (m_shown.addresses_left_out) {
            m_fits = false;
            return;
        }
        m_rows_in_budget = static_cast<std::int64_t>(static_cast<double>(m_columns->count()) *
                                                     static_cast<double>(m_budget) /
                                                     static_cast<double>(m_columns->compressed_bytes()));
        m_columns->drop_addresses();
        m_shown.addresses_left_out = true;
    }

    void read_most_important(double share) {
        start_attempt();
        const auto rows = static_cast<std::int64_t>(static_cast<double>(m_rows_in_budget) * share);
        m_least_cost = m_costs.least_cost_of(rows);
        AllocationReader reader(m_context.database, m_figures.device, m_context.names);
        while (m_fits && reader.next()) {
            const AllocationRow& row = reader.row();
            if (!is_in_range(row)) continue;
            if (cost_of(row, m_events) < m_least_cost) {
                m_left_out->add(row);
            } else {
                m_columns->add(row);
                m_fits = !is_surely_too_much();
            }
        }
        if (!m_fits) return;
        m_columns->finish();
        // Nothing more can be left out of columns without rows.
        m_fits = !is_too_much() || m_columns->count() == 0;
    }

    const DeviceContext& m_context;
    const report::DeviceFigures& m_figures;
    const DeviceOptions& m_options;
    std::int64_t m_events;
    std::size_t m_budget;
    std::uint64_t m_address_unit = k_block_size;
    std::unique_ptr<AllocationColumns> m_columns;
    std::unique_ptr<LeftOutCurve> m_left_out;
    bool m_fits = true;
    CostHistogram m_costs;
    LargestRows m_largest;
    std::int64_t m_rows_in_budget = 0;  // estimated for rows with addresses
    double m_least_cost = 0;
    ShownRows m_shown;
};

void write_facts(json::JsonWriter& to, const report::DeviceFigures& figures, const DeviceOptions& options) {
    to.key("device").value(figures.device);
    to.key("kind").value(device_kind(figures.device));
    to.key("events").value(figures.event_count.value_or(0));
    to.key("has_trace").value(figures.has_trace);
    to.key("complete").value(figures.complete);
    to.key("allocations").value(figures.allocation_count.value_or(0));
    to.key("range");
    if (options.range) {
        to.begin_object();
        to.key("first").value(options.range->first);
        to.key("last").value(options.range->last);
        to.end_object();
    } else {
        to.null();
    }
}

// What is shown of a device in full detail.
ShownRows write_everything(const DeviceContext& context, const report::DeviceFigures& figures,
                           const DeviceOptions& options, std::vector<NamedMoment>& moments) {
    write_spans(context, figures.device);
    write_segments(context, figures.device, options.prefix);
    RowWriter rows(context, figures, options);
    rows.read(moments);
    rows.write();
    context.tables->limit_own_work(context.archive.path());
    write_tables(context.json, *context.tables, figures, rows.largest());
    return rows.shown();
}

}  // namespace

ShownRows write_device(const DeviceContext& context, const report::DeviceFigures& figures,
                       const DeviceOptions& options) {
    json::JsonWriter& json = context.json.json();
    json.begin_object();
    write_facts(json, figures, options);
    write_curve(context, figures.device, options);
    write_steps(context, figures.device);
    std::vector<NamedMoment> moments = named_moments(context.database, figures);
    if (options.range) {
        std::erase_if(moments, [&](const NamedMoment& moment) {
            return moment.event < options.range->first || moment.event > options.range->last;
        });
    }
    ShownRows shown{.allocations = figures.allocation_count.value_or(0)};
    if (options.detail == Detail::all) {
        shown = write_everything(context, figures, options, moments);
    } else {
        add_prepared_sums(context.database, figures.device, moments);
        json.key("shown").value(std::int64_t{0});
        json.key("shown_from").null();
        if (options.detail == Detail::peak) write_live_at_peak(context, figures.device);
    }
    write_moments(json, moments);
    json.end_object();
    return shown;
}

}  // namespace snapq::page
