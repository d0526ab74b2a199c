#include "commands/rank_summary.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>
#include <utility>

#include "analysis/across_ranks.hpp"
#include "analysis/summary/summary.hpp"
#include "analysis/summary/verdict.hpp"
#include "convert/threads.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

// Sites that explain one outlier. More would leave no room for the other outliers.
constexpr std::size_t k_most_sites = 5;

struct Attempt {
    std::optional<RankSummary> rank;
    bool has_moment = true;
    std::exception_ptr error;  // why the archive cannot be read, or that it does not have the moment
};

// If an archive does not have the moment, its figures are read at the peak.
Attempt attempt(const std::string& path, const analysis::Moment& at, const SummarizeRank& summarize) {
    Attempt result;
    try {
        result.rank = summarize(path, at);
        return result;
    } catch (const InputError&) {
        result.error = std::current_exception();
    } catch (const UsageError&) {
        if (at == analysis::Moment{}) throw;
        result.error = std::current_exception();
    }
    result.has_moment = false;
    if (at == analysis::Moment{}) return result;
    try {
        result.rank = summarize(path, {});
    } catch (const InputError&) {
        result.error = std::current_exception();
    }
    return result;
}

// Makes a new object, because cleared vectors keep their memory.
report::DeviceSummary without_details(report::DeviceSummary&& device) {
    report::DeviceSummary kept;
    kept.figures = std::move(device.figures);
    kept.peak_site = std::move(device.peak_site);
    return kept;
}

// Removes what the output does not show, because there may be thousands of ranks.
void drop_details(report::ArchiveSummary& archive) {
    for (report::DeviceSummary& device : archive.devices) device = without_details(std::move(device));
    archive.devices.shrink_to_fit();
    archive.remarks = std::vector<UntrustedText>();
}

class Collector {
public:
    Collector(const std::vector<std::string>& paths, const RankSummaryOptions& options)
        : m_paths(paths), m_options(options) {
        m_summary.several = true;
    }

    void add(std::size_t item, Attempt&& attempt) {
        if (!attempt.rank) return add_broken(m_paths[item], attempt.error);
        if (!attempt.has_moment) {
            m_summary.without_moment.push_back(m_paths[item]);
            if (!m_without_moment) m_without_moment = attempt.error;
        }
        RankSummary& rank = *attempt.rank;
        m_verdict.add(rank.summary, rank.checks);
        if (attempt.has_moment) add_rows(rank.summary);
        for (report::Check& check : rank.checks) {
            check.archive = rank.summary.archive;
            check.rank = rank.summary.rank;
        }
        std::ranges::move(rank.checks, std::back_inserter(m_summary.checks));
        if (m_options.on_archive) m_options.on_archive(rank.summary);
        drop_details(rank.summary);
        m_summary.archives.push_back(std::move(rank.summary));
    }

    report::Summary take() {
        const std::size_t with_moment = m_summary.archives.size() - m_summary.without_moment.size();
        if (with_moment == 0 && m_without_moment) std::rethrow_exception(m_without_moment);
        m_summary.verdict = m_verdict.take();
        m_summary.rows = m_rows.take(m_options.top);
        if (m_options.across) m_summary.across = m_across.take(m_options.top);
        m_summary.group_by = m_options.group_by;
        m_summary.at = m_options.at;
        m_summary.by = m_options.by;
        return std::move(m_summary);
    }

private:
    void add_rows(report::ArchiveSummary& archive) {
        if (m_options.across) {
            m_across.add(archive);
            for (report::DeviceSummary& device : archive.devices)
                analysis::keep_top_rows(device, m_options.top);
        }
        m_rows.add(archive);
    }

    void add_broken(const std::string& path, const std::exception_ptr& error) {
        try {
            std::rethrow_exception(error);
        } catch (const InputError& reason) {
            m_summary.broken.push_back({path, reason.in_file(path).what()});
        }
    }

    const std::vector<std::string>& m_paths;
    const RankSummaryOptions& m_options;
    report::Summary m_summary;
    analysis::VerdictSearch m_verdict;
    analysis::RankRows m_rows;
    analysis::AcrossRanks m_across;
    std::exception_ptr m_without_moment;
};

}  // namespace

report::Summary summarize_ranks(const std::vector<std::string>& paths, const analysis::Moment& at,
                                const RankSummaryOptions& options, const SummarizeRank& summarize,
                                const analysis::RowsOf& rows_of) {
    Collector collector(paths, options);
    convert::in_order<Attempt>(
        paths.size(), options.threads, [&](std::size_t item) { return attempt(paths[item], at, summarize); },
        [&](std::size_t item, Attempt&& result) { collector.add(item, std::move(result)); });
    report::Summary summary = collector.take();
    const std::size_t most_sites = options.top == 0 ? k_most_sites : std::min(options.top, k_most_sites);
    analysis::compare_ranks(summary, rows_of, most_sites);
    if (summary.across) analysis::name_explained(summary.outliers, *summary.across);
    return summary;
}

}  // namespace snapq::commands
