#include "analysis/diff_stacks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "snapq/analysis/keys.hpp"
#include "snapq/support/brief.hpp"
#include "snapq/support/error.hpp"

namespace snapq::analysis {
namespace {

constexpr std::size_t k_named_callers = 3;

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

}  // namespace

StackTexts::StackTexts(archive::Database& database, const StableFiles& files)
    : m_frames_of_stack(
          database.prepare("SELECT frame_id FROM stack_frames WHERE stack_id = ?1 ORDER BY depth")) {
    archive::Query rows =
        database.prepare("SELECT frame_id, brief(filename), line, brief(name) FROM frames ORDER BY frame_id");
    while (rows.next()) {
        // A hostile archive may name any id; ours count from 0.
        if (rows.integer(0) != static_cast<std::int64_t>(m_frames.size())) {
            throw InputError("table frames: the ids are not dense");
        }
        Frame frame;
        frame.python = is_python_frame(rows.text(1), rows.text(3));
        if (frame.python) {
            frame.file = rows.text(1);
            frame.line = rows.integer(2);
            frame.function = rows.text(3);
            frame.hash = hash_of(files(frame.file) + '\0' + stable_function(frame.function));
        }
        m_frames.push_back(std::move(frame));
    }
}

std::optional<PythonStack> StackTexts::python_stack(std::int64_t stack_id, const report::Key& site) {
    m_frames_of_stack.reset();
    m_frames_of_stack.bind(1, stack_id);
    std::vector<const Frame*> python;
    PythonStack stack;
    stack.hash = k_hash_start;
    while (m_frames_of_stack.next()) {
        const auto id = static_cast<std::uint64_t>(m_frames_of_stack.integer(0));
        if (id >= m_frames.size()) throw InputError("table stack_frames: it names a frame that is not there");
        const Frame& frame = m_frames[id];
        if (!frame.python) continue;
        python.push_back(&frame);
        stack.hash = chain(stack.hash, frame.hash);
    }
    if (python.empty()) return std::nullopt;
    stack.callers = callers_of(python, site);
    return stack;
}

std::string StackTexts::callers_of(const std::vector<const Frame*>& python, const report::Key& site) {
    const auto is_site = [&](const Frame* frame) {
        return frame->file == site.file && frame->function == site.function && frame->line == site.line;
    };
    auto at = std::ranges::find_if(python, is_site);
    std::string text;
    std::size_t named = 0;
    for (at = at == python.end() ? python.begin() : at + 1; at != python.end(); ++at) {
        if (is_plumbing((*at)->file)) continue;
        if (named++ == k_named_callers) return text + " < …";
        text += fmt::format(" < {}:{} {}", base_name((*at)->file), (*at)->line, (*at)->function);
    }
    return text;
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
        const std::string file = files(brief(frame->file));
        const std::string function = stable_function(brief(frame->function));
        if (part.key.empty()) {
            part.key = fmt::format("{} {}", file, function);
            part.label = fmt::format("{}:{} {}", short_path(brief(frame->file)), brief(frame->line),
                                     brief(frame->function));
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
