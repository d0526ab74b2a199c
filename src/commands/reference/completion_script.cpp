#include "commands/reference/completion_script.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace snapq::commands {
namespace {

struct Shell {
    std::string_view name;
    std::string (*script)(const CLI::App& program);
};

constexpr std::array k_shells{
    Shell{"bash", bash_completion},
    Shell{"zsh", zsh_completion},
    Shell{"fish", fish_completion},
};

}  // namespace

const std::vector<std::string>& shell_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const Shell& shell : k_shells) all.emplace_back(shell.name);
        return all;
    }();
    return names;
}

std::string completion_script(const std::string& shell, const CLI::App& program) {
    return std::ranges::find(k_shells, std::string_view(shell), &Shell::name)->script(program);
}

}  // namespace snapq::commands
