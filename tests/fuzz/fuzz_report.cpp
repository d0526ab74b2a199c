// Shows an archive with arbitrary table content on the page of `snapq report`, alone or with a base, and
// reads the page's texts back.
#include <simdjson.h>

#include "fuzz/edited_archive.hpp"
#include "page/html_writer.hpp"
#include "page/report_page.hpp"
#include "support/page_reader.hpp"

namespace {

using namespace snapq;

page::PageOptions page_options(fuzz::Cutter& input) {
    page::PageOptions options;
    // The smallest leaves no room for any allocation.
    constexpr std::array<std::int64_t, 3> k_sizes{1, std::int64_t{1} << 20U, std::int64_t{16} << 20U};
    options.max_bytes = input.one_of(k_sizes);
    const std::uint8_t flags = input.byte();
    if ((flags & 1U) != 0) options.device = 0;
    if ((flags & 2U) != 0) options.range = analysis::parse_window("event:1..end");
    return options;
}

// What `report` does after the page: it makes a smaller one if this one is too large.
void write_page(const archive::ArchiveReader& archive, const archive::ArchiveReader& base, page::Mode mode,
                page::PageOptions options, const analysis::ShownNames& names, tests::TextSink& to) {
    while (true) {
        to.text.clear();
        page::ReportPage page(to, mode, options, names);
        static_cast<void>(page.add(archive, "new", page::Detail::all));
        if (mode != page::Mode::one)
            static_cast<void>(page.add(
                base, "base", mode == page::Mode::compare ? page::Detail::peak : page::Detail::curve));
        page.finish({});
        const auto smaller = page.options_for_less();
        if (!smaller) return;
        options = *smaller;
    }
}

void check(std::string_view html) {
    const std::string_view before = page::page_before_data();
    fuzz::require(html.starts_with(before), "the page begins with its program");
    simdjson::dom::parser parser;
    const auto texts = tests::block_in(html, "page");
    fuzz::require(texts && parser.parse(*texts).error() == simdjson::SUCCESS, "the texts can be read");
    // Between the program and its end, only the tags of blocks and base64.
    std::string_view data =
        html.substr(before.size(), html.size() - before.size() - page::page_after_data().size());
    while (!data.empty()) {
        const std::size_t tag = data.find('<');
        const std::string_view rest = tag == std::string_view::npos ? std::string_view() : data.substr(tag);
        fuzz::require(rest.empty() || rest.starts_with("<script type=\"application/octet-stream\" id=\"") ||
                          rest.starts_with("</script>"),
                      "no text becomes markup");
        data = rest.empty() ? rest : rest.substr(1);
    }
}

}  // namespace

SNAPQ_FUZZ_TARGET(report, data, size) {
    if (!page::has_embedded_page()) return 0;
    static const fuzz::OpenArchive sample(fuzz::SampleDatabase::instance().bytes());
    fuzz::Cutter input(data, size);
    const auto mode = static_cast<page::Mode>(input.index(3));
    const page::PageOptions options = page_options(input);
    analysis::NameOptions how;
    how.base_names = input.flag();
    const analysis::ShownNames names(how);
    static_cast<void>(input.byte());  // the seeds of `summary` have five bytes of options
    fuzz::accepts([&] {
        const fuzz::OpenArchive archive = fuzz::edited_archive(input);
        try {
            tests::TextSink page;
            write_page(archive.reader(), sample.reader(), mode, options, names, page);
            check(page.text);
        } catch (const UsageError&) {  // no such device or range, or no room
        }
    });
    return 0;
}
