// Reads a zip file that cannot seek (a pipe, or a zip file inside gzip) entry by entry through the local
// headers.
#pragma once

#include <memory>
#include <optional>

#include "io/window.hpp"
#include "support/bytes.hpp"
#include "zip/records.hpp"

namespace snapq::zip {

// One thread. Throws InputError when the file is damaged or truncated.
class StreamReader {
public:
    StreamReader(std::unique_ptr<io::Window> file, io::ErrorContext context, io::ExpansionGuard guard);

    // Reads the local header at the current position, in the order of the file; nullopt after the last entry.
    // Its header_offset is an offset in the stream. Each entry must be skipped or opened before the next
    // call.
    [[nodiscard]] std::optional<DirectoryEntry> next();

    // `entry` is the one that next() returned, and it is supported.
    void skip(const DirectoryEntry& entry);
    // The data of the entry. This reader must not be used afterwards.
    [[nodiscard]] std::unique_ptr<ByteSource> open(const DirectoryEntry& entry);

private:
    std::string_view peek(std::size_t count);

    std::unique_ptr<io::Window> m_file;
    io::ErrorContext m_context;
    io::ExpansionGuard m_guard;
};

}  // namespace snapq::zip
