#include "io/random_access.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "io/temporaries.hpp"
#include "support/error.hpp"

namespace snapq::io {
namespace {

constexpr std::size_t k_spool_buffer = std::size_t{256} << 10;

std::string reason(int errno_value) {
    return std::generic_category().message(errno_value);
}

io::Fd opened(const std::string& path) {
    io::Fd descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor) throw_not_opened(path, "cannot be opened", errno);
    return descriptor;
}

class SpooledBytes final : public RandomAccessBytes {
public:
    explicit SpooledBytes(ByteSource& source) {
        std::vector<char> buffer(k_spool_buffer);
        while (const std::size_t count = source.read(buffer)) {
            m_file.write_at(m_size, std::string_view(buffer.data(), count));
            m_size += count;
        }
    }

    [[nodiscard]] std::uint64_t size() const override { return m_size; }
    void read_at(std::uint64_t offset, std::span<char> into) const override {
        check_range(*this, offset, into.size());
        if (m_file.read_at(offset, into) != into.size()) throw SystemError("a temporary file became shorter");
    }

private:
    io::TempFile m_file;
    std::uint64_t m_size = 0;
};

}  // namespace

void check_range(const RandomAccessBytes& bytes, std::uint64_t offset, std::size_t count) {
    if (offset > bytes.size() || count > bytes.size() - offset) {
        throw_input(offset, "{} bytes are needed, but only {} are there", count, bytes.size());
    }
}

FileBytes::FileBytes(const std::string& path) : FileBytes(opened(path), path) {}

FileBytes::FileBytes(Fd file, std::string name) : m_name(std::move(name)), m_descriptor(std::move(file)) {
    struct stat status {};
    if (::fstat(m_descriptor.get(), &status) != 0)
        throw InputError(m_name, "cannot be examined: " + reason(errno));
    if (!S_ISREG(status.st_mode)) throw InputError(m_name, "is not a regular file");
    m_size = static_cast<std::uint64_t>(status.st_size);
}

void FileBytes::read_at(std::uint64_t offset, std::span<char> into) const {
    check_range(*this, offset, into.size());
    while (!into.empty()) {
        const std::ptrdiff_t got = io::read_some_at(m_descriptor.get(), offset, into);
        if (got < 0) throw InputError(m_name, "cannot be read: " + reason(errno), offset);
        if (got == 0) throw InputError(m_name, "became shorter while it was read", offset);
        offset += static_cast<std::uint64_t>(got);
        into = into.subspan(static_cast<std::size_t>(got));
    }
}

BytesWindow::BytesWindow(std::shared_ptr<const RandomAccessBytes> whole, std::uint64_t offset,
                         std::uint64_t size)
    : m_whole(std::move(whole)), m_offset(offset), m_size(size) {
    if (offset > m_whole->size() || size > m_whole->size() - offset) {
        throw_input(offset, "truncated: {} bytes are expected, but the file ends after {}", size,
                    m_whole->size());
    }
}

void BytesWindow::read_at(std::uint64_t offset, std::span<char> into) const {
    check_range(*this, offset, into.size());
    m_whole->read_at(m_offset + offset, into);
}

std::size_t ForwardBytes::read(std::span<char> into) {
    const std::uint64_t left = m_bytes->size() - m_offset;
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, into.size()));
    m_bytes->read_at(m_offset, into.first(count));
    m_offset += count;
    return count;
}

std::shared_ptr<const RandomAccessBytes> spool_to_unnamed_file(ByteSource& source) {
    return std::make_shared<const SpooledBytes>(source);
}

}  // namespace snapq::io
