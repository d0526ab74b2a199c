#include "commands/rank_reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "analysis/across_ranks.hpp"
#include "analysis/summary/summary.hpp"
#include "analysis/summary/verdict.hpp"
#include "commands/archive_argument.hpp"
#include "commands/convert_targets.hpp"
#include "commands/ranks.hpp"
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
            m_summary.without_moment.emplace_back(m_paths[item]);
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

namespace {

namespace fs = std::filesystem;

// Sorts ranks first, by their numbers, then the others by name. The name of a snapshot is the name that its
// archive would have, so that a snapshot and an archive can be a pair.
using RankKey = std::tuple<bool, std::int64_t, std::string>;

std::optional<std::int64_t> rank_of_path(const std::string& path) {
    const fs::path name = fs::path(path).filename();
    std::error_code unknown;
    if (name.extension() != ".zip" && !fs::is_directory(path, unknown)) return rank_of_name(name.string());
    try {
        return rank_of(archive::open_archive(path));
    } catch (const InputError&) {
        return rank_of_name(name.string());  // the comparison reports why it cannot be opened
    }
}

RankKey key_of(const std::string& path) {
    if (const auto rank = rank_of_path(path)) return {false, *rank, ""};
    return {true, 0, archive_name(fs::path(path).filename().string(), convert::Layout::zip)};
}

std::optional<std::int64_t> rank_in(const RankKey& key) {
    return std::get<0>(key) ? std::nullopt : std::optional(std::get<1>(key));
}

std::map<RankKey, std::string> ranks_in(const std::string& directory) {
    std::map<RankKey, std::string> ranks;
    for (const std::string& path : archives_in(directory)) {
        const RankKey key = key_of(path);
        const auto [other, added] = ranks.emplace(key, path);
        if (added) continue;
        const auto rank = rank_in(key);
        InputError error(directory,
                         fmt::format("{} and {} are both {}", fs::path(other->second).filename().string(),
                                     fs::path(path).filename().string(),
                                     rank ? fmt::format("rank {}", *rank) : "the same archive"));
        error.with_hint("keep one archive a rank in a directory");
        throw error;
    }
    return ranks;
}

// The rows are sorted, so the ones to keep are the first ones.
void keep_rows(report::DiffDevice& device, std::size_t top) {
    while (device.rows.size() > top) {
        device.others.add(device.rows.back());
        device.rows.pop_back();
    }
    device.rows.shrink_to_fit();
}

report::DiffReport diff_pair(const RankPair& pair, const analysis::DiffOptions& options, bool quiet) {
    const archive::ArchiveReader base = open_archive_argument(pair.base, quiet);
    if (pair.base == pair.newer) return analysis::diff_archives(&base, base, options);
    return analysis::diff_archives(&base, open_archive_argument(pair.newer, quiet), options);
}

struct PairAttempt {
    std::optional<report::DiffReport> report;
    std::string error;  // that the pair cannot be compared
};

PairAttempt attempt(const RankPair& pair, const RanksDiffOptions& options) {
    PairAttempt result;
    try {
        result.report = diff_pair(pair, options.pair, options.quiet);
        for (report::DiffDevice& device : result.report->devices) keep_rows(device, options.top);
    } catch (const InputError& error) {
        result.error = error.in_file(pair.newer).what();
    }
    return result;
}

class PairCollector {
public:
    PairCollector(report::RanksDiff& diff, const RanksDiffOptions& options)
        : m_diff(diff), m_options(options) {}

    void add(const RankPair& pair, PairAttempt&& attempt) {
        if (!attempt.report) {
            m_diff.broken.emplace_back(attempt.error);
            return;
        }
        report::RankDiff rank{pair.rank, *std::move(attempt.report)};
        for (report::Check& check : rank.report.checks) {
            check.archive = pair.newer;
            check.rank = pair.rank;
            m_diff.checks.push_back(std::move(check));
        }
        rank.report.checks.clear();
        for (const UntrustedText& warning : rank.report.warnings) add_warning(warning);
        if (m_options.on_rank) m_options.on_rank(rank);
        m_diff.ranks.push_back(report::change_of(rank));
        keep_most_changed(std::move(rank));
    }

private:
    void add_warning(const UntrustedText& text) {
        auto warning = std::ranges::find(m_diff.warnings, text, &report::RanksWarning::text);
        if (warning == m_diff.warnings.end()) {
            if (m_diff.warnings.size() >= k_most_warnings) return;
            warning = m_diff.warnings.insert(warning, {text, 0});
        }
        ++warning->ranks;
    }

    void keep_most_changed(report::RankDiff&& rank) {
        std::int64_t distance = 0;
        for (const report::RankChange::Device& device : m_diff.ranks.back().devices)
            distance = std::max(distance, device.distance());
        if (distance <= m_most_distance) return;
        m_most_distance = distance;
        m_diff.most_changed = std::move(rank);
    }

    // Different ones; they have the same few texts with different figures.
    static constexpr std::size_t k_most_warnings = 100;

    report::RanksDiff& m_diff;
    const RanksDiffOptions& m_options;
    std::int64_t m_most_distance = 0;
};

}  // namespace

PairedRanks pair_ranks(const std::string& base, const std::string& newer) {
    PairedRanks paired;
    std::map<RankKey, std::string> new_ranks = ranks_in(newer);
    for (const auto& [key, path] : ranks_in(base)) {
        const auto partner = new_ranks.extract(key);
        if (partner.empty()) {
            paired.only_base.push_back({rank_in(key), path});
        } else {
            paired.pairs.push_back({rank_in(key), path, partner.mapped()});
        }
    }
    for (const auto& [key, path] : new_ranks) paired.only_new.push_back({rank_in(key), path});
    return paired;
}

report::RanksDiff diff_ranks(const std::string& base, const std::string& newer, const PairedRanks& ranks,
                             const RanksDiffOptions& options) {
    report::RanksDiff diff;
    diff.base = base;
    diff.newer = newer;
    diff.only_base = ranks.only_base;
    diff.only_new = ranks.only_new;
    PairCollector collector(diff, options);
    convert::in_order<PairAttempt>(
        ranks.pairs.size(), options.threads, [&](std::size_t i) { return attempt(ranks.pairs[i], options); },
        [&](std::size_t i, PairAttempt&& result) { collector.add(ranks.pairs[i], std::move(result)); });
    return diff;
}

}  // namespace snapq::commands
