// The data of one zip member, unpacked and checked against the sizes and the CRC that the archive states.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "io/error_context.hpp"
#include "io/expansion_guard.hpp"
#include "io/inflater.hpp"
#include "io/window.hpp"
#include "support/bytes.hpp"
#include "zip/records.hpp"

namespace snapq::zip {

// Reads from a window that stands on the first byte of the member's data; at the end it stands behind the
// data and behind the descriptor, where there is one. Supports stored and deflated members (see
// check_supported).
class ZipMemberReader {
public:
    // A member with `has_descriptor()` has CRC and sizes behind its data: deflated data knows its own end;
    // the end of stored data is where a descriptor stands whose CRC and sizes fit all that came before.
    ZipMemberReader(ZipMember member, io::ErrorContext origin, io::ExpansionGuard guard);

    // At least one byte, 0 at the end. Throws InputError on damaged or truncated data.
    std::size_t read(io::Window& data, std::span<char> into);

private:
    std::size_t read_stored(io::Window& data, std::span<char> into);
    std::size_t read_stored_to_descriptor(io::Window& data, std::span<char> into);
    void check_end(io::Window& data);
    // Length of a descriptor at the head of `text` that fits what was read; nullopt when none does.
    [[nodiscard]] std::optional<std::size_t> descriptor_size(std::string_view text,
                                                             bool needs_signature) const;

    ZipMember m_member;
    io::ErrorContext m_origin;
    io::ExpansionGuard m_guard;
    std::unique_ptr<io::Inflater> m_inflater;  // none: stored
    std::optional<std::uint64_t> m_data_begin;
    std::uint64_t m_packed = 0;  // bytes so far, and at the end all of them
    std::uint64_t m_unpacked = 0;
    std::uint32_t m_crc = 0;
    bool m_done = false;
};

class ZipMemberSource final : public ByteSource {
public:
    ZipMemberSource(std::unique_ptr<io::Window> data, ZipMemberReader reader)
        : m_data(std::move(data)), m_reader(std::move(reader)) {}

    std::size_t read(std::span<char> into) override { return m_reader.read(*m_data, into); }
    [[nodiscard]] std::uint64_t consumed() const override { return m_data->consumed(); }

private:
    std::unique_ptr<io::Window> m_data;
    ZipMemberReader m_reader;
};

}  // namespace snapq::zip
