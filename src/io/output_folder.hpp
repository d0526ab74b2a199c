// A folder that several outputs are written into (`extract -d DIR`).
#pragma once

#include <memory>
#include <string>

#include "io/cleanup.hpp"
#include "io/file_descriptor.hpp"

namespace snapq::io {

struct OutputPath;

// Opens the folder, and creates it when it does not exist. One that was created here is removed again, by the
// destructor or by a signal, unless keep() is called; nothing happens to a folder that holds something by
// then.
class OutputFolder {
public:
    // A symlink is followed unless another user made it. Throws SystemError when the folder cannot be opened.
    explicit OutputFolder(const std::string& target);
    OutputFolder(const OutputFolder&) = delete;
    OutputFolder& operator=(const OutputFolder&) = delete;
    ~OutputFolder();

    [[nodiscard]] int fd() const { return m_fd.get(); }
    // "TARGET/NAME", for messages about a file.
    [[nodiscard]] std::string display_path(const std::string& name) const;
    void keep();

private:
    std::unique_ptr<const OutputPath> m_output;
    Fd m_fd;
    bool m_is_temporary = false;
    RegisteredTemporary m_registration;
};

}  // namespace snapq::io
