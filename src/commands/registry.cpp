#include "commands/command.hpp"
#include "commands/convert_command.hpp"
#include "commands/query_command.hpp"

namespace snapq::commands {

std::vector<std::unique_ptr<Command>> all_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<ConvertCommand>());
    commands.push_back(std::make_unique<QueryCommand>());
    return commands;
}

}  // namespace snapq::commands
