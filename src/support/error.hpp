// Helpers that format the messages of the exceptions in include/snapq/error.hpp.
//
// Expected outcomes are returned (std::optional, enum). Exceptions end a command: main.cpp catches them,
// prints `snapq: error: …` with the hint, and returns the exit code of the kind. Code that reads a file
// without knowing its name leaves the name of an InputError empty; the code that opened the file adds it with
// `in_file`.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "snapq/error.hpp"

namespace snapq {

// These keep a call to one line: throw_input(offset, "format {}", args…) and throw_usage("format {}", args…).
template <typename... Args>
[[noreturn]] void throw_input(std::uint64_t offset, fmt::format_string<Args...> format, Args&&... args) {
    throw InputError(fmt::format(format, std::forward<Args>(args)...), offset);
}

template <typename... Args>
[[noreturn]] void throw_usage(fmt::format_string<Args...> format, Args&&... args) {
    throw UsageError(fmt::format(format, std::forward<Args>(args)...));
}

// The bytes end inside a value. The offset of their end is part of the sentence.
class TruncatedError : public InputError {
public:
    // `inside`: what is not complete, such as "the pickle".
    TruncatedError(std::uint64_t end, const std::string& inside);
    // `note` says what the offset counts; empty when it counts the bytes of the file.
    TruncatedError(const std::string& file, std::uint64_t end, const std::string& inside,
                   const std::string& note);

    [[nodiscard]] const std::string& inside() const { return m_inside; }

private:
    TruncatedError(const std::string& file, const std::string& message, std::uint64_t end,
                   std::string inside);

    std::string m_inside;
};

}  // namespace snapq
