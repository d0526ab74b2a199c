// The central directory of a zip file that can be read at any offset.
#pragma once

#include <memory>
#include <optional>

#include "io/random_access.hpp"
#include "io/window.hpp"
#include "zip/records.hpp"

namespace snapq::zip {

// Reads the records one after another, so its memory does not depend on their number. Supports zip and zip64
// in one file. Does not support bytes before the first entry and archives that are split over several files.
// One thread. Throws InputError for a damaged directory.
class Directory {
public:
    Directory(std::shared_ptr<const io::RandomAccessBytes> file, io::ErrorContext context);

    // Size of the directory in bytes.
    [[nodiscard]] std::uint64_t size() const { return m_end.size; }
    // File offset of the end record that describes the directory.
    [[nodiscard]] std::uint64_t end_offset() const { return m_end_offset; }
    // File offset of the next record.
    [[nodiscard]] std::uint64_t offset() const { return m_records->offset(); }

    // The entries in the order of the directory, nullopt after the last. Their data_offset is not set yet.
    [[nodiscard]] std::optional<DirectoryEntry> next();

    // Sets data_offset, and checks that the local header agrees with the directory and that the data lie
    // before the directory.
    void locate(DirectoryEntry& entry) const;

    // `offset` may lie outside the file.
    [[noreturn]] void fail(std::uint64_t offset, const std::string& message) const;

private:
    [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t size) const;
    void find_directory();
    [[nodiscard]] std::optional<EndRecord> read_end64(std::uint64_t end_offset);

    std::shared_ptr<const io::RandomAccessBytes> m_file;
    io::ErrorContext m_context;
    EndRecord m_end;
    std::uint64_t m_end_offset = 0;
    std::unique_ptr<io::Window> m_records;
    std::uint64_t m_entry_count = 0;  // read so far
};

}  // namespace snapq::zip
