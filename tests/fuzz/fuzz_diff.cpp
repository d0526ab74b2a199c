// Compares two archives, one of them with arbitrary table content, by any key and at any moments, and prints
// the result in every format.
#include <simdjson.h>

#include "analysis/diff/diff.hpp"
#include "fuzz/edited_archive.hpp"
#include "render/diff.hpp"

namespace {

using namespace snapq;

analysis::DiffOptions options_of(fuzz::Cutter& input) {
    analysis::DiffOptions options;
    options.by = analysis::key_kinds()[input.index(analysis::key_kinds().size())].kind;
    options.exact = options.by == analysis::KeyKind::stack && input.flag();
    options.at_base = analysis::parse_moment(input.one_of(fuzz::k_moments));
    options.at_new = analysis::parse_moment(input.one_of(fuzz::k_moments));
    const std::uint8_t flags = input.byte();
    if ((flags & 1U) != 0) options.user_prefixes = {"/home/ada"};
    if ((flags & 2U) != 0) options.strip_prefix = "/home/[^/]+/";
    if ((flags & 4U) != 0) options.device = 0;
    if ((flags & 8U) != 0) options.limits.max_growth = analysis::parse_growth_limit("5%,100");
    if ((flags & 16U) != 0) options.limits.max_reserved_growth = analysis::parse_growth_limit("10000%");
    if ((flags & 32U) != 0) options.limits.max_row_growth = 0;
    options.limits.allow_no_trace = (flags & 64U) != 0;
    return options;
}

void print(const report::DiffReport& report) {
    static_cast<void>(render::diff_text(report, {}));
    static_cast<void>(render::diff_csv(report, {}));
    fuzz::require(render::diff_markdown(report, {}).size() <= 60'000, "a comment fits GitHub's limit");
    simdjson::dom::parser parser;
    const std::string json = render::diff_json(report, {});
    fuzz::require(parser.parse(json).error() == simdjson::SUCCESS, "the JSON can be read");
}

}  // namespace

SNAPQ_FUZZ_TARGET(diff, data, size) {
    static const fuzz::OpenArchive sample(fuzz::SampleDatabase::instance().bytes());
    fuzz::Cutter input(data, size);
    const std::size_t sides = input.index(4);
    const analysis::DiffOptions options = options_of(input);
    fuzz::accepts([&] {
        const fuzz::OpenArchive other = fuzz::edited_archive(input);
        const archive::ArchiveReader* base = &sample.reader();
        const archive::ArchiveReader* newer = &other.reader();
        if (sides == 1) std::swap(base, newer);
        if (sides == 2) base = newer;
        if (sides == 3) base = nullptr;
        try {
            print(analysis::diff_archives(base, *newer, options));
        } catch (const UsageError&) {  // a moment or device that does not exist
        }
    });
    return 0;
}
