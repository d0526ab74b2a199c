// The HTML page of `snapq report`: one file that shows archives without a network.
//
//     ReportPage page(sink, Mode::one, options);
//     page.add(archive, "run.zip", Detail::all);
//     page.finish({.summary_json = …, .first_screen = …});
//
// An archive is written while it is read. Of its allocations, only the compressed columns are held in memory,
// at most `max_bytes`. Texts of the archives are written as JSON, which is compressed and base64-encoded, so
// they cannot become HTML.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/figures.hpp"
#include "analysis/file_names.hpp"
#include "archive/archive_reader.hpp"
#include "page/device_block.hpp"
#include "page/html_writer.hpp"
#include "support/bytes.hpp"

namespace snapq::page {

enum class Mode : std::uint8_t { one, compare, ranks };

struct PageOptions {
    std::optional<std::int64_t> device;                // nullopt: all
    std::optional<analysis::Window> range;             // what is shown of the allocations; nullopt: all
    std::int64_t max_bytes = std::int64_t{16} << 20U;  // of the file
    // The most compressed bytes of the columns of all allocations; nullopt: what max_bytes leaves for them.
    std::optional<std::size_t> column_bytes;
};

// The parts of the page that other commands print. Each JSON text is one value; an empty text becomes null.
struct PageTexts {
    std::string summary_json;
    std::string diff_json;
    std::string first_screen;           // lines
    std::size_t left_out_archives = 0;  // which the page does not show, because there are too many
};

// How many allocations of one device the page shows.
struct ShownDevice {
    std::int64_t device = 0;
    ShownRows rows;
};

class ReportPage {
public:
    // `to` and `names` must outlive the object. Call it only if has_embedded_page(). `names` changes the
    // paths in all texts of the page; the archives must return the changed file names already
    // (ShownNames::apply_to).
    ReportPage(ByteSink& to, Mode mode, PageOptions options, const analysis::ShownNames& names);

    // Adds an archive of snapq. With Mode::compare, add the new one before its base. `name`: its name on the
    // page. Throws UsageError if it does not have the device or the range, InputError if it is damaged.
    std::vector<ShownDevice> add(const archive::ArchiveReader& archive, const std::string& name,
                                 Detail detail);

    // Writes the rest of the file.
    void finish(const PageTexts& texts);

    // Bytes of the file so far.
    [[nodiscard]] std::uint64_t written() const { return m_page.written(); }

    // After the end: nullopt if the page has at most max_bytes. Otherwise the options for another page, with
    // less room for the columns. Throws UsageError if they had the least room already; it says what the page
    // needs.
    [[nodiscard]] std::optional<PageOptions> options_for_less() const;

private:
    std::vector<ShownDevice> add_archive(const archive::ArchiveReader& archive, const std::string& name,
                                         Detail detail);
    std::vector<ShownDevice> add_devices(const archive::ArchiveReader& archive, archive::Database& database,
                                         Names& names, Detail detail);
    void keep_devices_of_range(archive::Database& database,
                               std::vector<report::DeviceFigures>& devices) const;
    [[nodiscard]] std::optional<EventRange> range_of(archive::Database& database, std::int64_t device) const;
    [[nodiscard]] std::size_t room_for(std::int64_t allocations, std::int64_t of_allocations);

    PageOptions m_options;
    HtmlWriter m_page;
    JsonBlock m_json;
    std::size_t m_archives = 0;
    std::size_t m_column_bytes = 0;  // compressed, of the allocations
    bool m_has_room = false;         // the columns of some device may take more than the least
};

struct Definition {
    std::string_view term;  // as in the JSON of `summary`, or a word of the page
    std::string_view sentence;
};

[[nodiscard]] std::span<const Definition> definitions();

}  // namespace snapq::page
