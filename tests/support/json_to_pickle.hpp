// Converts a JSON text to a pickle of the same value, in the style of a chosen pickler.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <unordered_map>

#include "support/pickle_builder.hpp"

namespace snapq::tests {

enum class Pickler {
    cpython_0,  // lines of text; dicts and lists are created empty, then filled item by item
    cpython_4,  // batches of 1000, containers memoized before they are filled
    cpp,        // one group for each container, memoized after its end; text memoized by content
};

class JsonToPickle {
public:
    explicit JsonToPickle(Pickler pickler) : m_pickler(pickler) {}

    [[nodiscard]] std::string convert(std::string_view json) {
        simdjson::dom::parser parser;
        const simdjson::dom::element root = parser.parse(simdjson::padded_string(json));
        if (m_pickler == Pickler::cpython_4) m_to.proto(4);
        if (m_pickler == Pickler::cpp) m_to.proto(2);
        write(root);
        return m_to.stop().bytes();
    }

private:
    using Type = simdjson::dom::element_type;

    void write(const simdjson::dom::element& element) {
        switch (element.type()) {
            case Type::NULL_VALUE: m_to.none(); break;
            case Type::BOOL: write(bool(element)); break;
            case Type::INT64: write(std::int64_t(element)); break;
            case Type::UINT64: write_natural(std::uint64_t(element)); break;
            case Type::DOUBLE: write(double(element)); break;
            case Type::STRING: write(std::string_view(element)); break;
            case Type::ARRAY: write(simdjson::dom::array(element)); break;
            case Type::OBJECT: write(simdjson::dom::object(element)); break;
        }
    }

    void write(bool value) {
        m_pickler == Pickler::cpython_0 ? m_to.int_line(value ? "01" : "00") : m_to.boolean(value);
    }
    void write(std::int64_t value) {
        m_pickler == Pickler::cpython_0 ? m_to.long_line(std::to_string(value) + "L") : m_to.number(value);
    }
    void write_natural(std::uint64_t value) {
        std::string bytes;
        for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
        m_pickler == Pickler::cpython_0 ? m_to.long_line(std::to_string(value) + "L")
                                        : m_to.long1(bytes + '\0');
    }
    void write(double value) {
        m_pickler == Pickler::cpython_0 ? m_to.float_line(fmt::format("{:#}", value)) : m_to.binfloat(value);
    }

    void write(std::string_view text) {
        const auto known = m_texts.find(std::string(text));
        if (known != m_texts.end()) {
            fetch(known->second);
            return;
        }
        if (m_pickler == Pickler::cpython_0) m_to.unicode_line(escaped(text));
        if (m_pickler == Pickler::cpython_4) m_to.text(text);
        if (m_pickler == Pickler::cpp) m_to.binunicode(text);
        m_texts.emplace(text, store());
    }

    // Escapes the characters that end a line or begin an escape, as Python does. The text must be ASCII.
    static std::string escaped(std::string_view text) {
        std::string made;
        for (const char c : text) made += c == '\n' ? "\\u000a" : c == '\\' ? "\\u005c" : std::string(1, c);
        return made;
    }

    void write(const simdjson::dom::array& array) {
        if (m_pickler == Pickler::cpython_0) {
            m_to.mark().list();
            store();
            for (const auto item : array) write(item), m_to.append();
        } else if (m_pickler == Pickler::cpp) {
            m_to.empty_list().mark();
            for (const auto item : array) write(item);
            m_to.appends();
            store();
        } else {
            m_to.empty_list();
            store();
            group(array, Opcode::APPENDS);
        }
    }

    void write(const simdjson::dom::object& object) {
        if (m_pickler == Pickler::cpython_0) {
            m_to.mark().dict();
            store();
            for (const auto pair : object) write(pair.key), write(pair.value), m_to.setitem();
        } else if (m_pickler == Pickler::cpp) {
            m_to.empty_dict().mark();
            for (const auto pair : object) write(pair.key), write(pair.value);
            m_to.setitems();
            store();
        } else {
            m_to.empty_dict();
            store();
            group(object, Opcode::SETITEMS);
        }
    }

    using Opcode = PickleBuilder::Opcode;
    void write(const simdjson::dom::key_value_pair& pair) { write(pair.key), write(pair.value); }

    // Writes the items in groups of 1000, as CPython does. A single remaining item is written without a
    // group.
    template <typename Container>
    void group(const Container& container, Opcode close) {
        const std::size_t size = container.size();
        std::size_t at = 0;
        for (const auto item : container) {
            const bool is_alone = at % 1000 == 0 && at + 1 == size;
            if (at % 1000 == 0 && !is_alone) m_to.mark();
            write(item);
            ++at;
            if (is_alone) {
                m_to.op(close == Opcode::APPENDS ? Opcode::APPEND : Opcode::SETITEM);
            } else if (at % 1000 == 0 || at == size) {
                m_to.op(close);
            }
        }
    }

    std::uint32_t store() {
        if (m_pickler == Pickler::cpython_0) m_to.put(std::to_string(m_next));
        if (m_pickler == Pickler::cpython_4) m_to.memoize();
        if (m_pickler == Pickler::cpp) m_next < 256 ? m_to.binput(m_next) : m_to.long_binput(m_next);
        return m_next++;
    }
    void fetch(std::uint32_t index) {
        if (m_pickler == Pickler::cpython_0) {
            m_to.get(std::to_string(index));
        } else if (index < 256) {
            m_to.binget(index);
        } else {
            m_to.long_binget(index);
        }
    }

    Pickler m_pickler;
    PickleBuilder m_to;
    std::uint32_t m_next = 0;
    std::unordered_map<std::string, std::uint32_t> m_texts;
};

}  // namespace snapq::tests
