// Checks of option values. Each rejects a value with a message that says what is expected, such as "--top:
// expected a number from 0, got 'x'" (CLI11 adds the name of the option). CLI11's own checks are not used,
// because their messages have other words.
#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/call_tree.hpp"
#include "analysis/keys.hpp"
#include "analysis/stack_frames.hpp"
#include "render/escape.hpp"
#include "render/terminal_text.hpp"

namespace snapq::commands {

// For CLI::Option::transform, which removes leading zeros, because CLI11 reads such a number as octal.
[[nodiscard]] CLI::Validator whole_number(std::int64_t least = 0,
                                          std::int64_t most = std::numeric_limits<std::int64_t>::max());

// For CLI::Option::transform: a number from 0, or "host", which becomes the number of pinned host memory.
[[nodiscard]] CLI::Validator device_number();

// The same, but it also accepts `word`.
[[nodiscard]] CLI::Validator device_number_or(std::string word);

// A number of seconds above 0; fractions are accepted.
[[nodiscard]] CLI::Validator seconds();

// One of the words. The help shows them as the option's value: `--format text|json`.
[[nodiscard]] CLI::Validator one_of(const std::vector<std::string>& words);

// `--format text|json` of the commands that print one report. `to` is the default.
CLI::Option* add_format_option(CLI::App& app, std::string& to);

// `-j,--jobs N` of the commands that read several archives. `to` stays as it is without the option, and must
// outlive `app`; `what` is read at the same time ("Archives").
void add_jobs_option(CLI::App& app, unsigned& to, const std::string& what);

// `--site-depth N` and `--window MOMENT..MOMENT`. `to` must outlive `app`.
void add_site_depth_option(CLI::App& app, std::size_t& to);
void add_window_option(CLI::App& app, std::string& to);
// `--rules FILE`. `to` must outlive `app`.
void add_rules_option(CLI::App& app, std::string& to);
// Throws UsageError for a depth above 1 with a key that has no frames.
void check_site_depth(std::size_t depth, analysis::KeyKind by);

// A percentage from 0 to 100, such as "1%" or "0.5 %", as a fraction: 0.01. nullopt for any other text.
[[nodiscard]] std::optional<double> parse_share(std::string_view text);

// `--stacks python|all`. `to` must outlive `app`.
void add_stacks_option(CLI::App& app, analysis::StackFrames& to);

// The output options that summary and diff share.
struct ReportOptions {
    std::string format = "text";  // text, json, csv or markdown
    std::string output;           // empty: standard output
    bool force = false;
    bool github = false;
    bool csv_safe = false;
    std::string color = "auto";  // auto, always or never

    // The style of text on the output, which is a terminal only if it is standard output.
    [[nodiscard]] render::TextStyle text_style() const;
    // Whether checks on stderr are coloured.
    [[nodiscard]] bool colors_checks() const;
    [[nodiscard]] render::WorkflowGuard::Content content() const {
        return format == "json" ? render::WorkflowGuard::Content::json : render::WorkflowGuard::Content::text;
    }
    [[nodiscard]] render::Formulas formulas() const {
        return csv_safe ? render::Formulas::disarmed : render::Formulas::kept;
    }
};

// Adds --format, --output, --force, --csv-safe, --github and --color. `to` must outlive `app`.
void add_report_options(CLI::App& app, ReportOptions& to);
// Throws UsageError for options that exclude each other.
void check_report_options(const ReportOptions& options);

// `--csv-safe`, which all commands explain in the same words. `to` must outlive `app`.
void add_csv_safe_option(CLI::App& app, bool& to);

// The options of `--by tree`, and of `--by module`, which shares one of them, as they were given.
struct TreeArguments {
    std::optional<std::size_t> depth{};  // from 1
    std::string min_share{};
};

// `to` must outlive `app`.
void add_tree_options(CLI::App& app, TreeArguments& to);

// Throws UsageError for a share that is no percentage, and for more levels than a tree can have.
[[nodiscard]] analysis::CallTreeOptions tree_options(const TreeArguments& given,
                                                     analysis::StackFrames stacks);

// Without a tree: the modules in a name, 0 for all. Throws UsageError for options that do not go with the
// key.
[[nodiscard]] std::size_t module_depth(const TreeArguments& given, analysis::KeyKind by);

}  // namespace snapq::commands
