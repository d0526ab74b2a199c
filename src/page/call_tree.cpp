#include "page/call_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "analysis/row_access.hpp"
#include "frames/frame_class.hpp"
#include "json/writer.hpp"
#include "page/html_writer.hpp"
#include "support/error.hpp"

namespace snapq::page {
namespace {

// The root has no frame; no frame has this index.
constexpr std::uint32_t k_no_frame = std::numeric_limits<std::uint32_t>::max();

}  // namespace

StackList::StackList(archive::Database& database) {
    archive::Query rows = database.prepare("SELECT stack_id FROM stacks ORDER BY stack_id");
    while (rows.next()) m_ids.push_back(rows.integer(0));
}

std::uint32_t StackList::index_of(std::int64_t stack_id) const {
    // In archives that `convert` wrote, the ids are the indexes.
    const auto at = static_cast<std::size_t>(stack_id);
    if (at < m_ids.size() && m_ids[at] == stack_id) return static_cast<std::uint32_t>(at);
    const auto found = std::ranges::lower_bound(m_ids, stack_id);
    if (found == m_ids.end() || *found != stack_id)
        throw InputError(fmt::format("the database has no stack {}, which an allocation names", stack_id));
    return static_cast<std::uint32_t>(found - m_ids.begin());
}

CallTree::CallTree(archive::Database& database, const StackList& stacks) : m_leaves(stacks.size(), 0) {
    static_cast<void>(m_nodes.intern({0, k_no_frame}));
    read_frames(database);
    read_stacks(database, stacks);
}

void CallTree::read_frames(archive::Database& database) {
    archive::Query rows = database.prepare(
        "SELECT frame_id, abbreviate(filename), line, abbreviate(name) FROM frames ORDER BY frame_id");
    while (rows.next()) {
        m_frame_of_id.emplace(rows.integer(0), static_cast<std::uint32_t>(m_frames.size()));
        m_frames.push_back({m_files.intern(rows.text(1)), m_functions.intern(rows.text(3)),
                            std::max<std::int64_t>(rows.integer(2), -1)});
    }
}

void CallTree::read_stacks(archive::Database& database, const StackList& stacks) {
    archive::Query rows =
        database.prepare("SELECT stack_id, frame_id FROM stack_frames ORDER BY stack_id, depth");
    std::vector<std::uint32_t> frames;
    std::int64_t stack = -1;
    const auto end_stack = [&] {
        if (!frames.empty()) m_leaves[stacks.index_of(stack)] = leaf_for(frames);
        frames.clear();
    };
    while (rows.next()) {
        if (rows.integer(0) != stack) {
            end_stack();
            stack = rows.integer(0);
        }
        const auto frame = m_frame_of_id.find(rows.integer(1));
        if (frame == m_frame_of_id.end())
            throw InputError(fmt::format("the database has no frame {}, which a stack has", rows.integer(1)));
        frames.push_back(frame->second);
    }
    end_stack();
}

std::uint32_t CallTree::leaf_for(const std::vector<std::uint32_t>& frames) {
    std::uint32_t node = 0;
    for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
        const Node wanted{node, *frame};
        if (m_nodes.size() < k_most_nodes) {
            node = m_nodes.intern(wanted);
        } else if (const auto present = m_nodes.find(wanted)) {
            node = *present;
        } else {
            break;
        }
    }
    return node;
}

bool CallTree::is_python(std::uint32_t frame) const {
    const Frame& at = m_frames[frame];
    return frames::is_python_frame(m_files[at.file], m_functions[at.function], at.line);
}

void CallTree::write(JsonBlock& to, HtmlWriter& page, const std::string& prefix) const {
    json::JsonWriter& json = to.json();
    const auto write_texts = [&](const char* key, const TextInterner& texts) {
        json.key(key).begin_array();
        for (std::uint32_t i = 0; i < texts.size(); ++i) {
            json.value(UntrustedText(texts[i]));
            to.relieve();
        }
        json.end_array();
    };
    json.key("tree").begin_object();
    write_texts("files", m_files);
    write_texts("functions", m_functions);
    json.key("frames").begin_array();
    for (const Frame& frame : m_frames) {
        json.begin_array().value(std::int64_t{frame.file}).value(frame.line);
        json.value(std::int64_t{frame.function}).end_array();
        to.relieve();
    }
    json.end_array();
    Column parents(prefix + "parents", Coding::delta);
    Column frames(prefix + "frame-of", Coding::delta);
    Column kinds(prefix + "kinds", Coding::plain);
    for (std::uint32_t i = 0; i < m_nodes.size(); ++i) {
        const bool is_root = i == 0;
        parents.add(std::uint64_t{m_nodes[i].parent});
        frames.add(std::uint64_t{is_root ? 0 : m_nodes[i].frame});
        kinds.add(std::uint64_t{is_root || is_python(m_nodes[i].frame) ? 0U : 1U});
    }
    write_column(json.key("parents"), parents.write_to(page));
    write_column(json.key("frame_of"), frames.write_to(page));
    write_column(json.key("kinds"), kinds.write_to(page));
    json.end_object();
}

void write_stacks(JsonBlock& to, archive::Database& database, const StackList& stacks, const CallTree& tree) {
    const auto or_null = [&](const char* column) {
        return database.has_column("stacks", column) ? column : "NULL";
    };
    archive::Query rows = database.prepare(
        fmt::format("SELECT stack_id, abbreviate(kind), abbreviate(op), {}, abbreviate({}) FROM stacks ORDER "
                    "BY stack_id",
                    or_null("forward_stack_id"), or_null("phase")));
    json::JsonWriter& json = to.json();
    json.key("stacks").begin_array();
    for (std::uint32_t i = 0; rows.next(); ++i) {
        json.begin_object();
        json.key("id").value(rows.integer(0));
        json.key("node").value(std::int64_t{tree.leaf_of(i)});
        write_optional(json, "phase", analysis::maybe_text(rows, 4));
        json.key("kind").value(UntrustedText(rows.text(1)));
        const report::MaybeInteger forward = rows.maybe_integer(3);
        write_optional(json, "forward",
                       forward ? report::MaybeInteger(stacks.index_of(*forward)) : std::nullopt);
        write_optional(json, "op", analysis::maybe_text(rows, 2));
        json.end_object();
        to.relieve();
    }
    json.end_array();
}

}  // namespace snapq::page
