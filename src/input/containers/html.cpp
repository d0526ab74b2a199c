// The HTML pages of PyTorch's viewer.
#include <memory>
#include <utility>

#include "input/container.hpp"
#include "input/html_source.hpp"
#include "input/sniff.hpp"

namespace snapq::input {
namespace {

// Any page. If it has no snapshot, the error says which kind of page it is.
bool begins_html(std::string_view head) {
    return first_text_byte(head) == '<';
}

Unpacked open_html(Packed packed) {
    return {std::make_unique<HtmlSource>(std::move(packed.window), std::move(packed.context))};
}

}  // namespace

extern const Container k_html;
const Container k_html{"html", begins_html, open_html};

}  // namespace snapq::input
