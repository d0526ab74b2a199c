#include "commands/shell/editor.hpp"

#include <fcntl.h>
#include <histedit.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string_view>
#include <utility>

#include "commands/shell/pager.hpp"
#include "commands/shell/shell.hpp"
#include "io/file_descriptor.hpp"
#include "io/output_path.hpp"

namespace snapq::commands {
namespace {

namespace fs = std::filesystem;

constexpr mode_t k_private_file = 0600;
constexpr mode_t k_writable_by_others = S_IWGRP | S_IWOTH;
constexpr std::string_view k_first_line = "_HiStOrY_V2_\n";  // what libedit writes

// With a umask that lets a group write, the directory may be writable for others; this is corrected.
bool make_private(int directory) {
    struct stat found {};
    if (::fstat(directory, &found) != 0 || found.st_uid != ::geteuid()) return false;
    if ((found.st_mode & k_writable_by_others) == 0) return true;
    return ::fchmod(directory, found.st_mode & ~(k_writable_by_others | S_IFMT)) == 0;
}

// A regular file that is empty or a history.
bool is_history(int fd) {
    struct stat found {};
    if (::fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) return false;
    std::array<char, k_first_line.size()> first{};
    const std::ptrdiff_t count = io::read_some_at(fd, 0, first);
    return count == 0 || (count > 0 && std::string_view(first.data(), first.size()) == k_first_line);
}

// Opens the file in a private directory. Returns no descriptor if the directory is not private or the file is
// not a history.
io::Fd open_private(const std::string& path, int flags) {
    const io::OutputPath place = io::resolve_output(path);  // throws for a link of another user
    const io::Fd directory(::openat(place.directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || !make_private(directory.get())) return io::Fd();
    io::Fd file(::openat(directory.get(), place.name.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                         k_private_file));
    return file && is_history(file.get()) ? std::move(file) : io::Fd();
}

}  // namespace

std::string history_path() {
    const char* state = std::getenv("XDG_STATE_HOME");
    if (state != nullptr && *state == '/') return fs::path(state) / "snapq" / "history";
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') return {};
    return fs::path(home) / ".local" / "state" / "snapq" / "history";
}

void load_history(History* history, const std::string& path) {
    if (path.empty()) return;
    try {
        const io::Fd file = open_private(path, O_RDONLY);
        // libedit reads only files by name. Nobody else can replace this one, because the directory is
        // private.
        HistEvent event{};
        if (file) ::history(history, &event, H_LOAD, path.c_str());
    } catch (const std::exception&) {
        // There is no history.
    }
}

void save_history(History* history, const std::string& path) {
    if (path.empty()) return;
    std::error_code ignored;
    fs::create_directories(fs::path(path).parent_path(), ignored);
    try {
        io::Fd fd = open_private(path, O_RDWR | O_CREAT);
        if (!fd || ::ftruncate(fd.get(), 0) != 0) return;
        std::FILE* file = ::fdopen(fd.get(), "w");
        if (file == nullptr) return;
        static_cast<void>(fd.release());
        HistEvent event{};
        ::history(history, &event, H_SAVE_FP, file);  // it makes the file private, too
        std::fclose(file);
    } catch (const std::exception&) {
        // The next shell has no history of this one.
    }
}

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

// Prints the candidates in columns below the line that is being typed.
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
        // Without this, libedit would keep the unfinished line.
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
    // One line is easier to edit, but a comment ends with its line, so statements with comments are not
    // joined.
    if (entry.find("--") == std::string::npos) std::ranges::replace(entry, '\n', ' ');
    HistEvent event{};
    ::history(m_state->history.get(), &event, H_ENTER, entry.c_str());
    save_history(m_state->history.get(), m_state->file);
}

}  // namespace snapq::commands
