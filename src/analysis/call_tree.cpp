#include "analysis/call_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/keys.hpp"
#include "analysis/live_rows.hpp"
#include "analysis/stack_frames.hpp"
#include "frames/frame_class.hpp"
#include "frames/frame_text.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::CallNode;
using report::Key;
using report::LeftOutCalls;

using NodeId = std::uint32_t;
using NameId = std::uint32_t;

constexpr NodeId k_root = 0;                                      // the parent of all outermost frames
constexpr NameId k_no_room = std::numeric_limits<NameId>::max();  // instead of a name that does not fit

struct CallFrame {
    frames::FrameRole role = frames::FrameRole::cpp;
    std::string file;
    std::int64_t line = -1;
    std::string function;
};

CallFrame make_frame(std::string_view file, std::int64_t line, std::string_view function) {
    return {frames::role_of_frame(file, function, line), std::string(file), line, std::string(function)};
}

// A C++ frame is its function, because its file is not known.
Key key_of_cpp(const CallFrame& frame) {
    Key key;
    key.function = frame.function;
    key.key = key.label = frame.function;
    return key;
}

// "model.py:7 forward"
Key key_of_line(const CallFrame& frame) {
    if (frame.role == frames::FrameRole::cpp) return key_of_cpp(frame);
    Key key;
    key.function = frame.function;
    const std::string line = frame.line < 0 ? "?" : std::to_string(frame.line);
    key.key = fmt::format("{}:{} {}", frame.file, line, frame.function);
    key.label = fmt::format("{}:{} {}", short_path(frame.file), line, frame.function);
    key.file = frame.file;
    if (frame.line >= 0) key.line = frame.line;
    return key;
}

// "model.py forward". `file`: its name on both sides of a comparison.
Key key_of_function(const CallFrame& frame, const std::string& file) {
    if (frame.role == frames::FrameRole::cpp) return key_of_cpp(frame);
    Key key;
    key.function = frames::stable_function(frame.function);
    key.key = fmt::format("{} {}", file, key.function->raw());
    key.label = fmt::format("{} {}", short_path(file), key.function->raw());
    key.file = file;
    return key;
}

using MakeKey = std::function<Key(const CallFrame&)>;

struct Name {
    Key key;
    // Whether the frame can be a site: it belongs neither to PyTorch nor to the standard library.
    bool is_site = false;
};

std::size_t bytes_of(const Key& key) {
    std::size_t bytes = sizeof(Name) + key.key.raw().size() + key.label.raw().size();
    for (const auto* text : {&key.file, &key.function}) bytes += *text ? (*text)->raw().size() : 0;
    return bytes;
}

// What some stacks hold on both sides of a comparison; a tree of one moment has no base.
struct BothSides {
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    std::int64_t base_bytes = 0;
    std::int64_t base_count = 0;

    void add(const BothSides& more) {
        bytes = saturating_add(bytes, more.bytes);
        count = saturating_add(count, more.count);
        base_bytes = saturating_add(base_bytes, more.base_bytes);
        base_count = saturating_add(base_count, more.base_count);
    }
    [[nodiscard]] std::int64_t larger() const { return std::max(bytes, base_bytes); }
    // The size of the change; without a base the bytes.
    [[nodiscard]] std::int64_t change() const { return larger() - std::min(bytes, base_bytes); }
    [[nodiscard]] bool is_empty() const { return count == 0 && base_count == 0; }
    [[nodiscard]] LeftOutCalls as_branch() const { return {1, bytes, count, base_bytes, base_count}; }
    friend bool operator==(const BothSides&, const BothSides&) = default;
};

struct Node {
    NameId name = 0;
    BothSides all;               // of all stacks that pass through it
    BothSides own;               // of the stacks that end here
    report::OlderPart older;     // of `all`
    LeftOutCalls beyond_memory;  // of the stacks whose next frame did not fit
    std::vector<NodeId> children;
};

// The tree of all calls that fit into the memory limit. Frames with the same name are one frame.
class Calls {
public:
    explicit Calls(std::size_t most_bytes) : m_room(most_bytes), m_nodes(1) {}

    // `make_name` is only called for a frame of the archive that has no name yet.
    template <typename MakeName>
    NameId name_frame(std::int64_t frame_id, MakeName&& make_name) {
        if (const auto found = m_by_frame.find(frame_id); found != m_by_frame.end()) return found->second;
        const NameId name = intern(make_name());
        if (name != k_no_room) m_by_frame.emplace(frame_id, name);
        return name;
    }
    // Before frames of another archive, which has other numbers for them.
    void forget_frames() { m_by_frame.clear(); }

    NameId intern(Name&& name) {
        if (const auto found = m_by_key.find(name.key.key); found != m_by_key.end()) return found->second;
        if (!take_room(bytes_of(name.key))) return k_no_room;
        const auto id = static_cast<NameId>(m_names.size());
        m_by_key.emplace(name.key.key, id);
        m_names.push_back(std::move(name));
        return id;
    }

    // `names`: outermost first.
    void add(const std::vector<NameId>& names, const BothSides& held, bool preexisting) {
        NodeId node = k_root;
        count(node, held, preexisting);
        for (const NameId name : names) {
            const std::optional<NodeId> child = child_of(node, name);
            if (!child) return m_nodes[node].beyond_memory.add(held.as_branch());
            node = *child;
            count(node, held, preexisting);
        }
        m_nodes[node].own.add(held);
    }

    [[nodiscard]] const Node& node(NodeId id) const { return m_nodes[id]; }
    [[nodiscard]] const Name& name_of(const Node& node) const { return m_names[node.name]; }
    // The largest first.
    [[nodiscard]] std::vector<NodeId> sorted_children(const Node& node) const {
        std::vector<NodeId> children = node.children;
        std::ranges::sort(children, [&](NodeId a, NodeId b) {
            const Node& one = m_nodes[a];
            const Node& other = m_nodes[b];
            if (one.all.change() != other.all.change()) return one.all.change() > other.all.change();
            if (one.all.bytes != other.all.bytes) return one.all.bytes > other.all.bytes;
            return name_of(one).key.key < name_of(other).key.key;
        });
        return children;
    }

private:
    void count(NodeId id, const BothSides& held, bool preexisting) {
        Node& node = m_nodes[id];
        node.all.add(held);
        if (!preexisting) return;
        node.older.bytes = saturating_add(node.older.bytes, held.bytes);
        node.older.count = saturating_add(node.older.count, held.count);
    }

    std::optional<NodeId> child_of(NodeId parent, NameId name) {
        if (name == k_no_room) return std::nullopt;
        const std::uint64_t call = std::uint64_t{parent} << 32U | name;
        if (const auto found = m_calls.find(call); found != m_calls.end()) return found->second;
        // The tree that is returned has its own copy of the name.
        if (!take_room(sizeof(Node) + bytes_of(m_names[name].key))) return std::nullopt;
        const auto child = static_cast<NodeId>(m_nodes.size());
        m_nodes.emplace_back().name = name;
        m_nodes[parent].children.push_back(child);
        m_calls.emplace(call, child);
        return child;
    }

    bool take_room(std::size_t bytes) {
        if (bytes > m_room) return false;
        m_room -= bytes;
        return true;
    }

    std::size_t m_room;  // bytes
    std::vector<Node> m_nodes;
    std::unordered_map<std::uint64_t, NodeId> m_calls;  // by parent and name
    std::vector<Name> m_names;
    std::unordered_map<UntrustedText, NameId> m_by_key;
    std::unordered_map<std::int64_t, NameId> m_by_frame;
};

// Reads the stacks of a device and adds them to the calls.
class CallReader {
public:
    CallReader(archive::Database& database, bool all_frames, MakeKey make_key, Calls& calls)
        : m_all_frames(all_frames),
          m_make_key(std::move(make_key)),
          m_calls(calls),
          m_frames(database, make_frame),
          m_sites(database, KeyKind::site) {}

    void add(const StackUsage& usage, CallSide side, const LiveAt& at) {
        m_names.clear();
        if (usage.stack) read_names(*usage.stack);
        if (m_names.empty()) m_names.push_back(m_calls.intern({without_frames(usage)}));
        const BothSides held = side == CallSide::newer ? BothSides{usage.bytes, usage.count, 0, 0}
                                                       : BothSides{0, 0, usage.bytes, usage.count};
        m_calls.add(m_names, held, usage.preexisting && at.has_trace && side == CallSide::newer);
    }

private:
    void read_names(std::int64_t stack_id) {
        m_frames.each(stack_id, [&](std::int64_t frame_id, const CallFrame& frame) {
            if (frame.role == frames::FrameRole::cpp && !m_all_frames) return;
            m_names.push_back(m_calls.name_frame(frame_id, [&] {
                return Name{m_make_key(frame), frame.role >= frames::FrameRole::package};
            }));
        });
        std::ranges::reverse(m_names);
    }

    // The name that `--by site` gives such a stack, so that both answers agree. Only the name is kept: this
    // row is not a frame.
    [[nodiscard]] Key without_frames(const StackUsage& usage) {
        Key key = m_sites.key_of(usage.stack, usage.preexisting);
        key.file = key.function = key.op = std::nullopt;
        key.line = std::nullopt;
        return key;
    }

    bool m_all_frames;
    MakeKey m_make_key;
    Calls& m_calls;
    FrameCache<CallFrame> m_frames;
    StackKeys m_sites;
    std::vector<NameId> m_names;
};

// Makes the tree that is returned: it folds chains of calls, and leaves out branches that are small or deep.
// It does not recurse, because stacks may be deep.
class CallTreeMaker {
public:
    CallTreeMaker(const Calls& calls, const CallTreeOptions& options)
        : m_calls(calls), m_depth(options.depth.value_or(report::k_most_tree_levels)) {
        const Node& root = calls.node(k_root);
        m_tree.bytes = root.all.bytes;
        m_tree.count = root.all.count;
        m_tree.base_bytes = root.all.base_bytes;
        m_tree.base_count = root.all.base_count;
        m_tree.all_frames = options.all_frames;
        m_tree.min_share = options.min_share;
        m_tree.depth = options.depth;
        m_least = static_cast<double>(root.all.larger()) * options.min_share;
    }

    report::CallTree make() {
        static_cast<void>(open(k_root, 0));
        while (!m_pending.empty()) {
            const auto [id, level] = m_pending.back();
            m_pending.pop_back();
            add_node(id, level);
        }
        return std::move(m_tree);
    }

private:
    void add_node(NodeId id, std::size_t level) {
        CallNode shown;
        shown.level = level;
        std::optional<std::size_t> site;
        while (const std::optional<NodeId> child = only_call(id)) {
            const Name& name = m_calls.name_of(m_calls.node(id));
            if (name.is_site) site = shown.chain.size();
            shown.chain.push_back(name.key);
            id = *child;
        }
        const Node& node = m_calls.node(id);
        const Name& name = m_calls.name_of(node);
        shown.frame = name.key;
        shown.named_by = name.is_site ? shown.chain.size() : site.value_or(shown.chain.size());
        shown.bytes = node.all.bytes;
        shown.count = node.all.count;
        shown.older = node.older;
        shown.own_bytes = node.own.bytes;
        shown.own_count = node.own.count;
        shown.base_bytes = node.all.base_bytes;
        shown.base_count = node.all.base_count;
        shown.base_own_bytes = node.own.base_bytes;
        shown.base_own_count = node.own.base_count;
        shown.left_out = open(id, level + 1);
        m_tree.nodes.push_back(std::move(shown));
    }

    // The only child of a node, if it holds everything that the node holds.
    [[nodiscard]] std::optional<NodeId> only_call(NodeId id) const {
        const Node& node = m_calls.node(id);
        if (node.children.size() != 1 || !node.own.is_empty() || node.beyond_memory.branches != 0)
            return std::nullopt;
        return m_calls.node(node.children.front()).all == node.all ? std::optional(node.children.front())
                                                                   : std::nullopt;
    }

    // Queues the children of a node, and returns the sum of those that are left out.
    LeftOutCalls open(NodeId id, std::size_t level) {
        const Node& node = m_calls.node(id);
        LeftOutCalls left_out = node.beyond_memory;
        m_tree.beyond_memory.add(node.beyond_memory);
        const std::size_t first = m_pending.size();
        for (const NodeId child : m_calls.sorted_children(node)) {
            const BothSides& held = m_calls.node(child).all;
            const bool is_deep = level >= m_depth;
            if (!is_deep && static_cast<double>(held.larger()) >= m_least) {
                m_pending.emplace_back(child, level);
                continue;
            }
            left_out.add(held.as_branch());
            (is_deep ? m_tree.below_depth : m_tree.below_share).add(held.as_branch());
        }
        std::reverse(m_pending.begin() + static_cast<std::ptrdiff_t>(first), m_pending.end());
        return left_out;
    }

    const Calls& m_calls;
    std::size_t m_depth;
    double m_least = 0;  // bytes
    report::CallTree m_tree;
    // With their levels; the next one is the last element.
    std::vector<std::pair<NodeId, std::size_t>> m_pending;
};

void add_calls(archive::Database& database, std::int64_t device, const LiveAt& at, CallSide side,
               CallReader& reader) {
    archive::Query rows = live_stacks(database, device, at, StackOrder::most_bytes_first);
    while (rows.next()) reader.add(usage_in(rows), side, at);
}

}  // namespace

struct CallTreeComparison::Impl {
    CallTreeOptions options;
    StableFile stable_file;
    Calls calls;
};

CallTreeComparison::CallTreeComparison(const CallTreeOptions& options, StableFile stable_file)
    : m_impl(std::make_unique<Impl>(Impl{options, std::move(stable_file), Calls(options.most_bytes)})) {}
CallTreeComparison::CallTreeComparison(CallTreeComparison&&) noexcept = default;
CallTreeComparison& CallTreeComparison::operator=(CallTreeComparison&&) noexcept = default;
CallTreeComparison::~CallTreeComparison() = default;

void CallTreeComparison::add(CallSide side, archive::Database& database, std::int64_t device,
                             const LiveAt& at) {
    m_impl->calls.forget_frames();
    const auto make_key = [this](const CallFrame& frame) {
        return key_of_function(frame, m_impl->stable_file(frame.file));
    };
    CallReader reader(database, m_impl->options.all_frames, make_key, m_impl->calls);
    add_calls(database, device, at, side, reader);
}

report::CallTree CallTreeComparison::make() {
    return CallTreeMaker(m_impl->calls, m_impl->options).make();
}

report::CallTree call_tree(archive::Database& database, std::int64_t device, const LiveAt& at,
                           const CallTreeOptions& options) {
    Calls calls(options.most_bytes);
    CallReader reader(database, options.all_frames, key_of_line, calls);
    add_calls(database, device, at, CallSide::newer, reader);
    return CallTreeMaker(calls, options).make();
}

}  // namespace snapq::analysis
