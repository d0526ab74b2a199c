// Opens a snapshot, whatever it is wrapped in.
//
//     OpenedInput input = open_input("run.html.gz");
//     decode(input.payload(), …);      // kind() says which decoder
//     input.finish();                  // checksums of the rest, and: was the file changed meanwhile?
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
    // Ceiling of unpacked bytes per byte of the file (plus 64 MiB for small files); at least 1. Snapshots
    // stay below 100. Memory is bounded at any ratio; this one bounds time and what a decoder may be made to
    // hold.
    std::uint64_t max_expansion = 2000;
};

// The payload of one input with all its containers peeled off. Movable; one thread at a time.
class OpenedInput {
public:
    // The snapshot's own bytes. Errors that come out of it name the file already. Buffers of 64 KiB and more
    // are filled without a copy when nothing is compressed. Bytes may follow the end of a pickle (padding).
    [[nodiscard]] ByteSource& payload() { return *m_payload; }
    [[nodiscard]] PayloadKind kind() const { return m_kind; }

    // The chain from outside to inside: "pickle", "gzip+pickle", "html+pickle", "torch-zip+pickle",
    // "zstd+json".
    [[nodiscard]] const std::string& kind_text() const { return m_kind_text; }
    // The base name, without any path; "stdin" for standard input.
    [[nodiscard]] const std::string& source_name() const { return m_source_name; }
    // As the user named it, for messages; "stdin" for standard input.
    [[nodiscard]] const std::string& display_name() const { return m_display_name; }

    // Bytes of a regular file, nullopt for pipes; for the total of a progress bar.
    [[nodiscard]] std::optional<std::uint64_t> file_size() const;
    // The same, or the bytes read so far where no size is known (all of them after `finish`).
    [[nodiscard]] std::uint64_t file_bytes() const;

    // An error of the payload's decoder with the file named and its offset made an offset of the file; where
    // that is impossible (compressed), the message says what the offset counts. Errors that name a file are
    // left alone.
    [[nodiscard]] InputError located(const InputError& error) const;

    // Call it when the decoder has all it needs. Reads the rest of every container so that its checksum
    // counts, and throws InputError when it is damaged or truncated, or when the file was changed since it
    // was opened.
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
    std::optional<std::uint64_t> m_payload_offset;  // in the file, when the payload lies there byte by byte
};

// Opens `path`, or standard input for "-". Containers nest at most 4 deep. Throws InputError with one line
// that says what the file looks like when it is no snapshot, and UsageError when standard input is a
// terminal.
OpenedInput open_input(const std::string& path, const OpenOptions& options = {});

}  // namespace snapq::input
