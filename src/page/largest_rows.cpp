#include "page/largest_rows.hpp"

#include "json/writer.hpp"

namespace snapq::page {

std::string LargestRows::take_json() {
    std::string text;
    json::JsonWriter json(text);
    json.begin_array();
    for (; !m_rows.empty(); m_rows.pop()) json.value(m_rows.top().idx);
    json.end_array();
    return text;
}

}  // namespace snapq::page
