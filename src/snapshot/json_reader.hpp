// Reads a JSON text of any size in bounded memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json/window.hpp"
#include "pickle/handler.hpp"
#include "snapshot/json_piece.hpp"
#include "snapshot/json_values.hpp"
#include "snapshot/stack_cache.hpp"
#include "support/bytes.hpp"

namespace snapq::snapshot {

// Walks the text token by token; arrays that are in memory as a whole (the frames of an event, the blocks of
// a segment) go to simdjson at once, and one that was seen before is not parsed again. What simdjson refuses
// is walked too, which either reads what Python's json module writes beyond the standard or finds the very
// byte that is wrong.
class JsonReader {
public:
    // Both must outlive the reader.
    JsonReader(ByteSource& source, pickle::Handler& handler);

    // The one value of the text. Throws InputError with the offset for anything that is no JSON.
    [[nodiscard]] pickle::Value read();
    [[nodiscard]] std::uint64_t offset() const { return m_window.offset(); }

private:
    char next_byte();
    void step();
    void value();
    void key();
    void text();
    [[nodiscard]] std::string_view raw_text();
    void token();
    void open(bool is_object);
    void close();
    [[nodiscard]] bool piece();
    [[nodiscard]] bool add_piece(std::string_view piece);
    void check_end();
    [[noreturn]] void refuse(const char* wanted);

    json::JsonWindow m_window;
    JsonValues m_values;
    JsonPieces m_pieces;
    StackCache m_known_stacks;
    bool m_is_fresh = false;         // the innermost object or array has nothing in it yet
    std::uint64_t m_walk_until = 0;  // the end of a piece that simdjson refused
    std::string m_unescaped;
};

}  // namespace snapq::snapshot
