#include "snapq/commands/app.hpp"

#include <iostream>

#include "commands/command_line.hpp"
#include "commands/signals.hpp"

namespace snapq::commands {

int run_app(int argc, const char* const* argv) {
    CommandLine line;
    Command* command = line.parse(argc, argv, std::cout);
    if (command == nullptr) return 0;
    install_signal_handlers();
    return command->run();
}

}  // namespace snapq::commands
