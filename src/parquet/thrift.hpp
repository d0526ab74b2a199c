// Writes Thrift structs in the compact protocol, the form of all metadata in a Parquet file.
//
// The protocol: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace snapq::parquet {

// An unsigned LEB128 varint: 7 bits a byte, lowest first.
void append_varint(std::string& to, std::uint64_t value);

// Appends fields to a buffer of the caller. The fields of a struct must be added in ascending order of their
// numbers, and each begin_struct() needs an end_struct().
class ThriftWriter {
public:
    explicit ThriftWriter(std::string& to) : m_to(to) {}

    // Begins the outermost struct, or an element of a list.
    void begin_struct();
    // Begins a struct that is a field.
    void begin_struct(int field);
    void end_struct();

    void boolean(int field, bool value);
    void int16(int field, std::int16_t value);
    void int32(int field, std::int32_t value);
    void int64(int field, std::int64_t value);
    void binary(int field, std::string_view bytes);

    // The caller adds `count` structs after it.
    void list_of_structs(int field, std::size_t count);
    void list_of_int32(int field, const std::vector<std::int32_t>& values);
    void list_of_binary(int field, const std::vector<std::string>& values);

private:
    // The types of fields and of list elements.
    enum class Type : std::uint8_t {
        yes = 1,
        no = 2,
        int16 = 4,
        int32 = 5,
        int64 = 6,
        binary = 8,
        list = 9,
        structure = 12
    };

    void begin_field(int field, Type type);
    void begin_list(int field, std::size_t count, Type type);
    void append_integer(std::int64_t value);
    void append_binary(std::string_view bytes);

    std::string& m_to;
    std::vector<int> m_last_fields;  // of the open structs, outermost first
};

}  // namespace snapq::parquet
