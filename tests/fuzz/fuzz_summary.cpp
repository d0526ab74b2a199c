// Summarizes an archive with arbitrary table content and prints the result in every format.
#include <simdjson.h>

#include "analysis/figures.hpp"
#include "analysis/summary/summary.hpp"
#include "fuzz/edited_archive.hpp"
#include "render/summary.hpp"

namespace {

using namespace snapq;

analysis::SummaryOptions options_of(fuzz::Cutter& input) {
    analysis::SummaryOptions options;
    options.grouping.by = analysis::key_kinds()[input.index(analysis::key_kinds().size())].kind;
    options.grouping.with_maxima = input.flag();
    options.at = analysis::parse_moment(input.one_of(fuzz::k_moments));
    options.top = input.index(4);
    const std::uint8_t flags = input.byte();
    if ((flags & 1U) != 0) options.grouping.user_prefixes = {"/home/ada"};
    if ((flags & 2U) != 0) options.device = 0;
    if ((flags & 4U) != 0) {
        options.grouping.by = analysis::KeyKind::site;
        options.tree = analysis::CallTreeOptions{.all_frames = (flags & 8U) != 0, .min_share = 0};
    }
    return options;
}

void print(const report::Summary& summary) {
    static_cast<void>(render::summary_text(summary, {}));
    static_cast<void>(render::summary_csv(summary));
    fuzz::require(render::summary_markdown(summary).size() <= 60'000, "a comment fits GitHub's limit");
    simdjson::dom::parser parser;
    const std::string json = render::summary_json(summary);
    fuzz::require(parser.parse(json).error() == simdjson::SUCCESS, "the JSON can be read");
}

}  // namespace

SNAPQ_FUZZ_TARGET(summary, data, size) {
    fuzz::Cutter input(data, size);
    const analysis::SummaryOptions options = options_of(input);
    fuzz::accepts([&] {
        const fuzz::OpenArchive archive = fuzz::edited_archive(input);
        try {
            report::Summary summary;
            summary.archives.push_back(analysis::summarize(archive.reader(), options));
            print(summary);
        } catch (const UsageError&) {  // a moment or device that does not exist
        }
    });
    return 0;
}
