#include "snapshot/json_dom.hpp"

#include <simdjson.h>

#include "support/error.hpp"

namespace snapq::snapshot {
namespace {

namespace dom = simdjson::dom;
using pickle::Value;

// A trace entry is nested 3 levels deep, and 5 levels with the lists around it.
constexpr std::size_t k_deepest_array = 32;

// The parser limits the depth of the recursion.
void add_element(const dom::element& element, std::uint64_t offset, JsonValues& to) {
    switch (element.type()) {
        case dom::element_type::NULL_VALUE: return to.add(Value::none());
        case dom::element_type::BOOL: return to.add(Value::boolean(bool(element)));
        case dom::element_type::INT64: return to.add(Value::integer(std::int64_t(element)));
        case dom::element_type::UINT64: return to.add(Value::natural(std::uint64_t(element)));
        case dom::element_type::DOUBLE: return to.add(Value::real(double(element)));
        case dom::element_type::STRING: return to.text(std::string_view(element));
        case dom::element_type::ARRAY:
            to.open_array(offset);
            for (const dom::element item : dom::array(element)) {
                add_element(item, offset, to);
                to.hand_over_ready(offset);
            }
            return to.close(offset);
        case dom::element_type::OBJECT:
            to.open_object(offset);
            for (const dom::key_value_pair pair : dom::object(element)) {
                to.text(pair.key);
                add_element(pair.value, offset, to);
            }
            return to.close(offset);
    }
}

}  // namespace

struct JsonDom::Parser {
    dom::parser parser{k_longest_array};
};

JsonDom::JsonDom() : m_parser(std::make_unique<Parser>()) {
    if (m_parser->parser.allocate(k_longest_array, k_deepest_array) != simdjson::SUCCESS) {
        throw SystemError("not enough memory for the JSON parser");
    }
}

JsonDom::~JsonDom() = default;

bool JsonDom::add(std::string_view array, std::uint64_t offset, JsonValues& to) {
    dom::element root;
    // `false`: the bytes after the array are readable, so simdjson need not copy it.
    if (m_parser->parser.parse(array.data(), array.size(), false).get(root) != simdjson::SUCCESS)
        return false;
    add_element(root, offset, to);
    return true;
}

}  // namespace snapq::snapshot
