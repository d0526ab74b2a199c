// `snapq extract ARCHIVE -d DIR`
#pragma once

#include <string>

#include "archive/extract.hpp"
#include "commands/command.hpp"

namespace snapq::commands {

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

}  // namespace snapq::commands
