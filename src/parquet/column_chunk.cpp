#include "parquet/column_chunk.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

#include "parquet/format.hpp"
#include "parquet/thrift.hpp"
#include "support/error.hpp"

namespace snapq::parquet {
namespace {

constexpr std::size_t k_most_entries = std::size_t{1} << 16U;
constexpr std::size_t k_most_dictionary_bytes = std::size_t{1} << 20U;
// After this number of values, the dictionary is kept only if at least half of the values repeat an earlier
// one.
constexpr std::size_t k_trial = 4096;
// Bytes. Queries seldom compare longer texts, and readers load the statistics whenever they open a file.
constexpr std::size_t k_longest_statistic = 64;
constexpr int k_zstd_level = 3;
constexpr std::size_t k_piece = std::size_t{64} << 10U;  // bytes

static_assert(std::endian::native == std::endian::little, "Parquet's plain numbers are little-endian");

template <typename Value>
std::string plain_of(Value value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

template <typename Value>
Value value_in(const std::string& plain) {
    Value value{};
    std::memcpy(&value, plain.data(), sizeof value);
    return value;
}

std::string plain_text(std::string_view text) {
    std::string plain = plain_of(static_cast<std::uint32_t>(text.size()));
    plain += text;
    return plain;
}

std::string compressed(std::string_view raw) {
    // Not a string, which would fill the buffer first: most of it is never used, and then takes no memory.
    const std::size_t bound = ZSTD_compressBound(raw.size());
    const auto buffer = std::make_unique_for_overwrite<char[]>(bound);
    const std::size_t size = ZSTD_compress(buffer.get(), bound, raw.data(), raw.size(), k_zstd_level);
    if (ZSTD_isError(size) != 0) throw SystemError(fmt::format("zstd: {}", ZSTD_getErrorName(size)));
    return {buffer.get(), size};
}

// Writes the part of a page header that depends on its kind.
using Header = void (*)(ThriftWriter& thrift, std::int32_t values, Encoding encoding);

void dictionary_header(ThriftWriter& thrift, std::int32_t values, Encoding encoding) {
    thrift.begin_struct(field::k_page_dictionary);
    thrift.int32(field::k_page_values, values);
    thrift.int32(field::k_page_encoding, static_cast<std::int32_t>(encoding));
    thrift.end_struct();
}

void data_header(ThriftWriter& thrift, std::int32_t values, Encoding encoding) {
    thrift.begin_struct(field::k_page_data);
    thrift.int32(field::k_page_values, values);
    thrift.int32(field::k_page_encoding, static_cast<std::int32_t>(encoding));
    thrift.int32(field::k_page_definition_encoding, static_cast<std::int32_t>(Encoding::hybrid));
    thrift.int32(field::k_page_repetition_encoding, static_cast<std::int32_t>(Encoding::hybrid));
    thrift.end_struct();
}

void append_page(EncodedChunk& chunk, PageType type, std::string_view body, std::size_t values,
                 Encoding encoding) {
    const std::string packed = compressed(body);
    const std::size_t start = chunk.bytes.size();
    ThriftWriter thrift(chunk.bytes);
    thrift.begin_struct();
    thrift.int32(field::k_page_type, static_cast<std::int32_t>(type));
    thrift.int32(field::k_page_uncompressed_size, static_cast<std::int32_t>(body.size()));
    thrift.int32(field::k_page_compressed_size, static_cast<std::int32_t>(packed.size()));
    const Header header = type == PageType::dictionary ? dictionary_header : data_header;
    header(thrift, static_cast<std::int32_t>(values), encoding);
    thrift.end_struct();
    chunk.uncompressed_bytes += static_cast<std::int64_t>(chunk.bytes.size() - start + body.size());
    chunk.bytes += packed;
}

}  // namespace

void ColumnChunk::add_null() {
    m_levels.push_back(0);
    ++m_statistics.nulls;
}

void ColumnChunk::add(std::int64_t value) {
    widen(value);
    append(plain_of(value));
}

void ColumnChunk::add(double value) {
    widen(value);
    append(plain_of(value));
}

void ColumnChunk::add(std::string_view value, std::optional<std::int64_t> key) {
    widen_text(value);
    append(plain_text(value));
    if (key && m_has_dictionary) m_known.insert_or_assign(*key, m_indexes.back());
}

bool ColumnChunk::add_known(std::int64_t key) {
    const auto known = m_known.find(key);
    if (known == m_known.end()) return false;
    m_levels.push_back(1);
    append_position(known->second);
    return true;
}

template <typename Value>
void ColumnChunk::widen(Value value) {
    if constexpr (std::is_floating_point_v<Value>) {
        if (std::isnan(value)) return;  // NaN is neither smaller nor larger than other values
    }
    Statistics& known = m_statistics;
    if (!known.least || value < value_in<Value>(*known.least)) known.least = plain_of(value);
    if (!known.largest || value > value_in<Value>(*known.largest)) known.largest = plain_of(value);
}

// In statistics, a text has no length in front of it.
void ColumnChunk::widen_text(std::string_view value) {
    m_has_long_text = m_has_long_text || value.size() > k_longest_statistic;
    if (m_has_long_text) return;
    Statistics& known = m_statistics;
    if (!known.least || value < *known.least) known.least = value;
    if (!known.largest || value > *known.largest) known.largest = value;
}

void ColumnChunk::append(std::string_view plain) {
    m_levels.push_back(1);
    if (!m_has_dictionary) {
        m_plain_bytes += plain.size();
        append_without_dictionary(plain);
        return;
    }
    const std::size_t entries = m_dictionary.size();
    const std::uint32_t position = m_dictionary.intern(plain);
    if (m_dictionary.size() > entries) m_dictionary_bytes += plain.size();
    append_position(position);
}

void ColumnChunk::append_position(std::uint32_t position) {
    m_indexes.push_back(position);
    m_plain_bytes += m_dictionary[position].size();
    const bool failed_trial = m_indexes.size() == k_trial && m_dictionary.size() > k_trial / 2;
    const bool is_large =
        m_dictionary.size() > k_most_entries || m_dictionary_bytes > k_most_dictionary_bytes;
    if ((failed_trial || is_large) && is_short_without_dictionary()) give_up_dictionary();
}

void ColumnChunk::append_without_dictionary(std::string_view plain) {
    if (m_pieces.empty() || m_pieces.back().capacity() - m_pieces.back().size() < plain.size()) {
        m_pieces.emplace_back().reserve(std::max(k_piece, plain.size()));
    }
    m_pieces.back() += plain;
}

// Long values that repeat would take many times the memory. With them, the dictionary grows until the row
// group is written.
bool ColumnChunk::is_short_without_dictionary() const {
    return m_plain_bytes <= 2 * m_dictionary_bytes;
}

std::size_t ColumnChunk::size() const {
    constexpr std::size_t k_entry = 32;  // bytes of an entry besides the value, or of a key, about
    return (m_levels.size() + m_indexes.size()) * sizeof(std::uint32_t) +
           (m_dictionary.size() + m_known.size()) * k_entry +
           (m_has_dictionary ? m_dictionary_bytes : m_plain_bytes);
}

void ColumnChunk::give_up_dictionary() {
    for (const std::uint32_t index : m_indexes) append_without_dictionary(m_dictionary[index]);
    m_has_dictionary = false;
    m_dictionary = {};
    m_indexes = {};
    m_known = {};
}

unsigned ColumnChunk::index_width() const {
    const std::size_t entries = m_dictionary.size();
    return bit_width(static_cast<std::uint32_t>(entries == 0 ? 0 : entries - 1));
}

bool ColumnChunk::is_smaller_with_dictionary() const {
    constexpr std::size_t k_byte = 8;
    return m_has_dictionary && m_dictionary_bytes + m_indexes.size() * index_width() / k_byte < m_plain_bytes;
}

std::string ColumnChunk::dictionary_page_body() const {
    std::string body;
    body.reserve(m_dictionary_bytes);
    for (std::uint32_t i = 0; i < m_dictionary.size(); ++i) body += m_dictionary[i];
    return body;
}

// Definition levels after their length, then the values or their positions in the dictionary.
std::string ColumnChunk::data_page_body(bool has_dictionary) const {
    std::string levels;
    append_hybrid(levels, m_levels, 1);
    std::string body = plain_text(levels);
    if (has_dictionary) {
        body.push_back(static_cast<char>(index_width()));
        append_hybrid(body, m_indexes, index_width());
        return body;
    }
    body.reserve(body.size() + m_plain_bytes);
    for (const std::uint32_t index : m_indexes) body += m_dictionary[index];
    for (const std::string& piece : m_pieces) body += piece;
    return body;
}

EncodedChunk ColumnChunk::take() {
    EncodedChunk chunk;
    chunk.values = static_cast<std::int64_t>(m_levels.size());
    chunk.statistics = m_statistics;
    if (m_has_long_text) {
        chunk.statistics.least.reset();
        chunk.statistics.largest.reset();
    }
    const bool has_dictionary = is_smaller_with_dictionary();
    if (has_dictionary) {
        append_page(chunk, PageType::dictionary, dictionary_page_body(), m_dictionary.size(),
                    Encoding::plain);
        chunk.data_page = static_cast<std::int64_t>(chunk.bytes.size());
    }
    append_page(chunk, PageType::data, data_page_body(has_dictionary), m_levels.size(),
                has_dictionary ? Encoding::dictionary : Encoding::plain);
    *this = ColumnChunk(m_type);
    return chunk;
}

namespace {

constexpr std::size_t k_group = 8;
constexpr unsigned k_byte = 8;

// Appends a bit-packed run: values of `width` bits one after another, the lowest bit first, padded to whole
// groups.
void append_packed(std::string& to, std::span<const std::uint32_t> values, unsigned width) {
    if (values.empty()) return;
    const std::size_t groups = (values.size() + k_group - 1) / k_group;
    append_varint(to, groups << 1U | 1U);
    std::uint64_t bits = 0;
    unsigned filled = 0;
    for (std::size_t i = 0; i < groups * k_group; ++i) {
        bits |= std::uint64_t{i < values.size() ? values[i] : 0} << filled;
        for (filled += width; filled >= k_byte; filled -= k_byte) {
            to.push_back(static_cast<char>(bits));
            bits >>= k_byte;
        }
    }
}

void append_run(std::string& to, std::uint32_t value, std::size_t count, unsigned width) {
    append_varint(to, count << 1U);
    for (unsigned bit = 0; bit < width; bit += k_byte) to.push_back(static_cast<char>(value >> bit));
}

}  // namespace

unsigned bit_width(std::uint32_t largest) {
    return std::max(1U, static_cast<unsigned>(std::bit_width(largest)));
}

void append_hybrid(std::string& to, std::span<const std::uint32_t> values, unsigned width) {
    std::size_t packed = 0;  // the values from here to `at` are to be packed
    std::size_t at = 0;
    while (at < values.size()) {
        const auto rest = values.subspan(at);
        const auto end = std::ranges::find_if(rest, [&](std::uint32_t value) { return value != rest[0]; });
        const auto equal = static_cast<std::size_t>(end - rest.begin());
        const std::size_t missing =
            (k_group - (at - packed) % k_group) % k_group;  // in the group that is begun
        if (missing == 0 && equal >= k_group) {
            append_packed(to, values.subspan(packed, at - packed), width);
            append_run(to, rest[0], equal, width);
            at += equal;
            packed = at;
        } else {
            at += std::min(equal, missing == 0 ? k_group : missing);
        }
    }
    append_packed(to, values.subspan(packed), width);
}

}  // namespace snapq::parquet
