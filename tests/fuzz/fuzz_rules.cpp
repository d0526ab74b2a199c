// Reads any bytes as the rules of --rules, and uses them on the allocations of an archive.
#include "analysis/category_rules.hpp"
#include "analysis/summary/summary.hpp"
#include "fuzz/edited_archive.hpp"
#include "render/summary.hpp"

SNAPQ_FUZZ_TARGET(rules, data, size) {
    using namespace snapq;
    static const fuzz::OpenArchive sample(fuzz::SampleDatabase::instance().bytes());
    fuzz::Cutter input(data, size);
    analysis::SummaryOptions options;
    options.at = analysis::parse_moment(input.one_of(fuzz::k_moments));
    try {
        const auto rules = std::make_shared<const analysis::CategoryRules>("rules.txt", input.rest());
        for (const analysis::CategoryRule& rule : rules->all())
            fuzz::require(rule.line > 0 && !rule.category.empty(), "each rule has a line and a category");
        options.grouping.by = analysis::KeyKind::category;
        options.grouping.rules = rules;
        report::Summary summary;
        summary.archives.push_back(analysis::summarize(sample.reader(), options));
        static_cast<void>(render::summary_text(summary, {}));
    } catch (const UsageError& error) {
        fuzz::require(std::string_view(error.what()).size() < 2000, "messages are short");
    }
    return 0;
}
