#include "commands/shell/terminal.hpp"

#include <fcntl.h>
#include <histedit.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <exception>
#include <filesystem>
#include <string_view>
#include <utility>

#include "commands/shell/shell.hpp"
#include "io/cleanup.hpp"
#include "io/file_descriptor.hpp"
#include "io/output_path.hpp"
#include "render/terminal_text.hpp"

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
constexpr std::size_t k_gap = 2;                          // between columns of candidates
constexpr std::size_t k_most_listed = 120;                // candidates of one Tab
constexpr auto k_invalid = static_cast<std::size_t>(-1);  // what mbrtowc returns for a byte of no character

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
    ShellSignals& signals;
    std::string file;
    Vocabulary vocabulary;
    std::string prompt;
    std::unique_ptr<History, CloseHistory> history;
    std::unique_ptr<EditLine, CloseEditor> editor;

    State(ShellSignals& its_signals, std::string history_file, Vocabulary words)
        : signals(its_signals), file(std::move(history_file)), vocabulary(std::move(words)) {}

    static State& of(EditLine* editor) {
        void* data = nullptr;
        el_get(editor, EL_CLIENTDATA, &data);
        return *static_cast<State*>(data);
    }
    static char* show_prompt(EditLine* editor) { return of(editor).prompt.data(); }

    // Reads one character for libedit: 1 when there is one, 0 at the end of the input, -1 for an error or
    // Ctrl-C. libedit's own function would miss a Ctrl-C that comes just before it waits.
    static int read_character(EditLine* editor, wchar_t* character) {
        std::mbstate_t state{};
        while (of(editor).signals.wait_for_input(STDIN_FILENO)) {
            char byte = 0;
            const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
            if (count <= 0) return static_cast<int>(count);
            const bool is_first = std::mbsinit(&state) != 0;
            std::size_t length = std::mbrtowc(character, &byte, 1, &state);
            if (length == k_invalid && !is_first) {  // the character before it is not complete
                state = {};
                length = std::mbrtowc(character, &byte, 1, &state);
            }
            if (length <= 1) return 1;
            if (length == k_invalid) state = {};  // the byte is left out
        }
        return -1;
    }

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
        // libedit reads characters of this encoding. The program prints UTF-8 in any language, also where the
        // environment names none.
        if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) std::setlocale(LC_CTYPE, "");
        editor.reset(el_init("snapq", stdin, stdout, stderr));
        EditLine* line = editor.get();
        el_set(line, EL_CLIENTDATA, this);
        el_set(line, EL_PROMPT, show_prompt);
        el_set(line, EL_GETCFN, read_character);
        el_set(line, EL_EDITOR, "emacs");
        el_set(line, EL_HIST, ::history, history.get());
        el_set(line, EL_ADDFN, "complete-word", "Completes the word before the cursor", complete_word);
        el_set(line, EL_BIND, "^I", "complete-word", nullptr);
        el_set(line, EL_BIND, "^R", "em-inc-search-prev", nullptr);
        el_source(line, nullptr);  // the user's own bindings in ~/.editrc
    }
};

ShellEditor::ShellEditor(std::string history_file, Vocabulary vocabulary, ShellSignals& signals)
    : m_state(std::make_unique<State>(signals, std::move(history_file), std::move(vocabulary))) {
    m_state->load_history();
    m_state->open_editor();
}

ShellEditor::~ShellEditor() = default;

ShellEditor::Outcome ShellEditor::read_line(const std::string& prompt, std::string& line) {
    m_state->prompt = prompt;
    m_state->signals.forget();
    int count = 0;
    const char* text = el_gets(m_state->editor.get(), &count);
    if (m_state->signals.interrupted()) {
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

namespace {

// For leave_pager.
std::atomic<pid_t> g_pager_id = -1;
std::atomic<int> g_pager_input = -1;

// The number of screen lines that the complete lines of `text` fill. An unfinished line is not counted.
std::size_t screen_lines(std::string_view text, std::size_t columns) {
    std::size_t lines = 0;
    while (true) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return lines;
        const std::size_t width = render::display_width(text.substr(0, end));
        lines += width == 0 ? 1 : (width + columns - 1) / columns;
        text.remove_prefix(end + 1);
    }
}

// Runs the command in a shell with `input` as its standard input; -1 when that fails. Not popen, whose child
// would inherit the signals that this process blocks.
pid_t spawn_pager(const std::string& command, int input) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    ::posix_spawnattr_setsigmask(&attributes, &io::original_signal_mask());
    ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    std::string shell = "sh";
    std::string option = "-c";
    std::string text = command;
    const std::array<char*, 4> arguments{shell.data(), option.data(), text.data(), nullptr};
    pid_t child = -1;
    if (::posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments.data(), environ) != 0) child = -1;
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    return child;
}

}  // namespace

ScreenSize screen_size() {
    winsize window{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0) return {};
    return {window.ws_row, window.ws_col};
}

std::string pager_command() {
    const char* named = std::getenv("PAGER");
    return named != nullptr ? named : "less -S";
}

void leave_pager() noexcept {
    const pid_t pager = g_pager_id;
    if (pager <= 0) return;
    ::close(g_pager_input);
    while (::waitpid(pager, nullptr, 0) < 0 && errno == EINTR) {
    }
}

PagedSink::PagedSink(std::string command) : m_command(std::move(command)), m_screen(screen_size()) {
    if (m_command.empty()) m_out.emplace(stdout);
}

PagedSink::~PagedSink() {
    try {
        if (!m_out) m_out.emplace(stdout);
        m_out->write(m_kept);
        m_out->flush();
    } catch (const std::exception&) {
        // The terminal or the pager is gone, so the error cannot be shown.
    }
    if (m_pager == nullptr) return;
    g_pager_id = -1;
    std::fclose(m_pager);
    while (::waitpid(m_pager_id, nullptr, 0) < 0 && errno == EINTR) {
    }
}

void PagedSink::write(std::string_view bytes) {
    if (m_out) return m_out->write(bytes);
    m_kept += bytes;
    m_lines += screen_lines(bytes, m_screen.columns);
    if (m_lines + 1 >= m_screen.rows) start();
}

void PagedSink::start() {
    std::fflush(stdout);
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
        const io::Fd read_end(ends[0]);
        io::Fd write_end(ends[1]);
        m_pager_id = spawn_pager(m_command, read_end.get());
        if (m_pager_id > 0) m_pager = ::fdopen(write_end.release(), "w");
        if (m_pager != nullptr) {
            g_pager_input = ::fileno(m_pager);
            g_pager_id = m_pager_id;
        }
    }
    m_out.emplace(m_pager != nullptr ? m_pager : stdout);
    m_out->write(std::exchange(m_kept, {}));
}

}  // namespace snapq::commands
