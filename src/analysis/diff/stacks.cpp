#include "analysis/diff/stacks.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "analysis/keys.hpp"
#include "frames/frame_path.hpp"
#include "frames/frame_text.hpp"
#include "frames/stack_class.hpp"
#include "support/abbreviate.hpp"
#include "support/error.hpp"

namespace snapq::analysis {
namespace {

using frames::FrameRole;

constexpr std::size_t k_named_callers = 3;
// Each takes a few hundred bytes.
constexpr std::size_t k_most_frames = 4096;

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
    : m_files(files),
      m_frame(database.prepare(
          "SELECT abbreviate(filename), line, abbreviate(name) FROM frames WHERE frame_id = ?1")),
      m_frames_of_stack(
          database.prepare("SELECT frame_id FROM stack_frames WHERE stack_id = ?1 ORDER BY depth")) {}

const StackTexts::Frame& StackTexts::frame(std::int64_t frame_id) {
    const auto found = m_frames.find(frame_id);
    if (found != m_frames.end()) return found->second;
    m_frame.reset();
    m_frame.bind(1, frame_id);
    if (!m_frame.next()) throw InputError("table stack_frames: it names a frame that is not there");
    Frame frame;
    frame.role = frames::role_of_frame(m_frame.text(0), m_frame.text(2), m_frame.integer(1));
    if (frame.role != FrameRole::cpp) {
        frame.file = m_frame.text(0);
        frame.line = m_frame.integer(1);
        frame.function = m_frame.text(2);
        frame.hash = hash_of_frame(m_files(frame.file), frames::stable_function(frame.function));
    }
    m_frame.reset();  // frees names that may be long
    if (m_frames.size() == k_most_frames) m_frames.clear();
    return m_frames.emplace(frame_id, std::move(frame)).first->second;
}

std::optional<PythonStack> StackTexts::python_stack(std::int64_t stack_id, const report::Key& site) {
    m_frames_of_stack.reset();
    m_frames_of_stack.bind(1, stack_id);
    PythonStack stack;
    frames::Fnv1a hash;
    CallerText all;  // used if the site is none of the frames
    CallerText behind_site;
    bool is_python = false;
    bool met_site = false;
    while (m_frames_of_stack.next()) {
        const Frame& each = frame(m_frames_of_stack.integer(0));
        if (each.role == FrameRole::cpp) continue;
        is_python = true;
        add_frame_hash(hash, each.hash);
        if (each.role != FrameRole::internal) {
            (met_site ? behind_site : all).add(each.file, each.line, each.function);
        }
        if (!met_site) {
            met_site = each.file == site.file && each.function == site.function && each.line == site.line;
        }
    }
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
