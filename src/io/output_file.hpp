// An output file that appears whole or not at all.
//
//     OutputFile out("run.zip", force);   // refuses an existing target before any work is done
//     out.write(bytes);                   // or through out.fd(), seeking as one likes
//     out.commit();                       // now, and only now, there is a run.zip
//
// The bytes go to a file without a name in the target's directory (O_TMPFILE) that is linked at the end, so
// that even a kill leaves nothing. File systems that cannot do that get a locked `.NAME.snapq-PID.tmp`, which
// a signal handler or the next run for the same target removes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "io/cleanup.hpp"
#include "io/file_descriptor.hpp"
#include "io/temporary_style.hpp"
#include "support/bytes.hpp"

namespace snapq::io {

struct OutputPath;

class OutputFile final : public ByteSink {
public:
    // A symlink is followed: it stays, and what it points to is written. With `force` an existing regular
    // file is replaced at commit and its permissions are kept; until then it is untouched. Throws UsageError
    // when the target exists and `force` is false, SystemError when its directory is missing or not writable,
    // or when the target is a directory or a device (those are never replaced).
    OutputFile(const std::string& target, bool force, TemporaryStyle style = TemporaryStyle::automatic);
    // Without a commit nothing remains.
    ~OutputFile() override;

    // Appends at the file's current position. Throws SystemError (disk full, …).
    void write(std::string_view bytes) override;

    // Open for reading and writing, seekable; stays ours.
    [[nodiscard]] int fd() const { return m_fd.get(); }
    // As the user named it.
    [[nodiscard]] const std::string& target() const;

    // Makes the file appear under its name. Call it once, last. Throws UsageError when someone else made the
    // target meanwhile and `force` is false, SystemError when the file system refuses.
    void commit();

    // Makes two files appear as one step, as far as file systems have such a thing: whatever needs room or
    // may fail for long is done before either gets its name, and when the second cannot be published, the
    // first gets back what was there before. Only a kill or a power failure just between the two renames
    // leaves one new file and one old. Both are in one directory; other pairs for it wait meanwhile, at most
    // 5 seconds. Throws as commit() does.
    static void commit_together(OutputFile& first, OutputFile& second);

private:
    void inspect_target();
    bool open_unnamed();
    void open_named();
    void flush() const;
    void publish();
    void take_hidden_name();
    void publish_unnamed();
    void publish_named();

    std::unique_ptr<const OutputPath> m_place;
    bool m_force;
    bool m_replaces = false;  // a target existed at the start
    Fd m_fd;
    std::string m_temporary;  // path of the named temporary; empty when there is none
    RegisteredTemporary m_registration;
};

}  // namespace snapq::io
