// `snapq report ARCHIVE… [-o OUT.html]`
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands/archive_checks.hpp"
#include "commands/command.hpp"
#include "commands/output.hpp"
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
    // What a page is made of. It is read once, because the page may be written several times.
    struct Content {
        std::vector<archive::ArchiveReader> archives;  // the one that is shown and its base; ranks: none
        std::vector<std::string> ranks;                // the archives whose curves are shown
        report::Summary summary;
        page::PageTexts texts;
    };
    [[nodiscard]] Content read_archives() const;
    [[nodiscard]] Content read_ranks(const std::vector<std::string>& paths) const;
    void add_archives(page::ReportPage& page, const Content& content);
    // Writes the page, again with less of the allocations while it is larger than --max-bytes. Returns its
    // size in bytes.
    std::uint64_t write(PageOutput& output, page::Mode mode, const Content& content);
    // Throws InputError for an archive of SnapViewer's converter.
    [[nodiscard]] archive::ArchiveReader open(const std::string& path, bool quiet) const;
    // `with_sentences`: also what the page says of the archive in sentences.
    [[nodiscard]] report::Summary summarize(const archive::ArchiveReader& archive,
                                            bool with_sentences = true) const;
    [[nodiscard]] report::Summary summarize_ranks(const std::vector<std::string>& paths) const;
    [[nodiscard]] static page::PageTexts texts_of(const report::Summary& summary);
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
