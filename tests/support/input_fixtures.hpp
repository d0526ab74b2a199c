// Files and containers that the tests of io build for themselves.
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

// A stand-in for a pickle: begins like one, ends with STOP, compresses somewhat, and is always the same.
std::string pickle_bytes(std::size_t size);

std::string gzip(std::string_view bytes);
std::string zstd(std::string_view bytes);
std::string zstd_skippable_frame(std::string_view content);
std::string base64(std::string_view bytes);
// As the official commands write it, padded by 1 to 3 NUL bytes.
std::string html_page(std::string_view pickle);

// Writes zip archives by the letter, so that the tests can also write them wrong.
class ZipBuilder {
public:
    struct Options {
        bool is_deflated = false;
        bool has_descriptor = false;  // sizes and CRC behind the data, as torch.save writes them
        bool is_zip64 = false;        // sizes in the zip64 extra field
        bool has_signature = true;    // of the descriptor
        std::size_t padding = 0;      // bytes of an unknown extra field, as torch.save aligns data
    };

    ZipBuilder& add(std::string_view name, std::string_view bytes, const Options& options);
    ZipBuilder& add(std::string_view name, std::string_view bytes) { return add(name, bytes, Options{}); }
    // With `zip64` the directory is found through the zip64 end record.
    [[nodiscard]] std::string finish(bool zip64 = false, std::string_view comment = "") const;

private:
    std::string m_data;
    std::string m_directory;
    std::uint16_t m_count = 0;
};

// What torch.save makes of it today: data.pkl first, with descriptor and padding.
std::string torch_zip(std::string_view pickle);

// Everything the source gives when asked for `piece` bytes at a time.
std::string read_all(ByteSource& source, std::size_t piece = 4096);
// Opens, reads and finishes.
std::string payload_of(const std::string& path, std::size_t piece = 4096);

// The message of the InputError that `payload_of` ends with; "" when it does not.
std::string failure_of(const std::string& path);

// Puts a file or a pipe in the place of standard input while it lives.
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
