// The exceptions of snapq.
//
// Functions that cannot do what they promise throw one of the three classes below, or std::bad_alloc. Each
// class has its kind, and the program `snapq` ends with one exit code for each kind. Where a header says that
// a value may be missing, the value is a std::optional and nothing is thrown.
//
//     try {
//         const snapq::Archive archive("run.zip");
//     } catch (const snapq::Error& error) {
//         std::cerr << error.what() << '\n';
//         if (!error.hint().empty()) std::cerr << error.hint() << '\n';
//     }
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace snapq {

enum class ErrorKind {
    usage,   // exit code 2: wrong options, wrong SQL, an output that exists already
    input,   // exit code 3: a missing, unreadable, damaged or unsupported input
    system,  // exit code 4: a full disk, an output that cannot be written
};

// The exit code of the program `snapq` for an error of this kind.
[[nodiscard]] constexpr int exit_code(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::usage: return 2;
        case ErrorKind::input: return 3;
        case ErrorKind::system: break;
    }
    return 4;
}

// All texts are UTF-8, except that file names have the bytes that the file system gave them.
class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, const std::string& message) : Error(kind, {}, message, std::nullopt) {}

    // what(), of the base class, is `FILE: byte OFFSET: MESSAGE`. Parts that are missing are left out.

    [[nodiscard]] ErrorKind kind() const { return m_kind; }
    // what() without the file and the offset.
    [[nodiscard]] const std::string& message() const { return m_message; }
    // What the user can do about it; may be empty.
    [[nodiscard]] const std::string& hint() const { return m_hint; }
    // The file that the error is about; empty if it is not about a file.
    [[nodiscard]] const std::string& file() const { return m_file; }
    // The position of the error, in bytes from the beginning of the file. For compressed content and for an
    // entry of an archive, it counts bytes of that content instead, and the message says so.
    [[nodiscard]] std::optional<std::uint64_t> offset() const { return m_offset; }

protected:
    Error(ErrorKind kind, std::string file, std::string message, std::optional<std::uint64_t> offset);
    // For messages whose sentence contains the offset: `what` is the whole text.
    Error(ErrorKind kind, const std::string& what, std::string file, std::string message,
          std::optional<std::uint64_t> offset);

    // The `with_hint` of the subclasses returns their own type, so that
    // `throw UsageError("…").with_hint("…")` throws a UsageError.
    void set_hint(std::string hint) { m_hint = std::move(hint); }

private:
    ErrorKind m_kind;
    std::string m_file;
    std::string m_message;
    std::optional<std::uint64_t> m_offset;
    std::string m_hint;
};

// The caller asked for something that is not possible.
class UsageError : public Error {
public:
    explicit UsageError(const std::string& message) : Error(ErrorKind::usage, message) {}

    UsageError& with_hint(std::string hint) {
        set_hint(std::move(hint));
        return *this;
    }
};

// The operating system refused something.
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

// An input that cannot be used.
class InputError : public Error {
public:
    explicit InputError(std::string message, std::optional<std::uint64_t> offset = std::nullopt);
    InputError(std::string file, std::string message, std::optional<std::uint64_t> offset = std::nullopt);

    InputError& with_hint(std::string hint) {
        set_hint(std::move(hint));
        return *this;
    }

    // A copy of this error that names the file, unless the error names one already.
    [[nodiscard]] InputError in_file(const std::string& file) const;

protected:
    InputError(const std::string& what, std::string file, std::string message,
               std::optional<std::uint64_t> offset)
        : Error(ErrorKind::input, what, std::move(file), std::move(message), offset) {}
};

}  // namespace snapq
