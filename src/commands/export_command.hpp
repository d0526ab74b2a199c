// `snapq export ARCHIVE… --format parquet -o LAKE`
#pragma once

#include <string>
#include <vector>

#include "commands/command.hpp"
#include "commands/options/existing_options.hpp"
#include "exports/lake.hpp"

namespace snapq::commands {

class ExportCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "export"; }
    [[nodiscard]] std::string summary() const override {
        return "Write archives as tables for query engines";
    }
    void configure(CLI::App& app) override;
    void validate() override;
    int run() override;

private:
    [[nodiscard]] std::vector<exports::LakeGroup> groups() const;
    // Why the files of the group in the lake differ from those that would be written; "" if they do not.
    [[nodiscard]] static std::string difference_of(const exports::LakeOptions& options,
                                                   const exports::LakeGroup& group);
    void say_done(const exports::LakeGroup& group, const exports::LakeFiles& written) const;

    std::vector<std::string> m_archives;
    std::string m_format;
    std::string m_output;
    std::string m_partition_text;
    std::vector<exports::PartitionKey> m_partition;
    std::vector<std::string> m_tables;
    ExistingOptions m_existing;
    bool m_quiet = false;
};

}  // namespace snapq::commands
