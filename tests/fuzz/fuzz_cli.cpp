// Parses a command line whose arguments are separated by NUL bytes. It is accepted, or refused with a hint.
// No command is run.
#include <sstream>
#include <vector>

#include "commands/command_line.hpp"
#include "fuzz/target.hpp"

namespace {

std::vector<std::string> parted(const std::string& text) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, '\0');) parts.push_back(part);
    return parts;
}

}  // namespace

SNAPQ_FUZZ_TARGET(cli, data, size) {
    const std::vector<std::string> arguments = parted(snapq::fuzz::text_of(data, size));
    std::vector<const char*> argv{"snapq"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    std::ostringstream help;
    try {
        snapq::commands::CommandLine line;
        const auto* command = line.parse(static_cast<int>(argv.size()), argv.data(), help);
        snapq::fuzz::require((command == nullptr) == !help.str().empty(),
                             "there is a command, or a text to read");
    } catch (const snapq::UsageError& error) {
        snapq::fuzz::require(!std::string_view(error.what()).empty(), "an error says something");
        snapq::fuzz::require(help.str().empty(), "a wrong command line prints nothing");
    }
    return 0;
}
