#include "analysis/callstack_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "support/abbreviate.hpp"
#include "support/interner.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

struct Frame {
    std::string_view file;
    std::int64_t line = 0;
    std::string_view function;
};

// The first ":DIGITS:" ends the file; "C:" of Windows has no digits behind it.
std::optional<Frame> parse_frame(std::string_view text) {
    const std::size_t begin = text.starts_with('(') ? std::min(text.find(") ") + 2, text.size()) : 0;
    for (std::size_t colon = text.find(':', begin); colon != std::string_view::npos;
         colon = text.find(':', colon + 1)) {
        std::size_t end = colon + 1;
        while (end < text.size() && is_digit(text[end])) ++end;
        if (end == colon + 1 || end >= text.size() || text[end] != ':') continue;
        Frame frame{text.substr(begin, colon - begin), 0, text.substr(end + 1)};
        std::from_chars(text.data() + colon + 1, text.data() + end, frame.line);
        return frame;
    }
    return std::nullopt;
}

bool is_program_code(std::string_view file) {
    static constexpr std::array k_foreign{"/torch/", "\\torch\\",      "/lib/python3",
                                          "\\lib\\", "torchinductor_", "/einops/"};
    if (!file.ends_with(".py")) return false;
    return std::ranges::none_of(
        k_foreign, [file](std::string_view part) { return file.find(part) != std::string_view::npos; });
}

std::optional<Frame> site_of(std::string_view callstack) {
    while (!callstack.empty()) {
        const std::size_t end = std::min(callstack.find('\n'), callstack.size());
        const std::optional<Frame> frame = parse_frame(callstack.substr(0, end));
        if (frame && is_program_code(frame->file)) return frame;
        callstack.remove_prefix(std::min(end + 1, callstack.size()));
    }
    return std::nullopt;
}

}  // namespace

report::Key callstack_key(std::string_view callstack, KeyKind by) {
    report::Key key;
    const std::optional<Frame> site = site_of(callstack);
    if (!site) {
        key.key = key.label = callstack.empty() ? k_no_stack : "[no frame]";
    } else {
        const std::string file = abbreviate(site->file);
        const std::string function = abbreviate(site->function);
        key.file = file;
        if (by != KeyKind::file) key.function = function;
        const std::string path = short_path(file);
        if (by == KeyKind::file) {
            key.key = file;
            key.label = path;
        } else if (by == KeyKind::function) {
            key.key = fmt::format("{} {}", file, function);
            key.label = fmt::format("{} {}", path, function);
        } else {
            key.line = site->line;
            key.key = fmt::format("{}:{} {}", file, site->line, function);
            key.label = fmt::format("{}:{} {}", path, site->line, function);
        }
    }
    if (by == KeyKind::stack && !callstack.empty()) key.key = fmt::format("{:016x}", hash_bytes(callstack));
    return key;
}

}  // namespace snapq::analysis
