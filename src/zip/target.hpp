// The file a zip archive is written to, as libzip wants to see it.
#pragma once

#include <cstdint>
#include <exception>
#include <span>
#include <vector>

struct zip_error;
struct zip_source;

namespace snapq::zip {

// Gathers the small pieces in which libzip writes, so that the system is called once for a quarter of a
// megabyte.
class ZipTarget {
public:
    explicit ZipTarget(int fd);

    // A libzip source that refers to this object. Null, with `error` set, when there is no memory.
    [[nodiscard]] zip_source* make_source(zip_error& error);

    // Rethrows the failure that made libzip give up, if it was one of writing.
    void rethrow_failure() const;

private:
    static std::int64_t callback(void* target, void* data, std::uint64_t length, int command);
    std::int64_t handle(void* data, std::uint64_t length, int command);
    std::int64_t fill_stat(void* data, std::uint64_t length);
    std::int64_t seek(void* data, std::uint64_t length);
    std::int64_t write(std::span<const char> bytes);
    void flush();

    int m_fd;
    std::vector<char> m_buffer;
    std::uint64_t m_flushed = 0;  // where the buffer's first byte belongs
    std::uint64_t m_length = 0;   // of the file, the buffer included
    std::exception_ptr m_failure;
};

}  // namespace snapq::zip
