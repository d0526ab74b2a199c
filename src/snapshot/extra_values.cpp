#include "snapshot/extra_values.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "json/writer.hpp"

namespace snapq::snapshot {
namespace {

// All values together take at most 24 MiB. Usual files have some dozens of them (allocator settings, a user's
// configuration).
constexpr std::size_t k_most_items = (std::size_t{24} << 20) / sizeof(Value);
constexpr std::size_t k_most_nodes = std::size_t{1} << 19;
constexpr std::size_t k_block_items = 4096;

void write_frame(json::JsonWriter& json, const Symbols& symbols, FrameId id) {
    const Frame& frame = symbols.frame(id);
    json.begin_object();
    json.key("name").value(symbols.text(frame.name));
    json.key("filename").value(symbols.text(frame.filename));
    json.key("line").value(frame.line);
    json.end_object();
}

// Prints a tree with an explicit stack instead of recursion, since a file can be nested to any depth.
class TreePrinter {
public:
    TreePrinter(const ExtraValues& values, const ExtraValues::Context& context)
        : m_values(values), m_context(context), m_json(m_text) {}

    std::optional<std::string> print(const Value& root) {
        bool is_printable = write(root);
        while (is_printable && !m_open.empty() && m_text.size() <= k_largest_extra) is_printable = step();
        if (!is_printable || m_text.size() > k_largest_extra) return std::nullopt;
        return std::move(m_text);
    }

private:
    struct Level {
        std::span<const Value> items;
        std::size_t next = 0;
        bool is_dict = false;
    };

    bool step() {
        Level& level = m_open.back();
        if (level.next == level.items.size()) {
            level.is_dict ? m_json.end_object() : m_json.end_array();
            m_open.pop_back();
            return true;
        }
        if (level.is_dict) {
            const auto key = key_text(level.items[level.next++], m_context.symbols);
            if (!key) return false;
            m_json.key(*key);
        }
        return write(level.items[level.next++]);
    }

    bool write(const Value& value) {
        switch (value.kind) {
            case Kind::none: m_json.null(); return true;
            case Kind::boolean: m_json.value(value.bits != 0); return true;
            case Kind::integer: m_json.value(value.as_integer()); return true;
            case Kind::natural: m_json.raw(fmt::format("{}", value.bits)); return true;
            case Kind::real: m_json.value(value.as_real()); return true;
            case Kind::text: return write_text(TextId(value.id));
            case Kind::record: return write_record(value);
            default: return false;  // cyclic and opaque values have no JSON text
        }
    }

    // A text that is too long is not escaped, which can take six times its size.
    bool write_text(TextId id) {
        const std::string_view text = m_context.symbols.text(id);
        if (text.size() >= k_largest_extra) return false;
        m_json.value(text);
        return true;
    }

    bool write_record(const Value& value) {
        switch (static_cast<Record>(value.type)) {
            case Record::frame: write_frame(m_json, m_context.symbols, FrameId(value.id)); return true;
            case Record::stack: return write_stack(StackId(value.id));
            case Record::pair: return write_pair(m_context.pairs[value.id]);
            case Record::sequence: return write_sequence(value.id);
            case Record::extra: return open(value);
            default: return false;  // other parts of a snapshot, or dropped
        }
    }

    bool write_stack(StackId stack) {
        m_json.begin_array();
        for (std::size_t i = 0; i < m_context.symbols.depth(stack); ++i) {
            write_frame(m_json, m_context.symbols, m_context.symbols.frame_at(stack, i));
            if (m_text.size() > k_largest_extra) return false;
        }
        m_json.end_array();
        return true;
    }

    bool write_pair(const Pair& pair) {
        m_json.begin_array().value(pair.first).value(pair.second).end_array();
        return true;
    }

    // Only texts and empty lists are printed.
    bool write_sequence(std::uint32_t id) {
        const std::uint32_t* data = m_context.sequences.data(id);
        const bool is_text = data[0] == k_text_sequence;
        if (!is_text && data[0] != static_cast<std::uint32_t>(Record::trace)) return false;
        m_json.begin_array();
        for (std::size_t i = 1; i < m_context.sequences.length(id); ++i) {
            if (is_text) {
                if (!write_text(TextId(data[i]))) return false;
            } else if (data[i] == StackId::k_none) {
                m_json.begin_array().end_array();
            } else {
                return false;
            }
            if (m_text.size() > k_largest_extra) return false;
        }
        m_json.end_array();
        return true;
    }

    bool open(const Value& value) {
        const bool is_dict = m_values.is_dict(value);
        is_dict ? m_json.begin_object() : m_json.begin_array();
        m_open.push_back({m_values.items(value), 0, is_dict});
        return true;
    }

    const ExtraValues& m_values;
    const ExtraValues::Context& m_context;
    std::string m_text;
    json::JsonWriter m_json;
    std::vector<Level> m_open;
};

}  // namespace

std::optional<std::string> key_text(const Value& key, const Symbols& symbols) {
    switch (key.kind) {
        case Kind::none: return "null";
        case Kind::boolean: return key.bits != 0 ? "true" : "false";
        case Kind::integer: return fmt::format("{}", key.as_integer());
        case Kind::natural: return fmt::format("{}", key.bits);
        case Kind::text: return std::string(symbols.text(TextId(key.id)));
        case Kind::real: {
            std::string text;
            json::append_json_real(text, key.as_real());
            return text;
        }
        default: return std::nullopt;
    }
}

Value ExtraValues::add(std::span<const Value> items, bool is_dict) {
    // The shortest item in JSON text is a digit and a comma.
    const bool too_large = items.size() * 2 > k_largest_extra;
    if (too_large || m_item_count + items.size() > k_most_items || m_nodes.size() >= k_most_nodes) {
        return record(Record::dropped, 0);
    }
    m_nodes.push_back({store(items), static_cast<std::uint32_t>(items.size()), is_dict});
    return record(Record::extra, static_cast<std::uint32_t>(m_nodes.size() - 1));
}

const Value* ExtraValues::store(std::span<const Value> items) {
    if (items.size() > m_block_left) {
        m_block_left = std::max(items.size(), k_block_items);
        m_blocks.push_back(std::make_unique_for_overwrite<Value[]>(m_block_left));
        m_block_at = m_blocks.back().get();
    }
    const Value* first = m_block_at;
    m_block_at = std::ranges::copy(items, m_block_at).out;
    m_block_left -= items.size();
    m_item_count += items.size();
    return first;
}

std::optional<std::string> ExtraValues::to_json(const Value& value, const Context& context) const {
    return TreePrinter(*this, context).print(value);
}

}  // namespace snapq::snapshot
