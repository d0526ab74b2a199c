// Decodes the bytes of a test and returns the error messages.
#pragma once

#include <limits>
#include <optional>
#include <string>

#include "snapshot/decoder.hpp"
#include "support/error.hpp"
#include "support/memory_source.hpp"
#include "support/snapshot_text.hpp"

namespace snapq::tests {

inline constexpr std::size_t k_whole = std::numeric_limits<std::size_t>::max();

enum class Form { pickle, json };

[[nodiscard]] inline snapshot::Snapshot decode(Form form, const std::string& bytes,
                                               std::size_t piece = k_whole) {
    MemorySource source(bytes, piece);
    return form == Form::pickle ? snapshot::decode_pickle(source) : snapshot::decode_json(source);
}

// The whole snapshot as text.
[[nodiscard]] inline Lines lines_of(Form form, const std::string& bytes, std::size_t piece = k_whole) {
    return SnapshotText(decode(form, bytes, piece)).everything();
}

// The message "byte 17: …" of the InputError, or "" when there is none. Any other exception fails the test.
[[nodiscard]] inline std::string error_of(Form form, const std::string& bytes, std::size_t piece = k_whole) {
    try {
        static_cast<void>(decode(form, bytes, piece));
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

}  // namespace snapq::tests
