// A handler that turns each value into text, so that tests can compare the contents of pickles.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pickle/machine.hpp"
#include "support/error.hpp"
#include "support/interner.hpp"
#include "support/memory_source.hpp"

namespace snapq::tests {

// Containers as in Python: {k: v}, [a, b], (a, b); `cyclic` and `opaque` for values without contents.
class Recorder : public pickle::Handler {
public:
    using Value = pickle::Value;
    using Kind = pickle::Kind;

    std::uint32_t text(std::string_view bytes) override { return m_texts.intern(bytes); }
    [[nodiscard]] std::string_view text_of(std::uint32_t id) const override { return m_texts[id]; }

    Value dict(std::span<const Value> pairs, pickle::ListState*, bool, std::uint64_t) override {
        std::string made = "{";
        for (std::size_t i = 0; i < pairs.size(); i += 2) {
            made += (i > 0 ? ", " : "") + show(pairs[i]) + ": " + show(pairs[i + 1]);
        }
        return keep(made + "}");
    }
    bool append(pickle::ListState&, std::span<const Value>, std::uint64_t) override { return false; }
    Value list(pickle::ListState& list, std::span<const Value> last_items, std::uint64_t) override {
        std::vector<Value> items = list.items;
        items.insert(items.end(), last_items.begin(), last_items.end());
        return keep("[" + joined(items) + "]");
    }
    Value tuple(std::span<const Value> items, std::uint64_t) override {
        return keep("(" + joined(items) + ")");
    }
    // Equal items give equal text, unless one of them was still being filled.
    [[nodiscard]] bool is_interned(const Value& value) const override {
        return value.kind == Kind::record && m_records[value.id].find("cyclic") == std::string::npos;
    }
    [[nodiscard]] bool is_taken(const Value&) const override { return false; }

    [[nodiscard]] std::string show(const Value& value) const {
        switch (value.kind) {
            case Kind::none: return "None";
            case Kind::boolean: return value.bits != 0 ? "True" : "False";
            case Kind::integer: return fmt::format("{}", value.as_integer());
            case Kind::natural: return fmt::format("{}u", value.bits);
            case Kind::real: return fmt::format("{:#}", value.as_real());
            case Kind::text: return fmt::format("'{}'", m_texts[value.id]);
            case Kind::record: return m_records[value.id];
            case Kind::cyclic: return "cyclic";
            case Kind::opaque: return "opaque";
            default: return "not converted";
        }
    }

private:
    [[nodiscard]] std::string joined(std::span<const Value> items) const {
        std::string made;
        for (const Value& item : items) made += (made.empty() ? "" : ", ") + show(item);
        return made;
    }
    Value keep(std::string made) {
        m_records.push_back(std::move(made));
        return Value::record(0, static_cast<std::uint32_t>(m_records.size() - 1));
    }

    TextInterner m_texts;
    std::vector<std::string> m_records;
};

// The root of the pickle as text, or the message "byte N: …" of the error.
[[nodiscard]] inline std::string contents_of(const std::string& pickle, std::size_t piece = 1 << 20) {
    MemorySource source(pickle, piece);
    Recorder recorder;
    try {
        return recorder.show(pickle::decode(source, recorder).root);
    } catch (const InputError& error) {
        return error.what();
    }
}

}  // namespace snapq::tests
