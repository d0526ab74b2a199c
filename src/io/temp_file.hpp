// Scratch space on disk without a name: gone with its owner, even when the process is killed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "io/file_descriptor.hpp"
#include "io/temporary_style.hpp"

namespace snapq::io {

// $TMPDIR when it names something, else /tmp.
std::string temporary_directory();

// Offsets and sizes in bytes. Positioned reads and writes may come from several threads at once. Throws
// SystemError that names the directory.
class TempFile {
public:
    explicit TempFile(const std::string& directory = temporary_directory(),
                      TemporaryStyle style = TemporaryStyle::automatic);

    [[nodiscard]] int fd() const { return m_fd.get(); }
    // A path that opens the same file again as long as this object lives (through /proc), for libraries that
    // want one.
    [[nodiscard]] std::string path() const;

    [[nodiscard]] std::uint64_t size() const;
    void resize(std::uint64_t size);
    void write_at(std::uint64_t offset, std::string_view bytes);
    // Fewer bytes than asked for only at the end of the file.
    std::size_t read_at(std::uint64_t offset, std::span<char> into) const;

private:
    Fd m_fd;
    std::string m_name;  // "a temporary file in DIRECTORY", for messages
};

}  // namespace snapq::io
