// Files and containers for the tests of input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "input/open_input.hpp"
#include "support/scratch_folder.hpp"

namespace snapq::input::fixtures {

using tests::read_file;
using tests::ScratchFolder;

// A substitute for a pickle. It begins like one, ends with STOP, is slightly compressible, and is always the
// same.
std::string pickle_bytes(std::size_t size);

std::string gzip(std::string_view bytes);
std::string zstd(std::string_view bytes);
std::string zstd_skippable_frame(std::string_view content);
std::string base64(std::string_view bytes);
// A page like those of the official commands, padded with 1 to 3 NUL bytes.
std::string html_page(std::string_view pickle);

// Writes zip archives byte by byte, so that tests can also write invalid ones.
class ZipBuilder {
public:
    struct Options {
        bool is_deflated = false;
        bool has_descriptor = false;  // sizes and CRC after the data, as torch.save writes them
        bool is_zip64 = false;        // sizes in the zip64 extra field
        bool has_signature = true;    // the descriptor begins with its signature
        std::size_t padding = 0;      // bytes of an unknown extra field; torch.save aligns data in this way
    };

    ZipBuilder& add(std::string_view name, std::string_view bytes, const Options& options);
    ZipBuilder& add(std::string_view name, std::string_view bytes) { return add(name, bytes, Options{}); }
    // With `zip64`, the zip64 end record describes the directory.
    [[nodiscard]] std::string finish(bool zip64 = false, std::string_view comment = "") const;

private:
    std::string m_data;
    std::string m_directory;
    std::uint64_t m_count = 0;
};

// The archive that torch.save writes today: data.pkl first, with a descriptor and padding.
std::string torch_zip(std::string_view pickle);

// Reads all bytes of the source with reads of `piece` bytes.
std::string read_all(ByteSource& source, std::size_t piece = 4096);
// Opens, reads and finishes an input; returns its payload.
std::string payload_of(const std::string& path, std::size_t piece = 4096);

// The message of the InputError that `payload_of` throws, or "" when there is none.
std::string failure_of(const std::string& path);

// Replaces standard input with a file or a pipe while the object exists.
class StandardInput {
public:
    explicit StandardInput(int fd);
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;
    ~StandardInput();

private:
    int m_saved;
};

}  // namespace snapq::input::fixtures
