#include "commands/options/option_values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "commands/existing_output.hpp"
#include "commands/messages.hpp"
#include "report/live_rows.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

constexpr std::int64_t k_most_site_depth = 100;  // names become long
constexpr double k_most_seconds = 1e9;           // above this, clocks overflow

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
    Number number{};
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (text.empty() || parsed.ptr != end || parsed.ec != std::errc()) return std::nullopt;
    return number;
}

std::string mismatch(std::string_view expected, std::string_view value) {
    return fmt::format("expected {}, got '{}'", expected, value);
}

// "deflate, zstd or store"
std::string alternatives(const std::vector<std::string>& words) {
    if (words.size() < 2) return fmt::format("{}", fmt::join(words, ""));
    return fmt::format("{} or {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

}  // namespace

CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
    const auto check = [least, most](std::string& text) -> std::string {
        const auto number = number_of<std::int64_t>(text);
        if (number && *number >= least && *number <= most) {
            text = std::to_string(*number);
            return {};
        }
        std::string expected = fmt::format("a number from {}", least);
        if (most != std::numeric_limits<std::int64_t>::max()) expected += fmt::format(" to {}", most);
        return mismatch(expected, text);
    };
    return {check, ""};
}

CLI::Validator device_number() {
    const auto check = [](std::string& text) -> std::string {
        const auto number = parse_device(text);
        if (!number) return mismatch("a number from 0, or host", text);
        text = std::to_string(*number);
        return {};
    };
    return {check, ""};
}

CLI::Validator device_number_or(std::string word) {
    const auto check = [word = std::move(word), number = device_number()](std::string& text) -> std::string {
        return text == word ? std::string() : number(text);
    };
    return {check, ""};
}

CLI::Validator seconds() {
    const auto check = [](const std::string& text) -> std::string {
        const auto number = number_of<double>(text);
        if (number && *number > 0 && *number <= k_most_seconds) return {};
        return mismatch("a number of seconds above 0", text);
    };
    return {check, ""};
}

CLI::Validator one_of(const std::vector<std::string>& words) {
    const auto check = [words](const std::string& text) -> std::string {
        return std::ranges::count(words, text) > 0 ? std::string() : mismatch(alternatives(words), text);
    };
    return {check, fmt::format("{{{}}}", fmt::join(words, ","))};
}

void add_jobs_option(CLI::App& app, unsigned& to, const std::string& what) {
    constexpr unsigned k_most_jobs = 256;
    app.add_option("-j,--jobs", to, what + " read at the same time (default: the number of cores, at most 4)")
        ->transform(whole_number(1, k_most_jobs));
}

void add_site_depth_option(CLI::App& app, std::size_t& to) {
    app.add_option("--site-depth", to,
                   "Name sites by the N innermost lines of your code instead of one; this splits wrappers "
                   "such as forward or apply by their callers")
        ->transform(whole_number(1, k_most_site_depth))
        ->type_name("N");
}

void add_window_option(CLI::App& app, std::string& to) {
    app.add_option("--window", to,
                   "Look for the peaks only between two moments of the trace. Without the first moment, this "
                   "part begins at the start of the trace; without the second, it ends at the end")
        ->type_name("MOMENT..MOMENT");
}

void add_rules_option(CLI::App& app, std::string& to) {
    app.add_option("--rules", to,
                   "Your own categories, which come before those of snapq; one rule a line: "
                   "NAME site|frame|op|phase|metadata|stream|size PATTERN")
        ->type_name("FILE");
}

void check_site_depth(std::size_t depth, analysis::KeyKind by) {
    if (depth == 1 || analysis::has_site_depth(by)) return;
    throw_usage("--site-depth requires --by site or user-frame; it cannot be combined with --by {}",
                analysis::name_of(by));
}

std::optional<double> parse_share(std::string_view text) {
    constexpr double k_percent = 100;
    if (!text.ends_with('%')) return std::nullopt;
    text.remove_suffix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    const auto percent = number_of<double>(text);
    if (!percent || !(*percent >= 0 && *percent <= k_percent)) return std::nullopt;
    return *percent / k_percent;
}

CLI::Option* add_format_option(CLI::App& app, std::string& to) {
    return app.add_option("--format", to, "text for people, json for scripts")
        ->check(one_of({"text", "json"}))
        ->capture_default_str();
}

void add_stacks_option(CLI::App& app, analysis::StackFrames& to) {
    app.add_option_function<std::string>(
           "--stacks", [&to](const std::string& name) { to = *analysis::stack_frames_named(name); },
           "Show the largest stack of each row: its Python frames, or all frames")
        ->check(one_of({"python", "all"}));
}

void add_csv_safe_option(CLI::App& app, bool& to) {
    app.add_flag(
        "--csv-safe", to,
        "In CSV for spreadsheets: put an apostrophe before texts that would be calculated as formulas");
}

void check_report_options(const ReportOptions& options) {
    if (options.csv_safe && options.format != "csv") throw_usage("--csv-safe requires --format csv");
}

void add_report_options(CLI::App& app, ReportOptions& to) {
    app.add_option("--format", to.format, "Output format")
        ->check(one_of({"text", "json", "csv", "markdown"}))
        ->capture_default_str();
    app.add_option("-o,--output", to.output, "Write to FILE instead of standard output")->type_name("FILE");
    add_force_option(app, to.force, "an existing FILE");
    add_csv_safe_option(app, to.csv_safe);
    app.add_flag("--github", to.github,
                 "Print ::error lines for GitHub Actions, and append Markdown to the file named by "
                 "GITHUB_STEP_SUMMARY");
    add_color_option(app, to.color);
}

render::TextStyle ReportOptions::text_style() const {
    const bool is_file = !output.empty() && output != "-";
    return style_of(is_file ? -1 : STDOUT_FILENO, color_mode_named(color));
}

bool ReportOptions::colors_checks() const {
    return style_of(STDERR_FILENO, color_mode_named(color)).color;
}

void add_tree_options(CLI::App& app, TreeArguments& to) {
    app.add_option(
           "--depth", to.depth,
           "With --by tree: levels of the tree; with --by module: modules in a name, the outermost ones")
        ->transform(whole_number(1))
        ->type_name("N");
    app.add_option("--min-share", to.min_share,
                   "With --by tree: leave out calls with a smaller share of the memory (default: 1%)")
        ->type_name("PERCENT%");
}

analysis::CallTreeOptions tree_options(const TreeArguments& given, analysis::StackFrames stacks) {
    if (given.depth > report::k_most_tree_levels)
        throw_usage("--depth: a tree has at most {} levels", report::k_most_tree_levels);
    analysis::CallTreeOptions tree;
    tree.all_frames = stacks == analysis::StackFrames::all;
    tree.depth = given.depth;
    if (given.min_share.empty()) return tree;
    const std::optional<double> share = parse_share(given.min_share);
    if (!share) {
        throw_usage("--min-share: expected a percentage from 0% to 100%, such as 1%, got '{}'",
                    given.min_share);
    }
    tree.min_share = *share;
    return tree;
}

std::size_t module_depth(const TreeArguments& given, analysis::KeyKind by) {
    if (given.depth && !analysis::has_module_depth(by)) throw_usage("--depth requires --by tree or module");
    if (!given.min_share.empty()) throw_usage("--min-share requires --by tree");
    return given.depth.value_or(0);
}

}  // namespace snapq::commands
