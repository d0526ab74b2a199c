// Results on their way to standard output or a pager.
#pragma once

#include <cstdio>
#include <string_view>

#include "support/bytes.hpp"

namespace snapq::commands {

// Writes to an open stdio stream. When the reader has gone away (`| head`), the rest is dropped without a
// word; whoever produces it asks `is_closed` now and then. Throws SystemError for other failures.
class FileSink final : public ByteSink {
public:
    explicit FileSink(std::FILE* file) : m_file(file) {}

    void write(std::string_view bytes) override;
    void flush();
    [[nodiscard]] bool is_closed() const { return m_closed; }

private:
    void fail();

    std::FILE* m_file;
    bool m_closed = false;
};

}  // namespace snapq::commands
