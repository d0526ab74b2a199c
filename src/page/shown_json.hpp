// Changes the paths in the texts of JSON.
#pragma once

#include <string>
#include <string_view>

#include "analysis/file_names.hpp"

namespace snapq::page {

// `json` is a part of what json::JsonWriter writes, with complete texts. Member names are texts, too.
[[nodiscard]] std::string with_shown_names(std::string_view json, const analysis::ShownNames& names);

}  // namespace snapq::page
