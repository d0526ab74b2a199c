// Reads the memory of one side at a moment, for each stack, with the keys by which diff compares. Whole
// stacks are compared by the files and functions of their Python frames, without line numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/diff/diff.hpp"
#include "analysis/diff/match.hpp"
#include "analysis/file_names.hpp"
#include "analysis/live_rows.hpp"
#include "analysis/stack_frames.hpp"
#include "archive/sqlite/database.hpp"
#include "frames/frame_class.hpp"
#include "report/live_rows.hpp"

namespace snapq::analysis {

struct PythonStack {
    std::uint64_t hash = 0;  // of file and function of each Python frame: the same in every archive
    std::string callers;  // who called the site, innermost first: " < model.py:7 forward < train.py:9 main"
};

// Use it in one thread.
class StackTexts {
public:
    // Both must outlive it.
    StackTexts(archive::Database& database, const StableFiles& files);

    // nullopt: the stack has no Python frame. `site` tells where the callers begin.
    [[nodiscard]] std::optional<PythonStack> python_stack(std::int64_t stack_id, const report::Key& site);

private:
    struct Frame {
        std::uint64_t hash = 0;
        frames::FrameRole role = frames::FrameRole::cpp;  // of a C++ frame, only this is kept
        std::string file;                                 // as recorded
        std::int64_t line = 0;
        std::string function;
    };
    [[nodiscard]] static Frame make_frame(std::string_view file, std::int64_t line, std::string_view function,
                                          const StableFiles& files);

    FrameCache<Frame> m_frames;
};

// The names of a part, from the text of a stack in SnapViewer's table (see frames::next_frame). C++ frames
// are a part of the key only if `exact` is set. A stack without a site has the name of its innermost Python
// frame.
[[nodiscard]] SidePart name_of_stack_text(std::string_view callstack, bool exact, const StableFiles& files);

// `database`, `options` and `files` must outlive it. Use it in one thread.
class PartReader {
public:
    PartReader(archive::Database& database, const DiffOptions& options, const StableFiles& files);

    // Calls `use` with all parts of the device that are live at the moment, and with parts of 0 bytes that
    // are live at other moments only.
    void each_part(std::int64_t device, const LiveAt& at, const UsePart& use);

    // For each rule for categories: whether it decided the category of any part so far.
    [[nodiscard]] const std::vector<bool>& used_rules() const { return m_used_rules; }

private:
    void each_stack(std::int64_t device, const LiveAt& at, const UsePart& use);
    void each_column(std::int64_t device, const LiveAt& at, const UsePart& use);
    void name_part(SidePart& part, report::MaybeInteger stack_id, bool preexisting);
    void name_line(SidePart& part, const report::Key& key) const;
    void name_modules(SidePart& part, const report::Key& key) const;
    void name_stack(SidePart& part, std::int64_t stack_id, const report::Key& key);

    archive::Database& m_database;
    const DiffOptions& m_options;
    const StableFiles& m_files;
    StackKeys m_keys;
    std::vector<bool> m_used_rules;
    std::optional<StackTexts> m_stacks;  // for KeyKind::stack
};

}  // namespace snapq::analysis
