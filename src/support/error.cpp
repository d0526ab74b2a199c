#include "support/error.hpp"

#include <system_error>

namespace snapq {
namespace {

std::string located(const std::string& file, const std::string& message,
                    std::optional<std::uint64_t> offset) {
    std::string text;
    if (!file.empty()) text += file + ": ";
    if (offset) text += fmt::format("byte {}: ", *offset);
    return text + message;
}

}  // namespace

Error::Error(ErrorKind kind, std::string file, std::string message, std::optional<std::uint64_t> offset)
    : Error(kind, located(file, message, offset), file, message, offset) {}

Error::Error(ErrorKind kind, const std::string& what, std::string file, std::string message,
             std::optional<std::uint64_t> offset)
    : std::runtime_error(what),
      m_kind(kind),
      m_file(std::move(file)),
      m_message(std::move(message)),
      m_offset(offset) {}

TruncatedError::TruncatedError(std::uint64_t end, const std::string& inside)
    : TruncatedError({}, end, inside, {}) {}

TruncatedError::TruncatedError(const std::string& file, std::uint64_t end, const std::string& inside,
                               const std::string& note)
    : TruncatedError(file, fmt::format("truncated: the file ends at byte {}, inside {}{}", end, inside, note),
                     end, inside) {}

TruncatedError::TruncatedError(const std::string& file, const std::string& message, std::uint64_t end,
                               std::string inside)
    : InputError(file.empty() ? message : file + ": " + message, file, message, end),
      m_inside(std::move(inside)) {
    set_hint("the file is not complete: copy it again, or record again");
}

SystemError::SystemError(const std::string& what, int errno_value)
    : SystemError(what + ": " + std::generic_category().message(errno_value)) {}

InputError::InputError(std::string message, std::optional<std::uint64_t> offset)
    : InputError(std::string(), std::move(message), offset) {}

InputError::InputError(std::string file, std::string message, std::optional<std::uint64_t> offset)
    : Error(ErrorKind::input, std::move(file), std::move(message), offset) {}

InputError InputError::in_file(const std::string& file) const {
    if (!this->file().empty()) return *this;
    InputError named(file + ": " + what(), file, message(), offset());
    named.with_hint(hint());
    return named;
}

}  // namespace snapq
