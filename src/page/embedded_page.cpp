#include "page/html_writer.hpp"

// Defined in embedded_page.S.
extern "C" {
extern const char snapq_page_before_data[];
extern const char snapq_page_before_data_end[];
extern const char snapq_page_after_data[];
extern const char snapq_page_after_data_end[];
}

namespace snapq::page {

bool has_embedded_page() {
    return true;
}

std::string_view page_before_data() {
    return {snapq_page_before_data, snapq_page_before_data_end};
}

std::string_view page_after_data() {
    return {snapq_page_after_data, snapq_page_after_data_end};
}

}  // namespace snapq::page
