// The bytes of an opened file or of standard input, read by read(2) directly into the caller's buffer.
//
// The file is not mapped, because mapped pages would count as memory of the process. A regular file is
// refused when it ends early, or when its size or modification time has changed at the end: it was changed
// while it was read, and a mixture of two files is not a snapshot.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "io/file_descriptor.hpp"
#include "io/random_access.hpp"
#include "support/bytes.hpp"

namespace snapq::io {

class FileSource final : public ByteSource {
public:
    // Opens `path`; "-" is standard input, which is not closed at the end. Throws InputError when the file
    // does not exist, is a directory or is unreadable, and UsageError when standard input is a terminal.
    explicit FileSource(const std::string& path);
    ~FileSource() override;

    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override { return m_consumed; }

    // Reads a regular file at any offset. Returns at least one byte; throws InputError when the file became
    // shorter.
    std::size_t read_at(std::uint64_t offset, std::span<char> into) const;

    // Size in bytes when the file was opened; nullopt for a pipe or device.
    [[nodiscard]] std::optional<std::uint64_t> size() const { return m_size; }
    [[nodiscard]] const std::string& name() const { return m_name; }

    // Throws InputError when a regular file has changed since it was opened.
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

// A regular file that a FileSource has opened, read by offset. The FileSource is shared with the code that
// calls check_unchanged() at the end.
class FileSourceBytes final : public RandomAccessBytes {
public:
    explicit FileSourceBytes(std::shared_ptr<const FileSource> file) : m_file(std::move(file)) {}

    [[nodiscard]] std::uint64_t size() const override { return m_file->size().value_or(0); }
    void read_at(std::uint64_t offset, std::span<char> into) const override;

private:
    std::shared_ptr<const FileSource> m_file;
};

}  // namespace snapq::io
