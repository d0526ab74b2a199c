#include "analysis/module_chains.hpp"

#include <algorithm>

#include "frames/frame_text.hpp"

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

}  // namespace snapq::analysis
