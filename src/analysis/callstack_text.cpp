#include "analysis/keys.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "frames/frame_class.hpp"
#include "frames/frame_text.hpp"
#include "support/interner.hpp"
#include "support/text.hpp"

namespace snapq::analysis {
namespace {

using frames::FrameRole;
using frames::FrameText;

// Removes what it has read from the front of `callstack`. `least`: FrameRole::package for the site,
// FrameRole::user for the user frame.
std::optional<FrameText> innermost_frame(std::string_view& callstack, FrameRole least) {
    while (const auto frame = frames::next_frame(callstack)) {
        if (frames::role_of_frame(frame->filename, frame->name, frame->line) >= least) return frame;
    }
    return std::nullopt;
}

// Adds the next frames outwards, as StackKeys does.
void add_callers(std::string_view rest, FrameRole least, std::size_t site_depth, report::Key& key) {
    for (std::size_t depth = 1; depth < site_depth; ++depth) {
        const auto frame = innermost_frame(rest, least);
        if (!frame) return;
        const std::string file = abbreviate(frame->filename);
        const std::string place = fmt::format(":{} {}", frame->line, abbreviate(frame->name));
        key.key += " < " + file + place;
        key.label += " < " + short_path(file) + place;
    }
}

}  // namespace

report::Key callstack_key(std::string_view callstack, KeyKind by, std::size_t site_depth) {
    report::Key key;
    FrameRole least = by == KeyKind::user_frame ? FrameRole::user : FrameRole::package;
    std::string_view rest = callstack;
    std::optional<FrameText> site = innermost_frame(rest, least);
    if (!site) {
        least = FrameRole::package;
        rest = callstack;
        site = innermost_frame(rest, least);
    }
    if (!site) {
        key.key = key.label = callstack.empty() ? k_no_stack : "[no frame]";
    } else {
        const std::string file = abbreviate(site->filename);
        const std::string function = abbreviate(site->name);
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
        if (has_site_depth(by)) add_callers(rest, least, site_depth, key);
    }
    if (by == KeyKind::stack && !callstack.empty()) key.key = fmt::format("{:016x}", hash_bytes(callstack));
    return key;
}

}  // namespace snapq::analysis
