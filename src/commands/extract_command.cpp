// `snapq extract ARCHIVE -d DIR`
#include "commands/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <string>

#include "archive/extract.hpp"
#include "archive/manifest.hpp"
#include "commands/archive_argument.hpp"
#include "commands/existing_output.hpp"
#include "commands/messages.hpp"
#include "commands/options/option_values.hpp"
#include "commands/output.hpp"
#include "render/escape.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

class ExtractCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "extract"; }
    [[nodiscard]] std::string summary() const override {
        return "Unpack an archive into a directory for SnapViewer";
    }
    void configure(CLI::App& app) override;
    void validate() override;
    int run() override;

private:
    std::string m_archive;
    std::string m_directory;
    bool m_quiet = false;
    archive::ExtractOptions m_options;
};

constexpr const char* k_extract_examples =
    "Examples:\n"
    "  snapq extract run.zip -d run                writes run/allocations.json and run/elements.db\n"
    "  snapq extract run.zip -d run --device 1     the same, with the timeline of device 1\n"
    "  snapq extract run.zip -d run -f             replaces the two files if they exist\n"
    "  sqlite3 run/elements.db 'SELECT callstack FROM allocs WHERE idx = 7'\n"
    "\n"
    "SnapViewer opens the directory with --dir. Both files appear or neither does.";

}  // namespace

void ExtractCommand::configure(CLI::App& app) {
    app.add_option(
           "ARCHIVE", m_archive,
           "Archive of snapq or of SnapViewer's converter (a zip file or a directory), or a raw snapshot")
        ->required();
    app.add_option("-d,--directory", m_directory, "Directory to write to; created if necessary")
        ->type_name("DIR")
        ->required();
    app.add_option(
           "--device", m_options.device,
           "Device whose timeline is written and which the view allocs shows (default: the archive's viewer "
           "device)")
        ->transform(device_number())
        ->type_name("N|host");
    add_force_option(app, m_options.force, "existing files");
    app.add_flag("-q,--quiet", m_quiet, "Print errors only");
    app.footer(k_extract_examples);
}

void ExtractCommand::validate() {
    if (m_directory.empty()) throw_usage("--directory: expected a name");
}

int ExtractCommand::run() {
    for (const std::string_view name : {archive::k_timeline_entry, archive::k_database_entry}) {
        refuse_replacing_input(m_archive, m_directory + "/" + std::string(name), "the extracted files");
    }
    const archive::ArchiveReader reader = open_archive_argument(m_archive, m_quiet, TimelineText::exact);
    const std::vector<std::string> files = archive::extract_archive(reader, m_directory, m_options);
    if (!m_quiet) say("{}\n", render::printable(fmt::format("{} -> {}", m_archive, fmt::join(files, ", "))));
    return 0;
}

std::unique_ptr<Command> make_extract_command() {
    return std::make_unique<ExtractCommand>();
}

}  // namespace snapq::commands
