// `snapq report ARCHIVE… [-o OUT.html]`
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands/archive_checks.hpp"
#include "commands/command.hpp"
#include "page/report_page.hpp"

namespace snapq::commands {

class ReportCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "report"; }
    [[nodiscard]] std::string summary() const override {
        return "Write one HTML file that shows everything, without a network";
    }
    void configure(CLI::App& app) override;
    void validate() override;
    int run() override;

private:
    void configure_content(CLI::App& app);
    void configure_output(CLI::App& app);
    // Each function adds the archives to the page, fills `summary`, and returns the other texts of the page.
    [[nodiscard]] page::PageTexts add_one(page::ReportPage& page, report::Summary& summary);
    [[nodiscard]] page::PageTexts add_compared(page::ReportPage& page, report::Summary& summary);
    [[nodiscard]] page::PageTexts add_ranks(page::ReportPage& page, const std::vector<std::string>& paths,
                                            report::Summary& summary);
    // Throws InputError for an archive of SnapViewer's converter.
    [[nodiscard]] archive::ArchiveReader open(const std::string& path, bool quiet) const;
    // `with_sentences`: also what the page says of the archive in sentences.
    [[nodiscard]] report::Summary summarize(const archive::ArchiveReader& archive,
                                            bool with_sentences = true) const;
    [[nodiscard]] report::Summary summarize_ranks(const std::vector<std::string>& paths) const;
    [[nodiscard]] page::PageTexts texts_of(const report::Summary& summary) const;
    [[nodiscard]] std::string diff_json(const archive::ArchiveReader& base,
                                        const archive::ArchiveReader& newer) const;
    void say_left_out() const;
    // `ranks`: how many archives the page is about, if they are the ranks of a job.
    void say_done(const std::string& output, std::uint64_t bytes, std::optional<std::size_t> ranks) const;
    void say_left_out_ranks(std::size_t ranks) const;

    std::vector<std::string> m_archives;
    std::string m_base;
    std::string m_range;
    std::string m_output;  // empty: next to the archive; "-": standard output
    std::optional<std::int64_t> m_max_bytes;
    bool m_force = false;
    bool m_quiet = false;
    CheckOptions m_checks;
    page::PageOptions m_page;
    analysis::NameOptions m_name_options;
    std::unique_ptr<const analysis::ShownNames> m_names;
    std::vector<page::ShownDevice> m_shown;  // of the archive that is shown completely
};

}  // namespace snapq::commands
