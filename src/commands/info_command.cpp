// `snapq info ARCHIVE`
#include "commands/command.hpp"

#include <memory>
#include <string>

#include "archive/inspection.hpp"
#include "commands/archive_argument.hpp"
#include "commands/options/option_values.hpp"
#include "commands/output.hpp"
#include "commands/ranks.hpp"
#include "render/reports.hpp"

namespace snapq::commands {
namespace {

class InfoCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "info"; }
    [[nodiscard]] std::string summary() const override { return "Show what an archive contains"; }
    void configure(CLI::App& app) override;
    int run() override;

private:
    std::string m_archive;
    std::string m_format = "text";
};

constexpr const char* k_info_examples =
    "Examples:\n"
    "  snapq info run.zip                          source, labels, entries and tables\n"
    "  snapq info run.zip --format json | jq -r .manifest.source.name\n"
    "  snapq info run.zip --format json | jq '.tables[] | select(.name == \"allocations\").rows'\n"
    "\n"
    "Nothing is unpacked: only the zip directory and a few pages of the database are read.";

bool is_raw_snapshot(const std::string& path) {
    if (path == "-") return true;
    return !is_rank_directory(path) &&
           archive::open_archive(path).kind() == archive::ArchiveKind::raw_snapshot;
}

}  // namespace

void InfoCommand::configure(CLI::App& app) {
    app.add_option(
           "ARCHIVE", m_archive,
           "Archive of snapq or of SnapViewer's converter (a zip file or a directory), or a raw snapshot")
        ->required();
    add_format_option(app, m_format);
    app.footer(k_info_examples);
}

int InfoCommand::run() {
    const bool is_raw = is_raw_snapshot(m_archive);
    const archive::ArchiveReader reader = open_archive_argument(m_archive, false, TimelineText::exact);
    report::ArchiveInfo info = archive::describe_archive(reader);
    if (is_raw) info.kind = archive::name_of(archive::ArchiveKind::raw_snapshot);
    m_format == "json" ? standard_json_output().write(render::info_json(info))
                       : standard_output().write(render::info_text(info));
    return 0;
}

std::unique_ptr<Command> make_info_command() {
    return std::make_unique<InfoCommand>();
}

}  // namespace snapq::commands
