// The bytes of an opened file or of standard input, straight from read(2) into the caller's buffer.
//
// Nothing is mapped: mapped pages would count as memory of the process. A regular file that ends early, or
// whose size or time of change differ at the end, was changed while it was read and is refused: half of two
// files is no snapshot.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "io/file_descriptor.hpp"
#include "support/bytes.hpp"

namespace snapq::io {

class FileSource final : public ByteSource {
public:
    // Opens `path` ("-" is standard input, which is not closed at the end). Throws InputError when there is
    // no such file, it is a directory or unreadable, and UsageError when standard input is a terminal.
    explicit FileSource(const std::string& path);
    ~FileSource() override;

    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override { return m_consumed; }

    // Reads anywhere in a regular file: at least one byte, or InputError when the file became shorter.
    std::size_t read_at(std::uint64_t offset, std::span<char> into) const;

    // Bytes of a regular file when it was opened; nullopt for a pipe or device.
    [[nodiscard]] std::optional<std::uint64_t> size() const { return m_size; }
    [[nodiscard]] const std::string& name() const { return m_name; }

    // Throws InputError when a regular file is not what it was when it was opened.
    void check_unchanged() const;

private:
    void inspect();
    [[noreturn]] void fail_read(std::uint64_t offset, int errno_value) const;

    std::string m_name;
    Fd m_fd;
    struct stat m_stat {};
    std::optional<std::uint64_t> m_size;
    std::uint64_t m_consumed = 0;
};

// The bytes [begin, end) of a regular file, read by offset. The file is shared with whoever checks it at the
// end.
class FileRange final : public ByteSource {
public:
    FileRange(std::shared_ptr<const FileSource> file, std::uint64_t begin, std::uint64_t end)
        : m_file(std::move(file)), m_position(begin), m_end(end) {}

    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override { return m_position; }

private:
    std::shared_ptr<const FileSource> m_file;
    std::uint64_t m_position;
    std::uint64_t m_end;
};

}  // namespace snapq::io
