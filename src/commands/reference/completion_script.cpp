#include "commands/reference/completion_script.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "analysis/keys.hpp"
#include "analysis/moment.hpp"
#include "analysis/query/named_queries.hpp"
#include "analysis/summary/figure_getter.hpp"
#include "analysis/summary/summary.hpp"
#include "render/row_writer.hpp"

namespace snapq::commands {
namespace {

std::vector<std::string> key_names_and_tree() {
    std::vector<std::string> names;
    for (const analysis::KeyKindInfo& key : analysis::key_kinds()) names.emplace_back(key.name);
    names.emplace_back(analysis::k_by_tree);
    return names;
}

// The moments that need no number, time or name: "oom[:N]" becomes "oom", "event:N" is left out.
std::vector<std::string> moment_names() {
    std::vector<std::string> names;
    for (const analysis::MomentForm& moment : analysis::moment_forms()) {
        const std::string_view name = moment.form.substr(0, moment.form.find('['));
        if (name.find_first_of(":+") == std::string_view::npos) names.emplace_back(name);
    }
    return names;
}

std::vector<std::string> query_names() {
    std::vector<std::string> names;
    for (const analysis::NamedQuery& query : analysis::named_queries()) names.emplace_back(query.name);
    return names;
}

std::vector<std::string> format_names() {
    return render::row_format_names();
}

struct NamedValue {
    std::string_view name;
    ValueKind kind;
    std::vector<std::string> (*words)() = nullptr;
};

constexpr std::array k_named_values{
    NamedValue{"ARCHIVE", ValueKind::file},
    NamedValue{"BASE", ValueKind::file},
    NamedValue{"DIR", ValueKind::directory},
    NamedValue{"FIGURE[,FIGURE]", ValueKind::word_list, analysis::figure_names},
    NamedValue{"FILE", ValueKind::file},
    NamedValue{"FORMAT", ValueKind::words, format_names},
    NamedValue{"INPUT", ValueKind::file},
    NamedValue{"KEY|tree", ValueKind::words, key_names_and_tree},
    NamedValue{"MOMENT", ValueKind::words, moment_names},
    NamedValue{"NEW", ValueKind::file},
    NamedValue{"OUT", ValueKind::file},
    NamedValue{"PATH", ValueKind::directory},
    NamedValue{"QUERY", ValueKind::words, query_names},
};

}  // namespace

ValueWords words_for(const OptionText& option) {
    const std::string& name = option.is_argument ? option.names.front() : option.value;
    const auto found = std::ranges::find(k_named_values, name, &NamedValue::name);
    if (found != k_named_values.end())
        return {found->kind, found->words == nullptr ? std::vector<std::string>() : found->words()};
    std::vector<std::string> words = alternatives_in(option.value);
    return words.empty() ? ValueWords{} : ValueWords{ValueKind::words, std::move(words)};
}

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
