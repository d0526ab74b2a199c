#include "commands/shell.hpp"
namespace snapq::commands {
int run_shell(analysis::QuerySession&, const ShellOptions&) {
    return 0;
}
}  // namespace snapq::commands
