// `snapq convert INPUT… [-o OUT]`
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "commands/command.hpp"
#include "commands/options/existing_options.hpp"
#include "commands/progress_bar.hpp"
#include "convert/converter.hpp"

namespace snapq::commands {

class ConvertCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "convert"; }
    [[nodiscard]] std::string summary() const override {
        return "Convert snapshots to small, seekable archives";
    }
    void configure(CLI::App& app) override;
    void validate() override;
    int run() override;

private:
    enum class StatsFormat { none, text, json };

    void configure_output(CLI::App& app);
    void configure_content(CLI::App& app);
    void configure_reporting(CLI::App& app);
    void check_compression() const;
    void read_labels();
    void read_rank();
    [[nodiscard]] std::optional<std::int64_t> rank_for(const std::string& input) const;
    [[nodiscard]] bool keeps_existing_archive(const std::string& input, const std::string& output,
                                              const std::optional<std::string>& key,
                                              std::optional<std::int64_t> rank) const;
    [[nodiscard]] std::vector<convert::BatchItem> plan() const;
    [[nodiscard]] std::vector<convert::BatchItem> plan_parts() const;
    [[nodiscard]] convert::NamePart name_parts(const std::string& input, const std::string& stem) const;
    void print_done(const report::ConvertReport& report) const;

    std::vector<std::string> m_inputs;
    std::string m_output;
    std::string m_layout = "zip";
    std::string m_device = "all";
    std::string m_preexisting = "all";
    std::string m_compression;
    std::optional<std::int64_t> m_level;
    unsigned m_threads = 0;
    unsigned m_jobs = 1;
    std::optional<std::uint64_t> m_max_points;
    std::vector<std::string> m_label_texts;
    std::map<std::string, std::string> m_given_labels;  // those of --label
    std::optional<std::int64_t> m_rank;
    std::string m_rank_from;
    std::string m_rank_regex;
    std::string m_stats;
    std::string m_progress = "auto";
    bool m_split = false;
    ExistingOptions m_existing;
    bool m_quiet = false;
    convert::ConvertOptions m_options;
};

}  // namespace snapq::commands
