#include "commands/options/existing_options.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <tuple>

#include "support/error.hpp"

namespace snapq::commands {
namespace {

bool is_before(const timespec& a, const timespec& b) {
    return std::tie(a.tv_sec, a.tv_nsec) < std::tie(b.tv_sec, b.tv_nsec);
}

}  // namespace

void add_force_option(CLI::App& app, bool& to, const std::string& what) {
    app.add_flag("-f,--force", to, "Replace " + what);
}

void add_existing_options(CLI::App& app, ExistingOptions& to, const std::string& what,
                          const std::string& kept) {
    add_force_option(app, to.force, what);
    app.add_flag("--skip-existing", to.skip, kept + ". What is not up to date is replaced only with --force");
}

bool keeps_existing(const std::string& output, const ExistingOptions& options, const Difference& difference) {
    std::error_code unknown;
    if (!std::filesystem::exists(output, unknown)) return false;
    const std::string reason = options.skip ? difference() : "";
    if (options.skip && reason.empty()) return true;
    if (options.force) return false;
    const std::string what =
        options.skip ? fmt::format("{} exists, but {}", output, reason) : output + " exists";
    throw UsageError(what).with_hint("use --force to replace it");
}

std::string difference_of_age(const std::string& output, const std::string& input) {
    if (input == "-") return "nothing shows whether standard input is the same";
    struct stat target {};
    struct stat source {};
    if (::stat(output.c_str(), &target) != 0) return "was deleted";
    if (::stat(input.c_str(), &source) != 0)
        return fmt::format("{} cannot be found to compare it with", input);
    return is_before(target.st_mtim, source.st_mtim) ? fmt::format("is older than {}", input) : "";
}

}  // namespace snapq::commands
