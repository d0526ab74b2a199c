#include "page/report_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "analysis/figures.hpp"
#include "analysis/moment.hpp"
#include "analysis/query/query.hpp"
#include "analysis/row_access.hpp"
#include "json/writer.hpp"
#include "page/call_tree.hpp"
#include "page/html_writer.hpp"
#include "page/names.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"
#include "support/version.hpp"

namespace snapq::page {
namespace {

constexpr std::int64_t k_page_format = 1;

std::string_view name_of(Mode mode) {
    constexpr std::array<std::string_view, 3> k_names{"one", "compare", "ranks"};
    return k_names.at(static_cast<std::size_t>(mode));
}

// "rank", "labels", "source" and "settings".
void write_origin(json::JsonWriter& to, archive::Database& database) {
    archive::Query rank = database.prepare("SELECT value FROM meta WHERE key = 'rank'");
    write_optional(to, "rank", rank.next() ? rank.maybe_integer(0) : std::nullopt);
    to.key("labels").begin_object();
    archive::Query labels = database.prepare(
        "SELECT abbreviate(substr(key, 7)), abbreviate(value) FROM meta WHERE key LIKE "
        "'label.%' ORDER BY key");
    while (labels.next()) to.key(UntrustedText(labels.text(0))).value(UntrustedText(labels.text(1)));
    to.end_object();
    to.key("source").begin_object();
    to.key("name").value(analysis::meta_text(database, "source_name"));
    to.key("bytes").value(database.integer("SELECT value FROM meta WHERE key = 'source_bytes'"));
    to.key("kind").value(analysis::meta_text(database, "source_kind"));
    to.end_object();
    to.key("settings").begin_array();
    archive::Query settings =
        database.prepare("SELECT abbreviate(key), abbreviate(value) FROM settings ORDER BY key");
    while (settings.next()) {
        to.begin_array();
        to.value(UntrustedText(settings.text(0))).value(UntrustedText(settings.text(1)));
        to.end_array();
    }
    to.end_array();
}

void write_first_screen(json::JsonWriter& to, std::string_view text) {
    to.key("first_screen").begin_array();
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        to.value(UntrustedText(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    to.end_array();
}

// `convert` counts nothing beyond what a browser's numbers hold, but other programs may write such archives.
void check_counts(const report::DeviceFigures& figures) {
    const auto check = [&](report::MaybeInteger count, const char* column) {
        if (!count || (*count >= 0 && *count < static_cast<std::int64_t>(k_beyond_doubles))) return;
        throw InputError(fmt::format("{} has an impossible {}", device_label(figures.device), column));
    };
    check(figures.event_count, "event_count");
    check(figures.allocation_count, "allocation_count");
}

void write_embedded(json::JsonWriter& to, std::string_view key, const std::string& json) {
    to.key(key);
    if (json.empty()) {
        to.null();
    } else {
        to.raw(json);
    }
}

}  // namespace

ReportPage::ReportPage(ByteSink& to, Mode mode, PageOptions options, const analysis::ShownNames& names)
    : m_options(std::move(options)), m_page(to), m_json(names) {
    json::JsonWriter& json = m_json.json();
    json.begin_object();
    json.key("format").value(k_page_format);
    json.key("snapq").value(program_version());
    json.key("mode").value(name_of(mode));
    json.key("archives").begin_array();
}

std::vector<ShownDevice> ReportPage::add(const archive::ArchiveReader& archive, const std::string& name,
                                         Detail detail) {
    return analysis::naming_archive(archive.path(), [&] {
        return archive::with_own_sql(archive.path(), [&] { return add_archive(archive, name, detail); });
    });
}

std::vector<ShownDevice> ReportPage::add_archive(const archive::ArchiveReader& archive,
                                                 const std::string& name, Detail detail) {
    archive::Database database = archive.open_database();
    json::JsonWriter& json = m_json.json();
    json.begin_object();
    json.key("name").value(UntrustedText(name));
    write_origin(json, database);
    json.key("light").value(detail != Detail::all);
    Names names(database);
    if (detail != Detail::curve) {
        const CallTree tree(database, names.stacks);
        tree.write(m_json, m_page, fmt::format("a{}-", m_archives));
        write_stacks(m_json, database, names.stacks, tree);
    }
    std::vector<ShownDevice> shown = add_devices(archive, database, names, detail);
    if (detail != Detail::curve) names.write(m_json, database);
    json.end_object();
    m_json.relieve();
    ++m_archives;
    return shown;
}

std::vector<ShownDevice> ReportPage::add_devices(const archive::ArchiveReader& archive,
                                                 archive::Database& database, Names& names, Detail detail) {
    std::vector<report::DeviceFigures> devices = analysis::device_figures(database);
    std::ranges::for_each(devices, check_counts);
    if (m_options.device && detail == Detail::all) {
        std::vector<std::int64_t> present;
        for (const report::DeviceFigures& figures : devices) present.push_back(figures.device);
        if (std::ranges::count(present, *m_options.device) == 0)
            throw analysis::no_such_device(*m_options.device, present);
    }
    std::erase_if(devices, [&](const report::DeviceFigures& figures) {
        return m_options.device && *m_options.device != figures.device;
    });
    if (detail == Detail::all) keep_devices_of_range(database, devices);
    std::int64_t left = 0;
    for (const report::DeviceFigures& figures : devices)
        left = saturating_add(left, figures.allocation_count.value_or(0));
    std::vector<ShownDevice> shown;
    // Opening one takes longer than the queries for a small device.
    std::optional<analysis::QuerySession> tables;
    if (detail == Detail::all) tables.emplace(archive).shorten_names();
    m_json.json().key("devices").begin_array();
    for (const report::DeviceFigures& figures : devices) {
        const std::int64_t allocations = figures.allocation_count.value_or(0);
        DeviceOptions options;
        options.detail = detail;
        options.prefix = fmt::format("c{}-{}-", m_archives, device_name(figures.device));
        if (detail == Detail::all) options.range = range_of(database, figures.device);
        options.column_budget = [this, allocations, left] { return room_for(allocations, left); };
        const DeviceContext context{archive, database, names, m_json, m_page, tables ? &*tables : nullptr};
        shown.push_back({figures.device, write_device(context, figures, options)});
        m_column_bytes += shown.back().rows.column_bytes;
        left -= allocations;
        m_json.relieve();
    }
    m_json.json().end_array();
    return shown;
}

// Devices without the range are left out, unless none has it.
void ReportPage::keep_devices_of_range(archive::Database& database,
                                       std::vector<report::DeviceFigures>& devices) const {
    if (!m_options.range || devices.empty()) return;
    const std::int64_t first = devices.front().device;
    std::erase_if(devices, [&](const report::DeviceFigures& figures) {
        return !analysis::find_event(m_options.range->from, database, figures.device) ||
               !analysis::find_event(m_options.range->to, database, figures.device);
    });
    // Throws, because the first device does not have the range.
    if (devices.empty()) static_cast<void>(range_of(database, first));
}

std::optional<EventRange> ReportPage::range_of(archive::Database& database, std::int64_t device) const {
    if (!m_options.range) return std::nullopt;
    const EventRange range{analysis::resolve(m_options.range->from, database, device),
                           analysis::resolve(m_options.range->to, database, device)};
    if (range.first > range.last) {
        throw UsageError(fmt::format("--range {}: it ends at event {}, before it begins at event {}",
                                     analysis::text_of(*m_options.range), range.last, range.first));
    }
    return range;
}

// The compressed bytes that the columns of a device may take. Devices that are not written yet share the room
// in proportion to their allocations.
std::size_t ReportPage::room_for(std::int64_t allocations, std::int64_t of_allocations) {
    // Bytes that are kept free for tables, keys and the summary, which are written after the columns.
    constexpr auto k_rest = double{48 << 10U};
    constexpr auto k_least = double{4 << 10U};
    constexpr double k_least_of_device = 256;  // columns without a row take some bytes, too
    constexpr double k_base64 = 0.75;
    const double written =
        static_cast<double>(m_page.written() + page_after_data().size() + m_json.compressed_bytes());
    const double share =
        of_allocations <= 0 ? 1.0 : static_cast<double>(allocations) / static_cast<double>(of_allocations);
    const auto most = static_cast<double>(m_options.max_bytes);
    double room = (most - written - std::min(k_rest, most / 64)) * k_base64;
    if (m_options.column_bytes)
        room = std::min(room,
                        static_cast<double>(*m_options.column_bytes) - static_cast<double>(m_column_bytes));
    m_has_room = m_has_room || room > k_least;
    return static_cast<std::size_t>(std::max(std::max(room, k_least) * share, k_least_of_device));
}

std::optional<PageOptions> ReportPage::options_for_less() const {
    const auto bytes = static_cast<std::int64_t>(written());
    const std::int64_t excess = bytes - m_options.max_bytes;
    if (excess <= 0) return std::nullopt;
    if (!m_has_room) {
        throw UsageError(fmt::format("--max-bytes {}: with the fewest allocations, the page has {} KiB",
                                     format_size(m_options.max_bytes), (bytes + 1023) / 1024))
            .with_hint("--device and --range make a smaller page, of a part of the recording");
    }
    // In base64, three bytes become four. The sum of what is left out takes some bytes of its own.
    const std::size_t step = static_cast<std::size_t>(excess) / 4 * 3 + m_column_bytes / 32 + 64;
    PageOptions options = m_options;
    options.column_bytes = m_column_bytes - std::min(step, m_column_bytes);
    return options;
}

void ReportPage::finish(const PageTexts& texts) {
    json::JsonWriter& json = m_json.json();
    json.end_array();
    write_embedded(json, "summary", texts.summary_json);
    write_embedded(json, "diff", texts.diff_json);
    write_first_screen(json, texts.first_screen);
    json.key("left_out_archives").value(static_cast<std::int64_t>(texts.left_out_archives));
    json.key("definitions").begin_object();
    for (const Definition& definition : definitions()) json.key(definition.term).value(definition.sentence);
    json.end_object();
    json.end_object();
    m_json.write_to(m_page, "page");
    m_page.finish();
}

namespace {

constexpr std::array k_definitions{
    Definition{"allocation", "A tensor's memory, from the request to its return to the allocator."},
    Definition{"requested_bytes", "Bytes that the program asked for and has not given back."},
    Definition{"allocated_bytes", "Bytes of the blocks that serve the requests, after rounding up."},
    Definition{"reserved_bytes", "Bytes that PyTorch's allocator holds from the driver, used or not."},
    Definition{"rounding_bytes", "Bytes that blocks are larger than their requests."},
    Definition{"cached_bytes",
               "Bytes of segments in which nothing is live; the allocator can give them back."},
    Definition{"stranded_bytes",
               "Free bytes in segments that also have live memory, so they cannot be given back."},
    Definition{"pending_bytes", "Bytes that the program has freed and another stream may still use."},
    Definition{"unfreed_bytes", "Bytes that were requested in the recording and not freed in it."},
    Definition{"preexisting_bytes", "Bytes that were allocated before the recording began."},
    Definition{"event",
               "An entry of the recording; events are numbered from 0, and -1 is the state before them."},
    Definition{"peak", "The moment with the most requested bytes."},
    Definition{"reserved-peak", "The moment with the most reserved bytes."},
    Definition{"start", "The state before the first event."},
    Definition{"end", "The state after the last event."},
    Definition{"oom", "The moment of an allocation that failed because memory was lacking."},
    Definition{"site",
               "The innermost line of the program, or of a package it uses, that led to an allocation."},
    Definition{"user-frame", "The innermost line of the program itself, outside all installed packages."},
    Definition{"op", "The PyTorch operator that made an allocation."},
    Definition{"function", "The function of the site."},
    Definition{"file", "The file of the site."},
    Definition{"node", "The node of the autograd graph in whose backward pass an allocation was made."},
    Definition{"phase", "The part of a training step in which an allocation was made."},
    Definition{"category", "What the memory is for, such as parameters, gradients or activations."},
    Definition{"stream",
               "The queue of the device for which the memory was requested; others cannot reuse it."},
    Definition{"pool", "A part of the allocator's memory that other pools cannot use."},
    Definition{"segment",
               "A piece of memory that the allocator got from the driver and divides into blocks."},
    Definition{"step", "One round of the training loop."},
    Definition{"span", "A part of the recording that the program annotated."},
    Definition{"complete", "Whether the recording has all events; without some, peaks are lower bounds."}};

}  // namespace

std::span<const Definition> definitions() {
    return k_definitions;
}

}  // namespace snapq::page
