#include "page/html_writer.hpp"

#include <fmt/format.h>

#include "page/base64.hpp"
#include "page/embedded_page.hpp"

namespace snapq::page {

HtmlWriter::HtmlWriter(ByteSink& to) : m_to(to) {
    write(page_before_data());
}

void HtmlWriter::add_block(std::string_view id, std::string_view deflated) {
    write(fmt::format("<script type=\"application/octet-stream\" id=\"{}\">", id));
    write(base64(deflated));
    write("</script>\n");
}

void HtmlWriter::finish() {
    write(page_after_data());
}

void HtmlWriter::write(std::string_view bytes) {
    m_to.write(bytes);
    m_written += bytes.size();
}

}  // namespace snapq::page
