#include "commands/shell/history_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string_view>
#include <utility>

#include "io/file_descriptor.hpp"
#include "io/output_path.hpp"

namespace snapq::commands {
namespace {

namespace fs = std::filesystem;

constexpr mode_t k_private_file = 0600;
constexpr mode_t k_writable_by_others = S_IWGRP | S_IWOTH;
constexpr std::string_view k_first_line = "_HiStOrY_V2_\n";  // what libedit writes

// With a umask that lets a group write, the directory may be writable for others; that is mended.
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

// Opens the file in a private directory; without one, or when it is not a history, returns no descriptor.
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
        // libedit reads only files with a name. Nobody else may exchange this one.
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
        // The next shell does without it.
    }
}

}  // namespace snapq::commands
