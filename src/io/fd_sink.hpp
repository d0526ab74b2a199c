// Writes to an open file. The owner of the file closes and publishes it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "io/file_descriptor.hpp"
#include "support/bytes.hpp"

namespace snapq::io {

class FdSink final : public ByteSink {
public:
    // `name` is the name of the output in error messages.
    FdSink(int fd, std::string name) : m_fd(fd), m_name(std::move(name)) {}

    void write(std::string_view bytes) override { write_fully(m_fd, bytes, m_name); }

private:
    int m_fd;
    std::string m_name;
};

}  // namespace snapq::io
