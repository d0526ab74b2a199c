#include "commands/read_text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "io/file_descriptor.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

constexpr std::size_t k_longest = std::size_t{4} << 20;

// Some editors begin a file with a byte order mark, which SQLite does not know.
std::string without_mark(std::string text) {
    constexpr std::string_view k_mark = "\xef\xbb\xbf";
    if (text.starts_with(k_mark)) text.erase(0, k_mark.size());
    return text;
}

std::string read_all(int fd, const std::string& name) {
    std::string text;
    std::array<char, 65536> buffer;
    while (true) {
        const std::ptrdiff_t count = io::read_some(fd, buffer);
        if (count < 0) throw InputError(name, "cannot be read: " + std::generic_category().message(errno));
        if (count == 0) return without_mark(std::move(text));
        text.append(buffer.data(), static_cast<std::size_t>(count));
        if (text.size() > k_longest) throw InputError(name, "is longer than 4 MiB, so it is hardly SQL");
    }
}

}  // namespace

std::string read_text_file(const std::string& path) {
    const io::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) throw InputError(path, "cannot be opened: " + std::generic_category().message(errno));
    return read_all(file.get(), path);
}

std::string read_text_stdin() {
    return read_all(STDIN_FILENO, "standard input");
}

}  // namespace snapq::commands
