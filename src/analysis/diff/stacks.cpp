#include "analysis/diff/stacks.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "analysis/keys.hpp"
#include "support/abbreviate.hpp"
#include "support/error.hpp"

namespace snapq::analysis {
namespace {

constexpr std::size_t k_named_callers = 3;
// Some hundred bytes each.
constexpr std::size_t k_most_frames = 4096;

// 64-bit FNV-1a.
constexpr std::uint64_t k_hash_start = 0xcbf29ce484222325;
std::uint64_t hash_of(std::string_view text, std::uint64_t hash = k_hash_start) {
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3;
    }
    return hash;
}

std::uint64_t chain(std::uint64_t stack, std::uint64_t frame) {
    return hash_of(fmt::format("{:x},", frame), stack);
}

struct TextFrame {
    std::string_view file;
    std::string_view line;
    std::string_view function;
};

// "(3) /home/ada/model.py:7:forward", with or without the number in front. Names of C++ functions hold
// colons, and so do Windows paths: only ".py:" tells where the file ends.
std::optional<TextFrame> python_frame_in(std::string_view text) {
    constexpr std::string_view k_end_of_file = ".py:";
    const std::size_t dot = text.find(k_end_of_file);
    if (dot == std::string_view::npos) return std::nullopt;
    const std::size_t line = dot + k_end_of_file.size();
    const std::size_t colon = text.find(':', line);
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view file = text.substr(0, line - 1);
    const std::size_t number_end = file.find(") ");
    if (file.starts_with('(') && number_end != std::string_view::npos) file.remove_prefix(number_end + 2);
    return TextFrame{file, text.substr(line, colon - line), text.substr(colon + 1)};
}

std::string_view base_name(std::string_view file) {
    return file.substr(file.find_last_of("/\\") + 1);
}

// Only for what people read: Module.__call__ and the like say nothing about who called.
bool is_plumbing(std::string_view file) {
    return file.find("/torch/") != std::string_view::npos || file.find("\\torch\\") != std::string_view::npos;
}

// The first few callers, innermost first: " < model.py:7 forward < train.py:9 main < …"
class CallerText {
public:
    void add(std::string_view file, std::int64_t line, std::string_view function) {
        if (m_named > k_named_callers || is_plumbing(file)) return;
        m_text += m_named++ == k_named_callers ? std::string(" < …")
                                               : fmt::format(" < {}:{} {}", base_name(file), line, function);
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
    frame.python = is_python_frame(m_frame.text(0), m_frame.text(2));
    if (frame.python) {
        frame.file = m_frame.text(0);
        frame.line = m_frame.integer(1);
        frame.function = m_frame.text(2);
        frame.hash = hash_of(m_files(frame.file) + '\0' + stable_function(frame.function));
    }
    m_frame.reset();  // lets go of names that may be long
    if (m_frames.size() == k_most_frames) m_frames.clear();
    return m_frames.emplace(frame_id, std::move(frame)).first->second;
}

std::optional<PythonStack> StackTexts::python_stack(std::int64_t stack_id, const report::Key& site) {
    m_frames_of_stack.reset();
    m_frames_of_stack.bind(1, stack_id);
    PythonStack stack;
    stack.hash = k_hash_start;
    CallerText all;  // where the site is none of the frames
    CallerText behind_site;
    bool is_python = false;
    bool met_site = false;
    while (m_frames_of_stack.next()) {
        const Frame& each = frame(m_frames_of_stack.integer(0));
        if (!each.python) continue;
        is_python = true;
        stack.hash = chain(stack.hash, each.hash);
        if (met_site) {
            behind_site.add(each.file, each.line, each.function);
        } else {
            all.add(each.file, each.line, each.function);
            met_site = each.file == site.file && each.function == site.function && each.line == site.line;
        }
    }
    if (!is_python) return std::nullopt;
    stack.callers = met_site ? behind_site.text() : all.text();
    return stack;
}

SidePart name_of_stack_text(std::string_view callstack, bool exact, const StableFiles& files) {
    std::uint64_t hash = exact ? hash_of(callstack) : k_hash_start;
    SidePart part;
    std::string_view rest = callstack;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        const auto frame = python_frame_in(rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        if (!frame) continue;
        const std::string file = files(abbreviate(frame->file));
        const std::string function = stable_function(abbreviate(frame->function));
        if (part.key.empty()) {
            part.key = fmt::format("{} {}", file, function);
            part.label = fmt::format("{}:{} {}", short_path(abbreviate(frame->file)), abbreviate(frame->line),
                                     abbreviate(frame->function));
        }
        if (!exact) hash = chain(hash, hash_of(fmt::format("{}{}{}", file, '\0', function)));
    }
    if (part.key.empty()) part.key = part.label = callstack.empty() ? "[no stack]" : "[no Python frame]";
    if (callstack.empty()) return part;
    if (!exact) part.fallback = part.key;
    part.key += fmt::format(" #{:016x}", hash);
    return part;
}

}  // namespace snapq::analysis
