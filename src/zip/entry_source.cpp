#include "zip/entry_source.hpp"

#include <algorithm>
#include <cstring>

namespace snapq::zip {
namespace {

// The log2 of 8 MiB. A frame in an untrusted file may ask for a window that needs more memory than snapq may
// use.
constexpr int k_max_window_log = 23;

}  // namespace

bool is_supported(const DirectoryEntry& entry) {
    return entry.has_method(ZipMethod::store) || entry.has_method(ZipMethod::deflate) ||
           entry.has_method(ZipMethod::zstd);
}

EntryReader::EntryReader(DirectoryEntry entry, io::ErrorContext context,
                         std::optional<io::ExpansionGuard> guard)
    : m_entry(std::move(entry)), m_context(std::move(context)), m_guard(guard) {
    if (m_entry.has_method(ZipMethod::deflate))
        m_inflater = std::make_unique<io::Inflater>(io::Inflater::Format::raw);
    if (m_entry.has_method(ZipMethod::zstd)) m_zstd = std::make_unique<io::ZstdDecoder>(k_max_window_log);
}

std::size_t EntryReader::read(io::Window& data, std::span<char> into) {
    if (into.empty() || m_done) return 0;
    if (!m_data_begin) m_data_begin = data.offset();
    const std::size_t count = unpack(data, into);
    m_actual.compressed_size = data.offset() - *m_data_begin;
    m_actual.size += count;
    m_actual.crc32 = static_cast<std::uint32_t>(
        crc32_z(m_actual.crc32, reinterpret_cast<const Bytef*>(into.data()), count));
    if (!m_entry.has_descriptor() && m_actual.size > m_entry.size)
        m_context.fail(data.offset(), "has more bytes than the zip file says");
    if (count == 0) {
        m_done = true;
        check_end(data);
    }
    return count;
}

std::size_t EntryReader::unpack(io::Window& data, std::span<char> into) {
    if (!m_inflater && !m_zstd)
        return m_entry.has_descriptor() ? read_stored_to_descriptor(data, into) : read_stored(data, into);
    const std::size_t count =
        m_inflater ? m_inflater->read(data, into, m_context) : m_zstd->read(data, into, m_context);
    if (m_guard) m_guard->count(count, data, m_context);
    return count;
}

std::size_t EntryReader::read_stored(io::Window& data, std::span<char> into) {
    const std::uint64_t left = m_entry.compressed_size - m_actual.compressed_size;
    if (left == 0) return 0;
    const std::size_t count =
        data.read(into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left))));
    if (count == 0) m_context.fail_truncated(data.offset());
    return count;
}

std::size_t EntryReader::read_stored_to_descriptor(io::Window& data, std::span<char> into) {
    std::string_view text = data.peek(k_max_descriptor_size);
    if (text.starts_with(k_descriptor_signature) && matching_descriptor(text, m_actual)) return 0;
    if (text.empty()) m_context.fail_truncated(data.offset());
    // A signature is part of the data when its descriptor does not match. The search for the next one stops
    // at the end of this read.
    text = text.substr(0, into.size() + k_descriptor_signature.size());
    std::size_t safe = text.find(k_descriptor_signature, 1);
    if (safe == std::string_view::npos) {
        // The last three bytes may be the beginning of a signature, unless nothing follows them.
        safe = text.size() < k_descriptor_signature.size() ? text.size() : text.size() - 3;
    }
    const std::size_t count = std::min(safe, into.size());
    std::memcpy(into.data(), text.data(), count);
    data.skip(count);
    return count;
}

void EntryReader::check_end(io::Window& data) {
    if (m_entry.has_descriptor()) {
        const std::string_view text = data.peek(k_max_descriptor_size);
        const auto size = matching_descriptor(text, m_actual);
        if (!size && text.size() < k_min_descriptor_size) m_context.fail_truncated(data.offset());
        if (!size) m_context.fail(data.offset(), "damaged data (its checksum or size does not match)");
        return data.skip(*size);
    }
    if (m_actual.size != m_entry.size)
        m_context.fail(data.offset(), "has fewer bytes than the zip file says");
    if (m_actual.compressed_size != m_entry.compressed_size)
        m_context.fail(data.offset(), "damaged data (its compressed size does not match)");
    if (m_actual.crc32 != m_entry.crc32)
        m_context.fail(data.offset(), "damaged data (its checksum does not match)");
}

std::unique_ptr<ByteSource> open_entry(std::shared_ptr<const io::RandomAccessBytes> file,
                                       DirectoryEntry entry, io::ErrorContext context,
                                       std::optional<io::ExpansionGuard> guard) {
    // The directory knows the sizes, so the descriptor after the data is not needed.
    entry.flags = 0;
    const std::uint64_t begin = entry.data_offset;
    auto part = std::make_shared<io::BytesWindow>(std::move(file), begin, entry.compressed_size);
    auto data = std::make_unique<io::Window>(std::make_unique<io::ForwardBytes>(std::move(part)), begin);
    return std::make_unique<EntrySource>(std::move(data),
                                         EntryReader(std::move(entry), std::move(context), guard));
}

}  // namespace snapq::zip
