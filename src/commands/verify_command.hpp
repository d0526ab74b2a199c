// `snapq verify ARCHIVE…`
#pragma once

#include <string>
#include <vector>

#include "commands/command.hpp"

namespace snapq::commands {

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

}  // namespace snapq::commands
