// Writes the HTML file: the page that the build embedded, with data blocks in the middle.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "support/bytes.hpp"

namespace snapq::page {

// A data block is `<script type="application/octet-stream" id="ID">BASE64</script>`, which browsers neither
// run nor show. Only base64 and the ids of this program become a part of the HTML, so no text of a file can.
class HtmlWriter {
public:
    // Writes everything before the data. `to` must outlive the object.
    explicit HtmlWriter(ByteSink& to);

    // `id`: letters, digits and hyphens, a different one for each block. `deflated` is a raw deflate stream.
    void add_block(std::string_view id, std::string_view deflated);
    // Writes everything after the data.
    void finish();

    // Bytes of the file so far.
    [[nodiscard]] std::uint64_t written() const { return m_written; }

private:
    void write(std::string_view bytes);

    ByteSink& m_to;
    std::uint64_t m_written = 0;
};

}  // namespace snapq::page
