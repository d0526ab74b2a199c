// `snapq info ARCHIVE`
#pragma once

#include <string>

#include "commands/command.hpp"

namespace snapq::commands {

class InfoCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "info"; }
    [[nodiscard]] std::string summary() const override { return "Say what an archive consists of"; }
    void configure(CLI::App& app) override;
    int run() override;

private:
    std::string m_archive;
    std::string m_format = "text";
};

}  // namespace snapq::commands
