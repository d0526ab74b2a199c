// Opens a snapshot in any supported container.
//
//     OpenedInput input = open_input("run.html.gz");
//     decode(input.payload(), …);      // kind() says which decoder
//     input.finish();                  // checks the remaining checksums and that the file was not changed
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "support/bytes.hpp"
#include "support/error.hpp"

namespace snapq::io {
class FileSource;
}

namespace snapq::input {

enum class PayloadKind : std::uint8_t { pickle, json };

struct OpenOptions {
    // The largest number of unpacked bytes per byte of the file, plus 64 MiB for small files; at least 1.
    // Snapshots stay below 100. Buffers are bounded at any ratio; this limit bounds the time, and the memory
    // that a decoder needs for its results.
    std::uint64_t max_expansion = 2000;
};

// The payload of one input, unpacked from all its containers. Movable. One thread at a time.
class OpenedInput {
public:
    // The bytes of the snapshot itself. Errors of this source already name the file. Buffers of 64 KiB and
    // more are filled without a copy when nothing is compressed. Bytes may follow the end of a pickle
    // (padding).
    [[nodiscard]] ByteSource& payload() { return *m_payload; }
    [[nodiscard]] PayloadKind kind() const { return m_kind; }

    // The chain of containers from the outside: "pickle", "gzip+pickle", "html+pickle", "torch-zip+pickle",
    // "zstd+json".
    [[nodiscard]] const std::string& kind_text() const { return m_kind_text; }
    // The base name without directories; "stdin" for standard input.
    [[nodiscard]] const std::string& source_name() const { return m_source_name; }
    // As the user named it, for messages; "stdin" for standard input.
    [[nodiscard]] const std::string& display_name() const { return m_display_name; }

    // Size of a regular file in bytes, nullopt for pipes; the total of a progress bar.
    [[nodiscard]] std::optional<std::uint64_t> file_size() const;
    // The same, or for a pipe the number of bytes that were read. Call it after `finish`: until then another
    // thread may be reading.
    [[nodiscard]] std::uint64_t file_bytes() const;

    // Adds the file name to an error of the payload's decoder and converts its offset to an offset in the
    // file. Where that is impossible (compressed data), the message says what the offset counts. An error
    // that already names a file is returned unchanged.
    [[nodiscard]] InputError located(const InputError& error) const;

    // Call it after the decoder has read all that it needs. Reads the rest of every container to check its
    // checksum. Throws InputError when a container is damaged or truncated, or when the file has changed
    // since it was opened.
    void finish();

private:
    friend class InputOpener;
    OpenedInput() = default;

    std::shared_ptr<io::FileSource> m_file;
    std::unique_ptr<ByteSource> m_payload;
    PayloadKind m_kind = PayloadKind::pickle;
    std::string m_kind_text;
    std::string m_source_name;
    std::string m_display_name;
    std::string m_containers;                       // "gzip", "gzip and html"; empty for a bare payload
    std::optional<std::uint64_t> m_payload_offset;  // in the file, when the payload is one part of it
};

// Opens `path`, or standard input for "-". At most 4 containers may be nested. Throws InputError when it is
// not a snapshot, with one line that says what the file looks like, and UsageError when standard input is a
// terminal.
OpenedInput open_input(const std::string& path, const OpenOptions& options = {});

}  // namespace snapq::input
