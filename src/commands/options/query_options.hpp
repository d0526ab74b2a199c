// What can be said on the command line of `query`.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

#include "analysis/query/query.hpp"
#include "commands/query_output.hpp"
#include "render/row_writer.hpp"

namespace snapq::commands {

struct AttachedArchive {
    std::string name;
    std::string path;
};

struct QueryOptions {
    // What they mean, once checked.
    std::string archive;             // empty with attached ones
    std::optional<std::string> sql;  // "-": standard input
    std::string file;                // "-": standard input
    std::string named;
    bool list_named = false;
    bool each = false;
    std::vector<AttachedArchive> attached;
    std::vector<analysis::Parameter> parameters;
    render::RowOptions rows;
    RowLimit limit;
    std::optional<double> timeout;  // seconds

    // As they were typed.
    std::string first_positional;
    std::optional<std::string> second_positional;
    std::vector<std::string> attach_texts;
    std::vector<std::string> param_texts;
    std::string format;
    bool no_header = false;

    // Neither SQL nor the name of a file or question: it comes from standard input or is typed in.
    [[nodiscard]] bool lacks_question() const { return !sql && file.empty() && named.empty(); }
};

// `options` lives as long as `app`.
void add_query_options(CLI::App& app, QueryOptions& options);

// Turns texts into meanings and refuses what does not go together, without touching a file. Throws
// UsageError.
void check_query_options(QueryOptions& options);

}  // namespace snapq::commands
