#include "zip/stream_reader.hpp"

#include <utility>
#include <vector>

#include "zip/entry_source.hpp"

namespace snapq::zip {

StreamReader::StreamReader(std::unique_ptr<io::Window> file, io::ErrorContext context,
                           io::ExpansionGuard guard)
    : m_file(std::move(file)), m_context(std::move(context)), m_guard(guard) {}

std::string_view StreamReader::peek(std::size_t count) {
    const std::string_view text = m_file->peek(count);
    if (text.size() < count) m_context.fail_truncated(m_file->offset() + text.size());
    return text;
}

std::optional<DirectoryEntry> StreamReader::next() {
    const std::uint64_t offset = m_file->offset();
    const std::string_view signature = peek(k_local_signature.size());
    if (signature.starts_with(k_directory_signature) || signature.starts_with(k_end64_signature) ||
        signature.starts_with(k_end_signature)) {
        return std::nullopt;
    }
    if (!signature.starts_with(k_local_signature))
        m_context.fail(offset, "the zip file is damaged: no entry begins here");
    EntryRecord record = parse_local_header(peek(k_local_size));
    const std::size_t size = k_local_size + record.variable_size();
    if (!add_variable_part(record, peek(size).substr(k_local_size)) && !record.entry.has_descriptor()) {
        m_context.fail(offset, fmt::format("{}: its extra field is damaged or lacks zip64 sizes",
                                           printable_name(record.entry.name)));
    }
    m_file->skip(size);
    record.entry.header_offset = offset;
    return std::move(record.entry);
}

void StreamReader::skip(const DirectoryEntry& entry) {
    EntryReader reader(entry, m_context, m_guard);
    std::vector<char> buffer(std::size_t{16} << 10);
    while (reader.read(*m_file, buffer) > 0) {
    }
}

std::unique_ptr<ByteSource> StreamReader::open(const DirectoryEntry& entry) {
    return std::make_unique<EntrySource>(std::move(m_file), EntryReader(entry, m_context, m_guard));
}

}  // namespace snapq::zip
