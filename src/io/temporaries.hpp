// Temporary files. Those without a name are deleted with their owner (TempFile, SpilledText).
//
// The others lie in the directory of their target: `.NAME.snapq-PID.tmp`. The process that writes one locks
// it with flock. A later run recognises what a killed run left by the missing lock, because a dead process
// holds no lock.
//
// A directory may be shared with other users, who can create names that look like leftovers and exchange what
// a name refers to at any moment. So everything happens on open descriptors and in open directories, and
// nothing of another user is touched. A directory is emptied only when it is certainly a leftover: another
// user who may rename in the directory could have given the name of a leftover to any directory of ours.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/cleanup.hpp"
#include "io/file_descriptor.hpp"
#include "io/output_path.hpp"
#include "support/bytes.hpp"

namespace snapq::io {

enum class TemporaryStyle : std::uint8_t {
    automatic,  // unnamed (O_TMPFILE) where the file system supports it
    named       // always a hidden name; for tests
};

// Permissions of a new file and directory before the umask is applied, and the bits that a replaced output
// keeps.
inline constexpr mode_t k_file_mode = 0666;
inline constexpr mode_t k_directory_mode = 0777;
inline constexpr mode_t k_permission_bits = 0777;
// The number of names that are tried before the run fails.
inline constexpr int k_max_attempts = 1000;

// A new temporary, registered with io/cleanup and locked where the file system supports locks. The caller
// removes it, and keeps the directory of the output open until then.
struct NamedTemporary {
    Fd fd;
    std::string name;  // in the directory of the output
    RegisteredTemporary registration;
};
NamedTemporary create_temporary_file(const OutputPath& output);
// The new directory is empty.
NamedTemporary create_temporary_directory(const OutputPath& output);

// Throws SystemError when another process has put something else under the name of our temporary. Only
// another user in a shared directory does that.
void check_not_exchanged(int fd, const OutputPath& output, const std::string& temporary);

// Prevents other runs from taking the file for a leftover. Returns false when another process holds the lock.
bool try_lock(int fd);

// Marks a directory that is being made where others may rename. It is the first file in it and the last to be
// removed, before the directory gets its final name.
inline constexpr std::string_view k_unfinished_mark = ".snapq-unfinished";

// Removes the temporaries of this target that earlier runs of the same user left and no process has locked.
// Failures are ignored.
void remove_stale_temporaries(const OutputPath& output) noexcept;

// If a killed run of the same user moved the old directory aside, makes it the target again, unless the
// target exists (then the old one is removed) or `is_ours` does not accept it. Failures are ignored.
void restore_directory_put_aside(const OutputPath& output,
                                 const std::function<bool(int directory)>& is_ours) noexcept;

// Removes the open directory and its files, if it holds nothing but plain files. The directory is the entry
// `name` of `parent`.
void remove_flat_directory(int directory, int parent, const std::string& name) noexcept;

// ---- unnamed temporary files, which are deleted even when the process is killed ----

// The value of $TMPDIR unless it is empty, else /tmp.
std::string temporary_directory();

// Only its owner may read it. Offsets and sizes are in bytes. Several threads may read and write at the same
// time. Throws SystemError that names the directory.
class TempFile {
public:
    explicit TempFile(const std::string& directory = temporary_directory(),
                      TemporaryStyle style = TemporaryStyle::automatic);
    // In an open directory, which messages call `directory_name`.
    TempFile(int directory, const std::string& directory_name,
             TemporaryStyle style = TemporaryStyle::automatic);

    [[nodiscard]] int fd() const { return m_fd.get(); }
    // Another descriptor of the same file, which may outlive this object. Throws SystemError.
    [[nodiscard]] Fd duplicate() const;
    // "a temporary file in DIRECTORY"
    [[nodiscard]] const std::string& name() const { return m_name; }
    // A path that opens the same file again as long as this object lives (through /proc), for libraries that
    // need a path.
    [[nodiscard]] std::string path() const;

    [[nodiscard]] std::uint64_t size() const;
    void resize(std::uint64_t size);
    void write_at(std::uint64_t offset, std::string_view bytes);
    // Returns fewer bytes than requested only at the end of the file.
    std::size_t read_at(std::uint64_t offset, std::span<char> into) const;

private:
    void open_in(int directory, TemporaryStyle style);

    Fd m_fd;
    std::string m_name;
};

// Text that is first collected as a whole and then read from its beginning, in memory that does not grow with
// it. Beyond `most_held` bytes, the text is in an unnamed temporary file. One thread at a time. Throws
// SystemError when the directory of temporary files has no room.
class SpilledText final : public ByteSink {
public:
    explicit SpilledText(std::size_t most_held = std::size_t{1} << 20U) : m_most_held(most_held) {}

    // Appends.
    void write(std::string_view bytes) override;
    // In bytes.
    [[nodiscard]] std::uint64_t size() const { return m_written + m_held.size(); }
    void copy_to(ByteSink& to) const;
    // Forgets the text.
    void clear();

private:
    std::size_t m_most_held;
    std::string m_held;              // the end of the text
    std::optional<TempFile> m_file;  // what comes before it
    std::uint64_t m_written = 0;     // bytes in the file
};

}  // namespace snapq::io
