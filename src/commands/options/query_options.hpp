// The options of `query`.
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
    // The members that check_query_options() sets.
    std::string archive;             // empty if archives are attached
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

    // The texts as given on the command line.
    std::string first_positional;
    std::optional<std::string> second_positional;
    std::vector<std::string> attach_texts;
    std::vector<std::string> param_texts;
    std::string format;
    bool no_header = false;
    bool csv_safe = false;

    // Whether there is no SQL, --file or --named. Then the SQL is read from standard input, or in the shell
    // if that is a terminal.
    [[nodiscard]] bool lacks_query() const { return !sql && file.empty() && named.empty(); }
};

// `options` must outlive `app`.
void add_query_options(CLI::App& app, QueryOptions& options);

// Parses the texts and checks the options against each other, without touching a file. Throws UsageError.
void check_query_options(QueryOptions& options);

}  // namespace snapq::commands
