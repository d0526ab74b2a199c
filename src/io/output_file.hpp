// An output file that appears complete or not at all.
//
//     OutputFile out("run.zip", force);   // refuses an existing target before any work is done
//     out.write(bytes);                   // or write and seek through out.fd()
//     out.commit();                       // run.zip appears now
//
// The bytes go to an unnamed file in the target's directory (O_TMPFILE), which is linked at the end, so
// nothing remains even after SIGKILL. File systems without such files get a locked `.NAME.snapq-PID.tmp`,
// which the signal thread or the next run for the same target removes.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/cleanup.hpp"
#include "io/file_descriptor.hpp"
#include "io/temporaries.hpp"
#include "support/bytes.hpp"

namespace snapq::io {

class TargetDirectory;
struct OutputPath;

class OutputFile final : public ByteSink {
public:
    // If the target is a symlink, the link stays and the file that it points to is written, unless another
    // user made the link. With `force` an existing regular file is replaced at commit and, if it is ours, its
    // permissions are kept; it is unchanged until then. Throws UsageError when the target exists and `force`
    // is false. Throws SystemError when its directory is missing or not writable, or when the target is a
    // directory or a device (those are never replaced).
    OutputFile(const std::string& target, bool force, TemporaryStyle style = TemporaryStyle::automatic);
    // The same for a file in a directory. Without `force`, a symlink counts as an existing file, so nothing
    // is written outside the directory.
    OutputFile(const TargetDirectory& directory, const std::string& name, bool force,
               TemporaryStyle style = TemporaryStyle::automatic);
    // If commit() was not called, no file remains.
    ~OutputFile() override;

    // Appends at the file's current position. Throws SystemError (disk full, …).
    void write(std::string_view bytes) override;

    // Removes all bytes, for another attempt. Throws SystemError.
    void clear();

    // Open for reading and writing, and seekable. This object owns it.
    [[nodiscard]] int fd() const { return m_fd.get(); }
    // As the user named it.
    [[nodiscard]] const std::string& target() const;
    // Scratch space in the directory of the target, whose file system likely has room for it.
    [[nodiscard]] TempFile scratch() const;

    // Makes the file appear under its name. Call it once, after all writes. Throws UsageError when the target
    // was created meanwhile and `force` is false, SystemError when the file system refuses.
    void commit();

    // Publishes two files of one directory, as far as possible in one step. All work that needs space or may
    // take long is done before either file gets its name. When the second cannot be published, the previous
    // state of the first is restored. Only SIGKILL or a power failure between the two renames leaves one new
    // file and one old. Other pairs for the same directory wait meanwhile, at most 5 seconds. Throws as
    // commit() does.
    static void commit_together(OutputFile& first, OutputFile& second);

private:
    OutputFile(OutputPath output, bool force, TemporaryStyle style);
    void inspect_target();
    bool open_unnamed();
    void open_named();
    void flush() const;
    void publish();
    void take_hidden_name();
    void publish_unnamed();
    void publish_named();

    std::unique_ptr<const OutputPath> m_output;
    bool m_force;
    bool m_replaces = false;  // a target existed at the start
    Fd m_fd;
    std::optional<mode_t> m_mode_of_old;  // of a file of ours that is replaced
    std::string m_temporary;              // name of the named temporary; empty when there is none
    RegisteredTemporary m_registration;
};

}  // namespace snapq::io
