#include "frames/traceback.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "frames/frame_class.hpp"

namespace snapq::frames {
namespace {

bool starts_program(const FrameText& frame) {
    constexpr std::string_view k_starts[] = {"<module>", "_run_module_as_main", "_bootstrap"};
    return std::ranges::find(k_starts, frame.name) != std::end(k_starts);
}

bool is_internal(const FrameText& frame) {
    return role_of_frame(frame.filename, frame.name, frame.line) == FrameRole::internal;
}

}  // namespace

std::optional<FrameText> parse_traceback_entry(std::string_view text) {
    constexpr std::string_view k_file = "File \"";
    constexpr std::string_view k_line = "\", line ";
    constexpr std::string_view k_name = ", in ";
    text = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (!text.starts_with(k_file)) return std::nullopt;
    text.remove_prefix(k_file.size());
    // The last one, because a file name may contain anything.
    const std::size_t file_end = text.rfind(k_line);
    if (file_end == std::string_view::npos) return std::nullopt;
    FrameText frame{text.substr(0, file_end), 0, {}};
    text.remove_prefix(file_end + k_line.size());
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), frame.line);
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    if (parsed.ec != std::errc() || !text.starts_with(k_name)) return std::nullopt;
    frame.name = text.substr(k_name.size());
    return frame;
}

bool begins_with_outermost(std::span<const FrameText> stack) {
    if (stack.size() < 2) return false;
    const FrameText& first = stack.front();
    const FrameText& last = stack.back();
    if (starts_program(first) != starts_program(last)) return starts_program(first);
    return is_internal(last) && !is_internal(first);
}

}  // namespace snapq::frames
