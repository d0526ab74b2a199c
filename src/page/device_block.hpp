// Writes everything that a page shows of one device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "archive/archive_reader.hpp"
#include "page/device_rows.hpp"
#include "page/html_writer.hpp"
#include "page/names.hpp"
#include "report/figures.hpp"

namespace snapq::analysis {
class QuerySession;
}

namespace snapq::page {

// How much of an archive the page shows: everything, the curve and what is live at the peak (the base of a
// comparison), or the curve (one rank of many).
enum class Detail : std::uint8_t { all, peak, curve };

// How many allocations of a device are shown, for messages.
struct ShownRows {
    std::int64_t allocations = 0;
    std::int64_t shown = 0;
    std::int64_t left_out_allocations = 0;
    std::int64_t left_out_bytes = 0;  // the sum of their sizes
    bool addresses_left_out = false;
    std::size_t column_bytes = 0;  // compressed
};

// The archive that has the device, and the page that is written. The references must stay valid during the
// calls.
struct DeviceContext {
    const archive::ArchiveReader& archive;
    archive::Database& database;
    Names& names;
    JsonBlock& json;
    HtmlWriter& page;
    analysis::QuerySession* tables;  // for the built-in queries; null unless everything is shown
};

struct DeviceOptions {
    Detail detail = Detail::all;
    std::string prefix;               // of the ids of its blocks: "c0-1-"
    std::optional<EventRange> range;  // nullopt: the whole trace
    // Returns the compressed bytes that the columns of its allocations may take. It is called after the other
    // parts are written.
    std::function<std::size_t()> column_budget;
};

// Writes one element of the array `devices`. Throws InputError for a damaged archive.
ShownRows write_device(const DeviceContext& context, const report::DeviceFigures& figures,
                       const DeviceOptions& options);

}  // namespace snapq::page
