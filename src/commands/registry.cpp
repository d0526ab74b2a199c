#include "commands/command.hpp"
#include "commands/convert_command.hpp"
#include "commands/diff_command.hpp"
#include "commands/extract_command.hpp"
#include "commands/info_command.hpp"
#include "commands/query_command.hpp"
#include "commands/summary_command.hpp"
#include "commands/verify_command.hpp"

namespace snapq::commands {

std::vector<std::unique_ptr<Command>> all_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<ConvertCommand>());
    commands.push_back(std::make_unique<QueryCommand>());
    commands.push_back(std::make_unique<SummaryCommand>());
    commands.push_back(std::make_unique<DiffCommand>());
    commands.push_back(std::make_unique<InfoCommand>());
    commands.push_back(std::make_unique<ExtractCommand>());
    commands.push_back(std::make_unique<VerifyCommand>());
    return commands;
}

}  // namespace snapq::commands
