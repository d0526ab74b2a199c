// The stacks of an archive as one call tree, for the page.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "archive/sqlite/database.hpp"
#include "page/html_writer.hpp"
#include "report/figures.hpp"
#include "support/interner.hpp"

namespace snapq::page {

// The stacks in the order of their ids. The page knows a stack by its index in this list.
class StackList {
public:
    explicit StackList(archive::Database& database);

    // Throws InputError for an id that table `stacks` does not have.
    [[nodiscard]] std::uint32_t index_of(std::int64_t stack_id) const;
    [[nodiscard]] std::size_t size() const { return m_ids.size(); }
    [[nodiscard]] std::int64_t id_at(std::size_t index) const { return m_ids[index]; }

private:
    std::vector<std::int64_t> m_ids;
};

// A tree whose paths from the root are the stacks, outermost frame first. Stacks with the same outer frames
// share their nodes. Node 0 is the root.
class CallTree {
public:
    CallTree(archive::Database& database, const StackList& stacks);

    // The innermost frame's node; 0 for a stack without frames.
    [[nodiscard]] std::uint32_t leaf_of(std::uint32_t stack_index) const { return m_leaves[stack_index]; }

    // Writes the object `tree`, and its columns as blocks whose ids begin with `prefix`.
    void write(JsonBlock& to, HtmlWriter& page, const std::string& prefix) const;

private:
    struct Node {
        std::uint32_t parent = 0;
        std::uint32_t frame = 0;  // index in m_frames

        friend bool operator==(const Node&, const Node&) = default;
        [[nodiscard]] std::uint64_t hash() const { return hash_mix(hash_mix(0, parent), frame); }
    };
    struct Frame {
        std::uint32_t file = 0;
        std::uint32_t function = 0;
        std::int64_t line = -1;  // -1: unknown
    };

    void read_frames(archive::Database& database);
    void read_stacks(archive::Database& database, const StackList& stacks);
    // `frames` innermost first.
    [[nodiscard]] std::uint32_t leaf_for(const std::vector<std::uint32_t>& frames);
    [[nodiscard]] bool is_python(std::uint32_t frame) const;

    TextInterner m_files;
    TextInterner m_functions;
    std::vector<Frame> m_frames;
    std::unordered_map<std::int64_t, std::uint32_t> m_frame_of_id;  // frame_id to index
    RecordInterner<Node> m_nodes;
    std::vector<std::uint32_t> m_leaves;  // by index of the stack
};

// Writes the array `stacks`.
void write_stacks(JsonBlock& to, archive::Database& database, const StackList& stacks, const CallTree& tree);

}  // namespace snapq::page
