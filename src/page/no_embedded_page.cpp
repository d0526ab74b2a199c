#include "page/html_writer.hpp"

namespace snapq::page {

bool has_embedded_page() {
    return false;
}

std::string_view page_before_data() {
    return {};
}

std::string_view page_after_data() {
    return {};
}

}  // namespace snapq::page
