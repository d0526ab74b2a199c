// Runs the pickle machine alone. Its handler stores only texts.
#include "fuzz/target.hpp"
#include "pickle/machine.hpp"
#include "support/interner.hpp"
#include "support/memory_source.hpp"

namespace {

using snapq::pickle::ListState;
using snapq::pickle::Value;

class EmptyHandler : public snapq::pickle::Handler {
public:
    std::uint32_t text(std::string_view bytes) override { return m_texts.intern(bytes); }
    [[nodiscard]] std::string_view text_of(std::uint32_t id) const override { return m_texts[id]; }
    Value dict(std::span<const Value>, ListState*, bool, std::uint64_t) override {
        return Value::record(0, 0);
    }
    bool append(ListState& list, std::span<const Value>, std::uint64_t) override {
        return list.items.empty();
    }
    Value list(ListState&, std::span<const Value>, std::uint64_t) override { return Value::record(1, 0); }
    Value tuple(std::span<const Value>, std::uint64_t) override { return Value::record(2, 0); }
    [[nodiscard]] bool is_interned(const Value&) const override { return false; }
    [[nodiscard]] bool is_taken(const Value&) const override { return false; }

private:
    snapq::TextInterner m_texts;
};

}  // namespace

SNAPQ_FUZZ_TARGET(pickle, data, size) {
    snapq::tests::MemorySource source(snapq::fuzz::text_of(data, size));
    EmptyHandler handler;
    snapq::fuzz::accepts([&] {
        const auto decoded = snapq::pickle::decode(source, handler);
        snapq::fuzz::require(decoded.bytes <= size, "a pickle ends within its bytes");
    });
    return 0;
}
