// Shared by the tests of written archives: unnamed files, prepared chunks, and other programs that read
// archives.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "archive/chunks/chunk_codec.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"
#include "zip/chunk.hpp"

namespace snapq::archive::tests {

using snapq::tests::read_file;
using snapq::tests::ScratchFolder;

// An unnamed file, like the one that snapq writes to.
class UnnamedFile {
public:
    UnnamedFile() : m_file(std::tmpfile()) { REQUIRE(m_file != nullptr); }
    UnnamedFile(const UnnamedFile&) = delete;
    UnnamedFile& operator=(const UnnamedFile&) = delete;
    ~UnnamedFile() { std::fclose(m_file); }

    [[nodiscard]] int fd() const { return fileno(m_file); }
    [[nodiscard]] std::string content() const {
        struct stat status {};
        REQUIRE(fstat(fd(), &status) == 0);
        std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
        REQUIRE(pread(fd(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
        return bytes;
    }
    // A path by which other programs can open the file.
    [[nodiscard]] std::string path() const {
        return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd());
    }

private:
    std::FILE* m_file;
};

// Gives pieces of a text as compressed chunks, without the end of the deflate stream.
class TextChunks : public zip::ChunkSource {
public:
    TextChunks(zip::Compression method, std::vector<std::string> pieces, bool with_end = false)
        : m_compressor(method), m_pieces(std::move(pieces)), m_end_due(with_end) {}

    std::optional<zip::Chunk> next() override {
        if (m_at < m_pieces.size()) return m_compressor.compress(m_pieces[m_at++]);
        if (!std::exchange(m_end_due, false)) return std::nullopt;
        return m_compressor.finish();
    }

private:
    ChunkCompressor m_compressor;
    std::vector<std::string> m_pieces;
    std::size_t m_at = 0;
    bool m_end_due;
};

struct ProgramResult {
    int status = -1;
    std::string output;  // stdout and stderr
};

inline ProgramResult run_program(const std::string& command) {
    ProgramResult result;
    std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> buffer{};
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
        result.output.append(buffer.data(), got);
    const int status = pclose(pipe);
    if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
    return result;
}

inline bool have_program(const std::string& name) {
    return run_program("command -v " + name).status == 0;
}

}  // namespace snapq::archive::tests
