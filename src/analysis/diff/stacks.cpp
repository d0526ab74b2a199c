#include "analysis/diff/stacks.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "analysis/keys.hpp"
#include "frames/frame_text.hpp"
#include "frames/stack_class.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

namespace snapq::analysis {
namespace {

using frames::FrameRole;

constexpr std::size_t k_named_callers = 3;

std::uint64_t hash_of_frame(std::string_view file, std::string_view function) {
    frames::Fnv1a hash;
    hash.add(file);
    hash.add(std::string_view("\0", 1));
    hash.add(function);
    return hash.value();
}

void add_frame_hash(frames::Fnv1a& stack, std::uint64_t frame) {
    stack.add(fmt::format("{:x},", frame));
}

// The first few callers, innermost first: " < model.py:7 forward < train.py:9 main < …"
class CallerText {
public:
    void add(std::string_view file, std::int64_t line, std::string_view function) {
        if (m_named > k_named_callers) return;
        m_text += m_named++ == k_named_callers
                      ? std::string(" < …")
                      : fmt::format(" < {}:{} {}", frames::base_name(file), line, function);
    }
    [[nodiscard]] const std::string& text() const { return m_text; }

private:
    std::string m_text;
    std::size_t m_named = 0;
};

}  // namespace

StackTexts::StackTexts(archive::Database& database, const StableFiles& files)
    : m_frames(database, [&files](std::string_view file, std::int64_t line, std::string_view function) {
          return make_frame(file, line, function, files);
      }) {}

StackTexts::Frame StackTexts::make_frame(std::string_view file, std::int64_t line, std::string_view function,
                                         const StableFiles& files) {
    Frame frame;
    frame.role = frames::role_of_frame(file, function, line);
    if (frame.role == FrameRole::cpp) return frame;
    frame.file = file;
    frame.line = line;
    frame.function = function;
    frame.hash = hash_of_frame(files(frame.file), frames::stable_function(frame.function));
    return frame;
}

std::optional<PythonStack> StackTexts::python_stack(std::int64_t stack_id, const report::Key& site) {
    PythonStack stack;
    frames::Fnv1a hash;
    CallerText all;  // used if the site is none of the frames
    CallerText behind_site;
    bool is_python = false;
    bool met_site = false;
    m_frames.each(stack_id, [&](std::int64_t, const Frame& each) {
        if (each.role == FrameRole::cpp) return;
        is_python = true;
        add_frame_hash(hash, each.hash);
        if (each.role != FrameRole::internal) {
            (met_site ? behind_site : all).add(each.file, each.line, each.function);
        }
        if (!met_site) {
            met_site = each.file == site.file && each.function == site.function && each.line == site.line;
        }
    });
    if (!is_python) return std::nullopt;
    stack.hash = hash.value();
    stack.callers = met_site ? behind_site.text() : all.text();
    return stack;
}

SidePart name_of_stack_text(std::string_view callstack, bool exact, const StableFiles& files) {
    frames::Fnv1a hash;
    if (exact) hash.add(callstack);
    SidePart part;
    bool met_site = false;
    std::string_view rest = callstack;
    while (const auto frame = frames::next_frame(rest)) {
        const FrameRole role = frames::role_of_frame(frame->filename, frame->name, frame->line);
        if (role == FrameRole::cpp) continue;
        const std::string file = files(abbreviate(frame->filename));
        const std::string function = frames::stable_function(abbreviate(frame->name));
        const bool is_site = !met_site && role != FrameRole::internal;
        if (is_site || part.key.empty()) {
            part.key = fmt::format("{} {}", file, function);
            part.label = fmt::format("{}:{} {}", short_path(abbreviate(frame->filename)), frame->line,
                                     abbreviate(frame->name));
        }
        met_site = met_site || is_site;
        if (!exact) add_frame_hash(hash, hash_of_frame(file, function));
    }
    if (part.key.empty()) part.key = part.label = callstack.empty() ? "[no stack]" : "[no Python frame]";
    if (callstack.empty()) return part;
    if (!exact) part.fallback = part.key;
    part.key += fmt::format(" #{:016x}", hash.value());
    return part;
}

}  // namespace snapq::analysis
