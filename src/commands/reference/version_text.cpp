#include "commands/reference/version_text.hpp"

#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <CLI/Version.hpp>

#include <string_view>
#include <vector>

#include "archive/chunks/chunk_codec.hpp"
#include "archive/manifest.hpp"
#include "archive/sqlite/connection.hpp"
#include "archive/tables/tables.hpp"
#include "render/terminal_text.hpp"
#include "support/version.hpp"
#include "zip/writer.hpp"

namespace snapq::commands {
namespace {

std::string commit_text(const BuildInfo& build) {
    return build.commit_date.empty() ? std::string(build.commit)
                                     : fmt::format("{} of {}", build.commit, build.commit_date);
}

std::string fmt_version() {
    return fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
}

// Each library's version comes from the room that includes the library.
std::vector<LibraryVersion> all_libraries() {
    std::vector<LibraryVersion> all = archive::sqlite::library_versions();
    for (const auto& versions :
         {archive::library_versions(), zip::library_versions(), render::library_versions()}) {
        all.insert(all.end(), versions.begin(), versions.end());
    }
    all.push_back({"RE2", std::string(build_info().re2)});
    all.push_back({"fmt", fmt_version()});
    all.push_back({"CLI11", CLI11_VERSION});
    all.push_back({"libedit", std::string(build_info().libedit)});
    all.push_back({"glibc", ::gnu_get_libc_version()});
    return all;
}

struct Line {
    std::string_view name;
    std::string value;
};

// In the order in which they are printed. A further fact needs one line here.
std::vector<Line> all_lines() {
    const BuildInfo& build = build_info();
    std::vector<Line> lines{
        {"commit", commit_text(build)},
        {"compiler", std::string(build.compiler)},
        {"build type", std::string(build.build_type)},
    };
    for (const LibraryVersion& library : all_libraries()) lines.push_back({library.library, library.version});
    lines.push_back({"archive format", std::to_string(archive::Manifest::k_format_version)});
    lines.push_back({"database schema", std::to_string(archive::tables::k_schema_version)});
    return lines;
}

}  // namespace

std::string version_line() {
    return fmt::format("snapq {}", program_version());
}

std::string version_details() {
    std::string text = version_line();
    for (const Line& line : all_lines()) text += fmt::format("\n{:<16} {}", line.name, line.value);
    return text;
}

}  // namespace snapq::commands
