// The frames of the stacks of an archive, each read once, in the form that a question needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "archive/sqlite/database.hpp"
#include "support/error.hpp"

namespace snapq::analysis {

// Frame: what `make` keeps of a frame. Memory is bounded, because an archive may have any number of frames;
// real ones have a few thousand. Use it in one thread.
template <typename Frame>
class FrameCache {
public:
    // `file` and `function` are abbreviated and valid during the call. `line`: -1 if it is not known.
    using Make = std::function<Frame(std::string_view file, std::int64_t line, std::string_view function)>;

    FrameCache(archive::Database& database, Make make)
        : m_make(std::move(make)),
          m_frame(database.prepare(
              "SELECT abbreviate(filename), line, abbreviate(name) FROM frames WHERE frame_id = ?1")),
          m_ids(database.prepare("SELECT frame_id FROM stack_frames WHERE stack_id = ?1 ORDER BY depth")) {}

    // Calls `use(frame_id, frame)` with each frame of a stack, innermost first. The frame is valid during the
    // call. Throws InputError for a damaged archive.
    template <typename Use>
    void each(std::int64_t stack_id, Use&& use) {
        m_ids.reset();
        m_ids.bind(1, stack_id);
        while (m_ids.next()) use(m_ids.integer(0), frame(m_ids.integer(0)));
    }

    // Valid until the next call of this object.
    [[nodiscard]] const Frame& frame(std::int64_t frame_id) {
        const auto found = m_frames.find(frame_id);
        if (found != m_frames.end()) return found->second;
        m_frame.reset();
        m_frame.bind(1, frame_id);
        if (!m_frame.next()) throw InputError("table stack_frames: it names a frame that is not there");
        Frame made = m_make(m_frame.text(0), m_frame.integer(1), m_frame.text(2));
        m_frame.reset();  // frees names that may be long
        if (m_frames.size() == k_most_frames) m_frames.clear();
        return m_frames.emplace(frame_id, std::move(made)).first->second;
    }

private:
    static constexpr std::size_t k_most_frames = 3072;  // each takes a few hundred bytes

    Make m_make;
    std::unordered_map<std::int64_t, Frame> m_frames;  // by frame_id
    archive::Query m_frame;
    archive::Query m_ids;
};

}  // namespace snapq::analysis
