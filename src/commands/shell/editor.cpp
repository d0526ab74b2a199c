#include "commands/shell/editor.hpp"

#include <histedit.h>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "commands/shell/history_file.hpp"
#include "commands/shell/pager.hpp"
#include "commands/shell/signals.hpp"

namespace snapq::commands {
namespace {

constexpr int k_kept_statements = 2'000;
constexpr std::size_t k_gap = 2;            // between columns of candidates
constexpr std::size_t k_most_listed = 120;  // candidates of one Tab

struct CloseEditor {
    void operator()(EditLine* editor) const { el_end(editor); }
};
struct CloseHistory {
    void operator()(History* history) const { history_end(history); }
};

// Candidates in columns, below the line being typed.
void list(const std::vector<std::string>& candidates) {
    std::size_t width = k_gap;
    for (const std::string& candidate : candidates) width = std::max(width, candidate.size() + k_gap);
    const std::size_t columns = std::max<std::size_t>(1, screen_size().columns / width);
    const std::size_t count = std::min(candidates.size(), k_most_listed);
    std::string text = "\n";
    for (std::size_t i = 0; i < count; ++i) {
        text += candidates[i];
        if ((i + 1) % columns == 0 || i + 1 == count) {
            text += '\n';
        } else {
            text.append(width - candidates[i].size(), ' ');
        }
    }
    if (count < candidates.size()) text += "…\n";
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

}  // namespace

struct ShellEditor::State {
    std::string file;
    Vocabulary vocabulary;
    std::string prompt;
    std::unique_ptr<History, CloseHistory> history;
    std::unique_ptr<EditLine, CloseEditor> editor;

    static State& of(EditLine* editor) {
        void* data = nullptr;
        el_get(editor, EL_CLIENTDATA, &data);
        return *static_cast<State*>(data);
    }
    static char* show_prompt(EditLine* editor) { return of(editor).prompt.data(); }

    // Bound to the Tab key.
    static unsigned char complete_word(EditLine* editor, int) {
        const LineInfo* info = el_line(editor);
        const std::string_view line(info->buffer, static_cast<std::size_t>(info->cursor - info->buffer));
        const Completion completion = complete(line, of(editor).vocabulary);
        if (completion.candidates.empty()) return CC_ERROR;
        const bool only = completion.candidates.size() == 1;
        std::string text = common_beginning(completion.candidates);
        if (only && !text.ends_with('(')) text += ' ';
        if (text.size() <= completion.typed && !only) {
            list(completion.candidates);
            return CC_REDISPLAY;
        }
        el_deletestr(editor, static_cast<int>(completion.typed));
        el_insertstr(editor, text.c_str());
        return CC_REFRESH;
    }

    void load_history() {
        HistEvent event{};
        history.reset(history_init());
        ::history(history.get(), &event, H_SETSIZE, k_kept_statements);
        ::history(history.get(), &event, H_SETUNIQUE, 1);
        commands::load_history(history.get(), file);
    }

    void open_editor() {
        editor.reset(el_init("snapq", stdin, stdout, stderr));
        EditLine* line = editor.get();
        el_set(line, EL_CLIENTDATA, this);
        el_set(line, EL_PROMPT, show_prompt);
        el_set(line, EL_EDITOR, "emacs");
        el_set(line, EL_HIST, ::history, history.get());
        el_set(line, EL_ADDFN, "complete-word", "Completes the word before the cursor", complete_word);
        el_set(line, EL_BIND, "^I", "complete-word", nullptr);
        el_set(line, EL_BIND, "^R", "em-inc-search-prev", nullptr);
        el_source(line, nullptr);  // the user's own bindings in ~/.editrc
    }
};

ShellEditor::ShellEditor(std::string history_file, Vocabulary vocabulary)
    : m_state(std::make_unique<State>()) {
    m_state->file = std::move(history_file);
    m_state->vocabulary = std::move(vocabulary);
    m_state->load_history();
    m_state->open_editor();
}

ShellEditor::~ShellEditor() = default;

ShellEditor::Outcome ShellEditor::read_line(const std::string& prompt, std::string& line) {
    m_state->prompt = prompt;
    ShellSignals::forget();
    int count = 0;
    const char* text = el_gets(m_state->editor.get(), &count);
    if (ShellSignals::interrupted()) {
        // Otherwise libedit would keep the unfinished line.
        el_reset(m_state->editor.get());
        std::fputs("^C\n", stdout);
        std::fflush(stdout);
        return Outcome::interrupted;
    }
    if (text == nullptr || count <= 0) return Outcome::end;
    line.assign(text, static_cast<std::size_t>(count));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    return Outcome::line;
}

void ShellEditor::remember(const std::string& statement) {
    std::string entry = statement;
    // One line is easier to edit, but a comment must keep its end.
    if (entry.find("--") == std::string::npos) std::ranges::replace(entry, '\n', ' ');
    HistEvent event{};
    ::history(m_state->history.get(), &event, H_ENTER, entry.c_str());
    save_history(m_state->history.get(), m_state->file);
}

}  // namespace snapq::commands
