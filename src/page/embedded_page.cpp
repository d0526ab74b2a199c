#include "page/html_writer.hpp"

#include <string>

#include "io/codecs.hpp"

// Compressed with zstd. Defined in embedded_page.S.
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
    static const std::string text = io::unpack_zstd({snapq_page_before_data, snapq_page_before_data_end});
    return text;
}

std::string_view page_after_data() {
    static const std::string text = io::unpack_zstd({snapq_page_after_data, snapq_page_after_data_end});
    return text;
}

}  // namespace snapq::page
