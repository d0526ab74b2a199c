// The formats that a snapshot can be wrapped in. Each is one file in input/containers and one line in
// container.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "io/file_source.hpp"
#include "io/window.hpp"
#include "support/bytes.hpp"

namespace snapq::input {

// The bytes of a container, from its beginning on.
struct Packed {
    std::unique_ptr<io::Window> window;
    io::ErrorContext context;
    io::ExpansionGuard guard;
    // The same bytes as a file that can seek; null for a pipe, and for a container inside another.
    std::shared_ptr<const io::FileSource> file;
};

struct Unpacked {
    std::unique_ptr<ByteSource> bytes;
    // The offset of the content in Packed::file, if it is stored there uncompressed.
    std::optional<std::uint64_t> offset = std::nullopt;
};

struct Container {
    std::string_view name;  // in messages, and in the kind of an input: "gzip" of "gzip+pickle"
    // Whether a file begins like this container. `head` has k_sniff_bytes, or fewer if the file is shorter.
    bool (*begins)(std::string_view head);
    // Opens the content. Throws InputError when the container is damaged or has no snapshot; the source does
    // so when it is read.
    Unpacked (*open)(Packed packed);
};

// In the order in which their beginnings are compared.
[[nodiscard]] std::span<const Container* const> containers();

}  // namespace snapq::input
