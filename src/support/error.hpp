// The failures snapq reports, one kind for each documented exit code.
//
// Expected outcomes are returned (std::optional, enum); these are thrown for the ones that end a command.
// Nobody catches them only to log and go on: main.cpp holds the single catch ladder, turns a kind into its
// exit code and prints `snapq: error: …` plus the hint.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace snapq {

enum class ErrorKind {
    usage,   // exit 2: options, SQL, an existing target
    input,   // exit 3: missing, unreadable, damaged or unsupported input
    system,  // exit 4: disk full, target not writable
};

class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), m_kind(kind) {}

    [[nodiscard]] ErrorKind kind() const { return m_kind; }

    // What the user can do about it; empty when there is nothing sensible to say. Given by the subclasses'
    // `with_hint`, which return their own type: `throw UsageError("…").with_hint("…")` throws a UsageError.
    [[nodiscard]] const std::string& hint() const { return m_hint; }

protected:
    void set_hint(std::string hint) { m_hint = std::move(hint); }

private:
    ErrorKind m_kind;
    std::string m_hint;
};

class UsageError : public Error {
public:
    explicit UsageError(const std::string& message) : Error(ErrorKind::usage, message) {}

    UsageError& with_hint(std::string hint) {
        set_hint(std::move(hint));
        return *this;
    }
};

class SystemError : public Error {
public:
    explicit SystemError(const std::string& message) : Error(ErrorKind::system, message) {}
    // "WHAT: strerror(errno_value)"
    SystemError(const std::string& what, int errno_value);

    SystemError& with_hint(std::string hint) {
        set_hint(std::move(hint));
        return *this;
    }
};

// An input that cannot be used. Reads `FILE: byte OFFSET: MESSAGE` (the offset only where there is one). Deep
// code that does not know the file's name leaves it empty; the one who opened the file fills it with
// `in_file`.
class InputError : public Error {
public:
    explicit InputError(std::string message, std::optional<std::uint64_t> offset = std::nullopt);
    InputError(std::string file, std::string message, std::optional<std::uint64_t> offset = std::nullopt);

    [[nodiscard]] const std::string& file() const { return m_file; }
    [[nodiscard]] std::optional<std::uint64_t> offset() const { return m_offset; }
    [[nodiscard]] const std::string& message() const { return m_message; }

    InputError& with_hint(std::string hint) {
        set_hint(std::move(hint));
        return *this;
    }

    // The same error with the file named, unless one is named already.
    [[nodiscard]] InputError in_file(const std::string& file) const;

private:
    std::string m_file;
    std::string m_message;
    std::optional<std::uint64_t> m_offset;
};

// throw_input(offset, "format {}", args…) and throw_usage("format {}", args…) keep call sites to one line.
template <typename... Args>
[[noreturn]] void throw_input(std::uint64_t offset, fmt::format_string<Args...> format, Args&&... args) {
    throw InputError(fmt::format(format, std::forward<Args>(args)...), offset);
}

template <typename... Args>
[[noreturn]] void throw_usage(fmt::format_string<Args...> format, Args&&... args) {
    throw UsageError(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace snapq
