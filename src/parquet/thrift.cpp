#include "parquet/thrift.hpp"

namespace snapq::parquet {

void append_varint(std::string& to, std::uint64_t value) {
    constexpr std::uint64_t k_more = 0x80;
    while (value >= k_more) {
        to.push_back(static_cast<char>(value | k_more));
        value >>= 7U;
    }
    to.push_back(static_cast<char>(value));
}

void ThriftWriter::begin_struct() {
    m_last_fields.push_back(0);
}

void ThriftWriter::begin_struct(int field) {
    begin_field(field, Type::structure);
    begin_struct();
}

void ThriftWriter::end_struct() {
    m_to.push_back(0);
    m_last_fields.pop_back();
}

void ThriftWriter::boolean(int field, bool value) {
    begin_field(field, value ? Type::yes : Type::no);
}

void ThriftWriter::int16(int field, std::int16_t value) {
    begin_field(field, Type::int16);
    append_integer(value);
}

void ThriftWriter::int32(int field, std::int32_t value) {
    begin_field(field, Type::int32);
    append_integer(value);
}

void ThriftWriter::int64(int field, std::int64_t value) {
    begin_field(field, Type::int64);
    append_integer(value);
}

void ThriftWriter::binary(int field, std::string_view bytes) {
    begin_field(field, Type::binary);
    append_binary(bytes);
}

void ThriftWriter::list_of_structs(int field, std::size_t count) {
    begin_list(field, count, Type::structure);
}

void ThriftWriter::list_of_int32(int field, const std::vector<std::int32_t>& values) {
    begin_list(field, values.size(), Type::int32);
    for (const std::int32_t value : values) append_integer(value);
}

void ThriftWriter::list_of_binary(int field, const std::vector<std::string>& values) {
    begin_list(field, values.size(), Type::binary);
    for (const std::string& value : values) append_binary(value);
}

// The field number is stored as the distance from the previous field, or as a number if the distance is above
// 15.
void ThriftWriter::begin_field(int field, Type type) {
    constexpr int k_longest_distance = 15;
    const int distance = field - m_last_fields.back();
    m_last_fields.back() = field;
    if (distance <= k_longest_distance) {
        m_to.push_back(static_cast<char>(distance << 4 | static_cast<int>(type)));
    } else {
        m_to.push_back(static_cast<char>(type));
        append_integer(field);
    }
}

void ThriftWriter::begin_list(int field, std::size_t count, Type type) {
    constexpr std::size_t k_long_list = 15;
    begin_field(field, Type::list);
    if (count < k_long_list) {
        m_to.push_back(static_cast<char>(count << 4U | static_cast<std::size_t>(type)));
    } else {
        m_to.push_back(static_cast<char>(k_long_list << 4U | static_cast<std::size_t>(type)));
        append_varint(m_to, count);
    }
}

// Zigzag encoding makes small negative numbers short too.
void ThriftWriter::append_integer(std::int64_t value) {
    append_varint(m_to, static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63));
}

void ThriftWriter::append_binary(std::string_view bytes) {
    append_varint(m_to, bytes.size());
    m_to += bytes;
}

}  // namespace snapq::parquet
