// Reads the memory of one side at a moment, for each stack, with the keys by which diff compares.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/diff/diff.hpp"
#include "analysis/diff/match.hpp"
#include "analysis/diff/stacks.hpp"
#include "analysis/file_names.hpp"
#include "analysis/live_rows.hpp"

namespace snapq::analysis {

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
