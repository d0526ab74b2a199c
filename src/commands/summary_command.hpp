// `snapq summary ARCHIVE…`
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/summary/figure_getter.hpp"
#include "analysis/summary/summary.hpp"
#include "analysis/summary/thresholds.hpp"
#include "commands/command.hpp"
#include "commands/options/option_values.hpp"
#include "commands/options/tree_options.hpp"
#include "commands/output.hpp"
#include "convert/converter.hpp"
#include "io/spilled_text.hpp"

namespace snapq::commands {

class SummaryCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "summary"; }
    [[nodiscard]] std::string summary() const override {
        return "Show what used the memory and when; check limits in CI";
    }
    void configure(CLI::App& app) override;
    void validate() override;
    int run() override;

private:
    void configure_question(CLI::App& app);
    void configure_output(CLI::App& app);
    void read_grouping();
    void read_tree();
    [[nodiscard]] report::Summary summarize_all(const std::vector<std::string>& paths);
    [[nodiscard]] report::Summary summarize_ranks(const std::vector<std::string>& paths);
    void collect(const report::ArchiveSummary& archive);
    [[nodiscard]] report::ArchiveSummary summarize_one(const std::string& path,
                                                       const analysis::SummaryOptions& options, bool quiet,
                                                       std::vector<report::Check>& checks) const;
    [[nodiscard]] analysis::LiveAt peak_of(archive::Database& database, std::int64_t device) const;
    void write_result(const report::Summary& summary, ResultOutput& output);
    [[nodiscard]] std::string rendered(const report::Summary& summary) const;
    [[nodiscard]] std::string text_for_people(const report::Summary& summary) const;
    [[nodiscard]] std::string checks_for_people(const std::vector<report::Check>& checks) const;

    std::vector<std::string> m_archives;
    std::string m_at = "peak";
    std::string m_by = "site";
    std::string m_across;    // "ranks" or empty
    std::string m_group_by;  // label.KEY or empty
    unsigned m_jobs = convert::default_threads();
    std::string m_window;
    TreeArguments m_tree;
    std::string m_rules;  // a file
    bool m_has_top = false;
    std::string m_device = {};  // a number, "all", or empty: the most serious one
    std::optional<int> m_chart_rows;
    bool m_quiet = false;
    bool m_is_shortened = true;  // the text is limited to about one screen
    std::vector<std::string> m_get;
    bool m_list_get = false;
    ReportOptions m_output;
    // What each archive adds to the result, if there may be too many to keep: its figures for --get, or its
    // JSON.
    std::optional<analysis::FigureGetter> m_getter;
    io::SpilledText m_archives_json;
    analysis::GotFigures m_got;
    analysis::SummaryOptions m_options;
    analysis::Thresholds m_thresholds;
};

}  // namespace snapq::commands
