// An unnamed temporary file: it is deleted with its owner, even when the process is killed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "io/file_descriptor.hpp"
#include "io/temporaries.hpp"

namespace snapq::io {

// The value of $TMPDIR unless it is empty, else /tmp.
std::string temporary_directory();

// Only its owner may read it. Offsets and sizes are in bytes. Several threads may read and write at the same
// time. Throws SystemError that names the directory.
class TempFile {
public:
    explicit TempFile(const std::string& directory = temporary_directory(),
                      TemporaryStyle style = TemporaryStyle::automatic);
    // In an open directory, which messages call `directory_name`.
    TempFile(int directory, const std::string& directory_name,
             TemporaryStyle style = TemporaryStyle::automatic);

    [[nodiscard]] int fd() const { return m_fd.get(); }
    // Another descriptor of the same file, which may outlive this object. Throws SystemError.
    [[nodiscard]] Fd duplicate() const;
    // "a temporary file in DIRECTORY"
    [[nodiscard]] const std::string& name() const { return m_name; }
    // A path that opens the same file again as long as this object lives (through /proc), for libraries that
    // need a path.
    [[nodiscard]] std::string path() const;

    [[nodiscard]] std::uint64_t size() const;
    void resize(std::uint64_t size);
    void write_at(std::uint64_t offset, std::string_view bytes);
    // Returns fewer bytes than requested only at the end of the file.
    std::size_t read_at(std::uint64_t offset, std::span<char> into) const;

private:
    void open_in(int directory, TemporaryStyle style);

    Fd m_fd;
    std::string m_name;
};

}  // namespace snapq::io
