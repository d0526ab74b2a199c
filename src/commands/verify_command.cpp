// `snapq verify ARCHIVE…`
#include "commands/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "archive/inspection.hpp"
#include "commands/archive_argument.hpp"
#include "commands/messages.hpp"
#include "commands/options/option_values.hpp"
#include "commands/output.hpp"
#include "commands/ranks.hpp"
#include "render/reports.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

class VerifyCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "verify"; }
    [[nodiscard]] std::string summary() const override {
        return "Check an archive for damage and inconsistencies";
    }
    void configure(CLI::App& app) override;
    void validate() override;
    int run() override;

private:
    std::vector<std::string> m_archives;
    std::string m_format = "text";
    bool m_quiet = false;
};

constexpr const char* k_verify_examples =
    "Examples:\n"
    "  snapq verify run.zip                        checks all checksums, the database and the timelines\n"
    "  snapq verify archives/*.zip -q || echo damaged\n"
    "  snapq verify run.zip --format json | jq '.archives[].damage'\n"
    "\n"
    "Reads everything, in constant memory. Exit code 3 if anything is damaged or refused.";

// If there are several archives, one that cannot be opened is listed like the others.
report::VerifyReport verify_or_list(const std::string& path, bool is_alone) {
    try {
        return archive::verify_archive(path);
    } catch (const InputError& error) {
        if (is_alone) throw;
        return {.checks = {{"container", false, error.message()}},
                .damage = {{"", error.offset(), error.message()}}};
    }
}

// The entry and the message.
std::string words_of(const report::DamageFinding& finding) {
    const std::string& entry = finding.entry.raw();
    const std::string& message = finding.message.raw();
    return message.find(entry) == std::string::npos ? entry + ": " + message : message;
}

// The reason after the name of one of several archives. An archive that is missing or refused is not called
// damaged.
std::string why_failed(const report::VerifyReport& report) {
    const report::DamageFinding& first = report.damage.front();
    if (first.is_refused) return fmt::format(" (refused: {})", words_of(first));
    const bool was_opened = report.checks.size() > 1;
    return fmt::format(" ({})", was_opened ? "damaged" : first.message.raw());
}

InputError refusal(const std::string& path, const report::DamageFinding& finding) {
    InputError error(path, "snapq refuses its database: " + words_of(finding));
    error.with_hint(
        "its bytes need not be damaged: see 'What commands accept as an archive' in docs/archive-format.md");
    return error;
}

// Timelines are checked only when all checksums are correct; their offsets are in the uncompressed text, not
// in the file.
InputError first_failure(const std::string& path, const report::VerifyReport& report) {
    const auto failed = std::ranges::find(report.checks, false, &report::VerifyCheck::ok);
    const bool in_text = failed != report.checks.end() && failed->name.raw().starts_with("timeline");
    const report::DamageFinding& damage = report.damage.front();
    if (damage.is_refused) return refusal(path, damage);
    return {path, "is damaged: " + words_of(damage), in_text ? std::nullopt : damage.offset};
}

}  // namespace

void VerifyCommand::configure(CLI::App& app) {
    app.add_option("ARCHIVE", m_archives,
                   "Archives: zip files, directories of one archive, or directories of several")
        ->required();
    add_format_option(app, m_format);
    app.add_flag("-q,--quiet", m_quiet, "Print errors only");
    app.footer(k_verify_examples);
}

void VerifyCommand::validate() {
    if (std::ranges::count(m_archives, "-") == 0) return;
    throw UsageError("standard input ('-') cannot be verified")
        .with_hint("an archive must be given as a file, not through a pipe");
}

int VerifyCommand::run() {
    const std::vector<std::string> paths = expand_archive_arguments(m_archives, Unconverted::left_out);
    std::vector<report::VerifyReport> reports;
    std::vector<std::string> failed;
    ProgressBar bar(!m_quiet && paths.size() > 1 && wants_progress(ProgressMode::automatic));
    for (const std::string& path : paths) {
        bar.update("verifying", reports.size(), paths.size());
        reports.push_back(verify_or_list(path, paths.size() == 1));
        if (!reports.back().ok()) failed.push_back(path + why_failed(reports.back()));
        if (m_quiet || m_format != "text") continue;
        bar.clear();
        standard_output().write(render::verify_text(path, reports.back()));
    }
    bar.clear();
    if (!m_quiet && m_format == "json") standard_json_output().write(render::verify_json(paths, reports));
    if (failed.empty()) return 0;
    if (paths.size() == 1) throw first_failure(paths[0], reports[0]);
    throw InputError(fmt::format("{} of {} archives failed verification: {}", failed.size(), paths.size(),
                                 fmt::join(failed, ", ")));
}

std::unique_ptr<Command> make_verify_command() {
    return std::make_unique<VerifyCommand>();
}

}  // namespace snapq::commands
