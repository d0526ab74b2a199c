// Text for man(7), the language of manual pages.
#pragma once

#include <string>
#include <string_view>

namespace snapq::commands {

// UTF-8 text that a page shows as it is, also in an argument of a macro. What roff would take for an escape,
// a request or another character is escaped; characters beyond ASCII become \[uXXXX]. Line feeds are kept,
// and each line may be the beginning of a line of the page.
[[nodiscard]] std::string roff(std::string_view text);

}  // namespace snapq::commands
