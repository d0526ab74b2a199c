// Reads pickles from standard input and writes the results of the pickle machine to standard output, for a
// comparison with other decoders (scripts/lib/pickle_differential.py).
//
// Each pickle in the input follows its length (four bytes, little-endian). The output for each pickle
// consists of lines; the last one is a single dot.
//     t0 6162                  a text or bytes, in hexadecimal, at the first occurrence
//     r0 list i1 t0 b1         a finished list, tuple or dict (key, value, …) of values
//     root r0
//     refused byte 3: …        instead of a root
// Values: n (None), b0, b1, i-5 (any integer), d and 16 hexadecimal digits (bits of a double), t (text), r
// (container), o (a type, a dtype), c (a container inside itself).
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <set>
#include <string>

#include "fuzz/target.hpp"
#include "pickle/machine.hpp"
#include "support/interner.hpp"
#include "support/memory_source.hpp"

namespace {

using snapq::pickle::Kind;
using snapq::pickle::ListState;
using snapq::pickle::Value;

class Printer : public snapq::pickle::Handler {
public:
    std::uint32_t text(std::string_view bytes) override {
        const std::size_t known = m_texts.size();
        const std::uint32_t id = m_texts.intern(bytes);
        if (m_texts.size() > known) {
            m_lines += fmt::format("t{} ", id);
            for (const char c : bytes) m_lines += fmt::format("{:02x}", static_cast<unsigned char>(c));
            m_lines += '\n';
        }
        return id;
    }
    [[nodiscard]] std::string_view text_of(std::uint32_t id) const override { return m_texts[id]; }

    Value dict(std::span<const Value> pairs, ListState*, bool, std::uint64_t) override {
        return finished("dict", {}, pairs);
    }
    bool append(ListState&, std::span<const Value>, std::uint64_t) override { return false; }
    Value list(ListState& list, std::span<const Value> last_items, std::uint64_t) override {
        return finished("list", list.items, last_items);
    }
    Value tuple(std::span<const Value> items, std::uint64_t) override { return finished("tuple", {}, items); }
    // Equal lists may share one record, except lists that contain themselves.
    [[nodiscard]] bool is_interned(const Value& value) const override {
        return value.kind == Kind::record && !m_cyclic.contains(value.id);
    }
    [[nodiscard]] bool is_taken(const Value&) const override { return false; }

    void root(const Value& value) { m_lines += "root" + shown(value) + "\n"; }
    void refused(const char* why) { m_lines += fmt::format("refused {}\n", why); }
    [[nodiscard]] const std::string& lines() const { return m_lines; }

private:
    Value finished(std::string_view shape, std::span<const Value> first, std::span<const Value> last) {
        std::string line = fmt::format("r{} {}", m_records, shape);
        for (const auto& part : {first, last}) {
            for (const Value& value : part) {
                line += shown(value);
                if (value.kind == Kind::cyclic) m_cyclic.insert(m_records);
            }
        }
        m_lines += line + "\n";
        return Value::record(0, m_records++);
    }

    static std::string shown(const Value& value) {
        switch (value.kind) {
            case Kind::none: return " n";
            case Kind::boolean: return value.bits != 0 ? " b1" : " b0";
            case Kind::integer: return fmt::format(" i{}", value.as_integer());
            case Kind::natural: return fmt::format(" i{}", value.bits);
            case Kind::real: return fmt::format(" d{:016x}", value.bits);
            case Kind::text: return fmt::format(" t{}", value.id);
            case Kind::record: return fmt::format(" r{}", value.id);
            case Kind::cyclic: return " c";
            case Kind::opaque: return " o";
            case Kind::bytes:
            case Kind::container: break;
        }
        snapq::fuzz::require(false, "a handler is given finished values only");
        return "";
    }

    snapq::TextInterner m_texts;
    std::string m_lines;
    std::uint32_t m_records = 0;
    std::set<std::uint32_t> m_cyclic;  // records
};

bool read_pickle(std::string& pickle) {
    std::array<unsigned char, 4> length{};
    if (std::fread(length.data(), 1, length.size(), stdin) != length.size()) return false;
    std::size_t size = 0;
    for (auto byte = length.rbegin(); byte != length.rend(); ++byte) size = size << 8 | *byte;
    pickle.resize(size);
    return std::fread(pickle.data(), 1, pickle.size(), stdin) == pickle.size();
}

}  // namespace

int main() {
    std::string pickle;
    while (read_pickle(pickle)) {
        Printer printer;
        snapq::tests::MemorySource source(pickle);
        try {
            printer.root(snapq::pickle::decode(source, printer).root);
        } catch (const snapq::InputError& error) {
            printer.refused(error.what());
        }
        std::fputs((printer.lines() + ".\n").c_str(), stdout);
        std::fflush(stdout);
    }
    return 0;
}
