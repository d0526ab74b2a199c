// Bytes that are read: at any offset (a file, a part of one, or the unpacked text of a chunked entry), or
// forward (an opened file or standard input).
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "io/file_descriptor.hpp"
#include "support/bytes.hpp"

namespace snapq::io {

// Every implementation may be used by several threads at once. Errors are InputErrors with the byte offset;
// those of a file also name it. Only a temporary file that cannot be read is a SystemError.
class RandomAccessBytes {
public:
    RandomAccessBytes() = default;
    RandomAccessBytes(const RandomAccessBytes&) = delete;
    RandomAccessBytes& operator=(const RandomAccessBytes&) = delete;
    virtual ~RandomAccessBytes() = default;

    // In bytes; never changes.
    [[nodiscard]] virtual std::uint64_t size() const = 0;

    // Fills `into` with the bytes from `offset` on; throws InputError when they do not all lie within size().
    virtual void read_at(std::uint64_t offset, std::span<char> into) const = 0;
};

// Throws the InputError of read_at for a range outside of the bytes.
void check_range(const RandomAccessBytes& bytes, std::uint64_t offset, std::size_t count);

// A file opened for reading.
class FileBytes final : public RandomAccessBytes {
public:
    // Throws InputError when it does not exist, cannot be read, or is not a regular file.
    explicit FileBytes(const std::string& path);
    // A file that is open already; it is closed here.
    FileBytes(Fd file, std::string name);

    [[nodiscard]] std::uint64_t size() const override { return m_size; }
    void read_at(std::uint64_t offset, std::span<char> into) const override;

    // The path, as messages show it.
    [[nodiscard]] const std::string& name() const { return m_name; }

private:
    std::string m_name;
    io::Fd m_descriptor;
    std::uint64_t m_size = 0;
};

// A part of other bytes.
class BytesWindow final : public RandomAccessBytes {
public:
    // Throws InputError when the part does not lie within `whole`.
    BytesWindow(std::shared_ptr<const RandomAccessBytes> whole, std::uint64_t offset, std::uint64_t size);

    [[nodiscard]] std::uint64_t size() const override { return m_size; }
    void read_at(std::uint64_t offset, std::span<char> into) const override;

private:
    std::shared_ptr<const RandomAccessBytes> m_whole;
    std::uint64_t m_offset;
    std::uint64_t m_size;
};

// Reads the same bytes forward, from the first to the last.
class ForwardBytes final : public ByteSource {
public:
    explicit ForwardBytes(std::shared_ptr<const RandomAccessBytes> bytes) : m_bytes(std::move(bytes)) {}

    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override { return m_offset; }

private:
    std::shared_ptr<const RandomAccessBytes> m_bytes;
    std::uint64_t m_offset = 0;
};

// Writes all of `source` to an unnamed temporary file, which is deleted with its last reader. Throws
// SystemError when there is no space for it.
[[nodiscard]] std::shared_ptr<const RandomAccessBytes> spool_to_unnamed_file(ByteSource& source);

// The bytes of an opened file or of standard input, read by read(2) directly into the caller's buffer.
//
// The file is not mapped, because mapped pages would count as memory of the process. A regular file is
// refused when it ends early, or when its size or modification time has changed at the end: it was changed
// while it was read, and a mixture of two files is not a snapshot.
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
