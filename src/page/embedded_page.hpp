// The page of src/page/web, which the build bundles and embeds into the program.
#pragma once

#include <string_view>

namespace snapq::page {

// False if the program was built with SNAPQ_REPORT=OFF. Both parts are then empty.
[[nodiscard]] bool has_embedded_page();

// The HTML before and after the data blocks, with style, script and the content security policy that allows
// these two by their hashes.
[[nodiscard]] std::string_view page_before_data();
[[nodiscard]] std::string_view page_after_data();

}  // namespace snapq::page
