#include "analysis/stack_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "analysis/keys.hpp"
#include "frames/frame_class.hpp"
#include "frames/frame_text.hpp"
#include "support/interner.hpp"
#include "support/text.hpp"

namespace snapq::analysis {

ModuleChains::ModuleChains(archive::Database& database, std::size_t depth)
    : m_frames(database, make_frame), m_depth(depth) {}

ModuleChains::Frame ModuleChains::make_frame(std::string_view file, std::int64_t line,
                                             std::string_view function) {
    Frame frame{frames::module_frame_of(file, function, line), {}};
    if (frame.kind != frames::ModuleFrame::ignored)
        frame.call = {std::string(file), frames::stable_function(function)};
    return frame;
}

std::vector<ModuleCall> ModuleChains::of(std::int64_t stack_id) {
    std::vector<frames::ModuleFrame> kinds;
    std::vector<std::int64_t> frame_ids;  // not the names, because stacks may be deep
    m_frames.each(stack_id, [&](std::int64_t frame_id, const Frame& frame) {
        if (frame.kind == frames::ModuleFrame::ignored) return;
        kinds.push_back(frame.kind);
        frame_ids.push_back(frame_id);
    });
    std::ranges::reverse(kinds);
    std::ranges::reverse(frame_ids);
    std::vector<ModuleCall> chain;
    for (const std::size_t place : frames::module_chain(kinds)) {
        if (m_depth != 0 && chain.size() == m_depth) break;
        chain.push_back(m_frames.frame(frame_ids[place]).call);
    }
    return chain;
}

namespace {

constexpr std::size_t k_most_frames = 500;

}  // namespace

std::optional<StackFrames> stack_frames_named(std::string_view name) {
    if (name == "python") return StackFrames::python;
    if (name == "all") return StackFrames::all;
    return std::nullopt;
}

StackFrameReader::StackFrameReader(archive::Database& database, StackFrames frames, std::size_t most_bytes)
    : m_frames(frames), m_room(most_bytes) {
    if (frames == StackFrames::none) return;
    m_cache.emplace(database, [](std::string_view file, std::int64_t line, std::string_view function) {
        const bool is_python = frames::is_python_frame(file, function, line);
        return Frame{is_python ? fmt::format("{}:{} {}", file, line, function) : std::string(function),
                     is_python};
    });
}

std::vector<UntrustedText> StackFrameReader::frames_of(std::optional<std::int64_t> stack_id) {
    std::vector<UntrustedText> frames;
    if (!stack_id || !m_cache) return frames;
    std::size_t room = m_room;
    static_cast<void>(m_cache->any(*stack_id, [&](std::int64_t, const Frame& frame) {
        if (!frame.is_python && m_frames == StackFrames::python) return false;
        const std::size_t bytes = sizeof(std::string) + frame.text.size();
        if (bytes > room) {
            frames.clear();
            room = m_room;
            return true;
        }
        room -= bytes;
        frames.emplace_back(frame.text);
        return frames.size() == k_most_frames;
    }));
    m_room = room;
    return frames;
}

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
