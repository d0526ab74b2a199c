// `snapq diff BASE [NEW]`
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "analysis/diff/diff.hpp"
#include "commands/command.hpp"
#include "commands/diff_ranks.hpp"
#include "commands/options/option_values.hpp"
#include "commands/options/tree_options.hpp"
#include "commands/output.hpp"
#include "convert/converter.hpp"
#include "io/spilled_text.hpp"
#include "render/diff.hpp"
#include "report/diff_report.hpp"

namespace snapq::commands {

class DiffCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "diff"; }
    [[nodiscard]] std::string summary() const override {
        return "Compare two archives, or two moments of one archive";
    }
    void configure(CLI::App& app) override;
    void validate() override;
    int run() override;

private:
    void configure_matching(CLI::App& app);
    void configure_output(CLI::App& app);
    void configure_limits(CLI::App& app);
    void read_grouping();
    void read_tree();
    void read_moments();
    [[nodiscard]] bool base_is_missing() const;
    // Throws InputError unless --missing-base allows it.
    void accept_missing_base() const;
    [[nodiscard]] report::DiffReport compare() const;
    [[nodiscard]] render::DiffStyle report_style() const;
    [[nodiscard]] std::string rendered(const report::DiffReport& report) const;
    void print_warnings(const report::DiffReport& report) const;
    // Whether BASE and NEW are directories of ranks.
    [[nodiscard]] bool compares_ranks() const;
    int run_ranks();
    [[nodiscard]] report::RanksDiff compare_ranks(const PairedRanks& ranks);
    // What is kept of a rank, besides its figures.
    void collect(const report::RankDiff& rank);
    void write_result(const report::RanksDiff& diff, ResultOutput& output) const;
    void print_warnings(const report::RanksDiff& diff) const;

    std::string m_base;
    std::string m_newer;
    std::string m_by;
    std::string m_at = "peak";
    std::string m_at_base;
    std::string m_at_new;
    std::string m_rules;  // a file
    std::string m_window;
    TreeArguments m_tree;
    std::optional<std::size_t> m_top;
    ReportOptions m_output;
    bool m_quiet = false;
    std::string m_missing_base = "fail";
    unsigned m_jobs = convert::default_threads();
    io::SpilledText m_ranks_text;  // the JSON or CSV of all ranks, of which there may be too many to keep
    analysis::DiffOptions m_options;
};

}  // namespace snapq::commands
