// Bytes that can be read at any offset: a file, a part of one, or the unpacked text of a chunked entry.
//
// Every implementation may be used by several threads at once. Errors are InputErrors with the byte offset;
// those of a file also name it. Only a temporary file that cannot be read is a SystemError.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "io/file_descriptor.hpp"
#include "support/bytes.hpp"

namespace snapq::io {

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

}  // namespace snapq::io
