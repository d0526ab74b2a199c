// Three readers of the frames of stacks: a cache for any question, calls of modules, and text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "archive/sqlite/database.hpp"
#include "frames/stack_class.hpp"
#include "support/error.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::analysis {

// The frames of the stacks of an archive, each read once, in the form that a question needs.
//
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
        static_cast<void>(any(stack_id, [&](std::int64_t frame_id, const Frame& frame) {
            use(frame_id, frame);
            return false;
        }));
    }
    // The same, but it ends at the first frame for which `use` returns true, and returns whether there was
    // one.
    template <typename Use>
    bool any(std::int64_t stack_id, Use&& use) {
        m_ids.reset();
        m_ids.bind(1, stack_id);
        while (m_ids.next()) {
            if (use(m_ids.integer(0), frame(m_ids.integer(0)))) return true;
        }
        return false;
    }

    // Valid until the next call of this object.
    [[nodiscard]] const Frame& frame(std::int64_t frame_id) {
        const Frame* found = find(frame_id);
        if (found == nullptr) throw InputError("table stack_frames: it names a frame that is not there");
        return *found;
    }
    // The same; null if table `frames` does not have it.
    [[nodiscard]] const Frame* find(std::int64_t frame_id) {
        const auto found = m_frames.find(frame_id);
        if (found != m_frames.end()) return &found->second;
        m_frame.reset();
        m_frame.bind(1, frame_id);
        if (!m_frame.next()) return nullptr;
        Frame made = m_make(m_frame.text(0), m_frame.integer(1), m_frame.text(2));
        m_frame.reset();  // frees names that may be long
        if (m_frames.size() == k_most_frames) m_frames.clear();
        return &m_frames.emplace(frame_id, std::move(made)).first->second;
    }

private:
    static constexpr std::size_t k_most_frames = 3072;  // each takes a few hundred bytes

    Make m_make;
    std::unordered_map<std::int64_t, Frame> m_frames;  // by frame_id
    archive::Query m_frame;
    archive::Query m_ids;
};

// The modules (torch.nn.Module) that were running in the stacks of an archive, for `--by module`.
//
// A frame that is the call of a module: "attention.py:Attention.forward".
struct ModuleCall {
    std::string file;      // the whole path
    std::string function;  // without the parts that torch.compile adds
};

// Use it in one thread. `database` must outlive it.
class ModuleChains {
public:
    // `depth`: a chain has at most so many calls, the outermost ones; 0: all.
    ModuleChains(archive::Database& database, std::size_t depth);

    // The calls of modules in a stack, outermost first; empty: the stack is outside any module. Throws
    // InputError for a damaged archive.
    [[nodiscard]] std::vector<ModuleCall> of(std::int64_t stack_id);

private:
    struct Frame {
        frames::ModuleFrame kind = frames::ModuleFrame::ignored;
        ModuleCall call;  // only where the frame can be the call of a module
    };
    [[nodiscard]] static Frame make_frame(std::string_view file, std::int64_t line,
                                          std::string_view function);

    FrameCache<Frame> m_frames;
    std::size_t m_depth;
};

// The frames of whole stacks, for users who want to see which calls led to a row.
//
// In `--stacks`: which frames are shown.
enum class StackFrames : std::uint8_t { none, python, all };

// "python" or "all".
[[nodiscard]] std::optional<StackFrames> stack_frames_named(std::string_view name);

// Reads stacks of one archive of snapq. Use it in one thread.
class StackFrameReader {
public:
    // `most_bytes`: of the frames of all stacks together; a stack that does not fit is left out.
    StackFrameReader(archive::Database& database, StackFrames frames,
                     std::size_t most_bytes = std::size_t{4} << 20U);

    // "/home/ada/model.py:7 forward", innermost first; a C++ frame is its function. Empty if the stack is not
    // known, if no frame of that kind is in it, or if it does not fit.
    [[nodiscard]] std::vector<UntrustedText> frames_of(std::optional<std::int64_t> stack_id);

private:
    StackFrames m_frames;
    struct Frame {
        std::string text;
        bool is_python = false;
    };

    std::size_t m_room;                        // bytes
    std::optional<FrameCache<Frame>> m_cache;  // empty: no frames are wanted
};

}  // namespace snapq::analysis
