#include "commands/own_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "archive/entry_names.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

namespace fs = std::filesystem;

bool same_file(const fs::path& one, const fs::path& other) {
    std::error_code failure;
    return fs::equivalent(one, other, failure);
}

// The files of an archive's directory stand in it directly.
bool holds(const std::string& directory, const std::string& target) {
    std::error_code failure;
    if (!fs::exists(fs::path(directory) / archive::k_database_entry, failure)) return false;
    return std::ranges::any_of(fs::directory_iterator(directory, failure), fs::directory_iterator(),
                               [&](const fs::directory_entry& entry) { return same_file(entry, target); });
}

}  // namespace

void refuse_replacing_input(const std::string& input, const std::string& target, std::string_view output) {
    if (target.empty() || target == "-" || input == "-") return;
    if (!same_file(input, target) && !holds(input, target)) return;
    throw UsageError(fmt::format("'{}' would be replaced by {}", input, output))
        .with_hint("name another output with -o");
}

}  // namespace snapq::commands
