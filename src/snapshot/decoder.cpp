#include "snapshot/decoder.hpp"

#include <algorithm>
#include <utility>

#include "pickle/machine.hpp"
#include "snapshot/assembler.hpp"
#include "snapshot/find_snapshots.hpp"
#include "snapshot/json_reader.hpp"
#include "support/error.hpp"

namespace snapq::snapshot {
namespace {

Snapshot only_snapshot(DecodedValue value) {
    value.leave_out_repeated();
    if (value.snapshot_count() == 0) value.refuse();
    if (value.snapshot_count() > 1)
        throw InputError(fmt::format("the file holds {} snapshots", value.snapshot_count()));
    return value.take(0);
}

}  // namespace

// ---- one value ----

DecodedValue::DecodedValue(std::unique_ptr<Builder> builder, const pickle::Value& root, std::uint64_t bytes)
    : m_builder(std::move(builder)),
      m_root(root),
      m_found(std::make_unique<FoundSnapshots>(find_snapshots(*m_builder, root))),
      m_bytes(bytes) {}
DecodedValue::DecodedValue(DecodedValue&&) noexcept = default;
DecodedValue& DecodedValue::operator=(DecodedValue&&) noexcept = default;
DecodedValue::~DecodedValue() = default;

std::size_t DecodedValue::snapshot_count() const {
    return m_found->snapshots.size();
}

const SnapshotKey& DecodedValue::key(std::size_t index) const {
    return m_found->snapshots[index].key;
}

const std::optional<SnapshotKey>& DecodedValue::unclear_key() const {
    return m_found->unclear;
}

void DecodedValue::leave_out_repeated() {
    std::erase_if(m_found->snapshots, [](const FoundSnapshot& found) { return found.is_repeated; });
}

Snapshot DecodedValue::take(std::size_t index) {
    Snapshot snapshot = assemble(*m_builder, *m_found, index);
    if (snapshot_count() == 1) m_builder.reset();  // nothing of it is needed any more
    return snapshot;
}

void DecodedValue::refuse() const {
    refuse_value(*m_builder, m_root);
}

// ---- one after another ----

Decoder::Decoder(ByteSource& source, Form form, BeginsPickle begins_pickle, std::uint64_t most_surplus)
    : m_begins_pickle(begins_pickle), m_most_surplus(most_surplus) {
    if (form == Form::json) {
        m_text.emplace(source);
    } else {
        m_bytes.emplace(source);
    }
}

std::optional<DecodedValue> Decoder::next() {
    if (m_at_end) return std::nullopt;
    return m_text ? next_json() : next_pickle();
}

DecodedValue Decoder::next_pickle() {
    const std::uint64_t start = m_bytes->offset();
    auto builder = std::make_unique<Builder>(m_expansion_budget);
    const pickle::Decoded decoded = pickle::decode(*m_bytes, *builder);
    m_at_end = !another_pickle_follows();
    return {std::move(builder), decoded.root, decoded.bytes - start};
}

DecodedValue Decoder::next_json() {
    const std::uint64_t start = m_text->offset();
    auto builder = std::make_unique<Builder>(m_expansion_budget);
    pickle::Value root;
    std::uint64_t bytes = 0;
    {
        JsonReader reader(*m_text, *builder);
        root = reader.read();
        m_at_end = !reader.another_follows();
        bytes = reader.offset() - start;
    }  // frees its buffers before the snapshot is assembled
    return {std::move(builder), root, bytes};
}

bool Decoder::another_pickle_follows() {
    const std::uint64_t nuls = skip_nuls();
    const std::string_view head = m_bytes->peek(k_head).substr(0, k_head);
    if (head.empty()) return false;
    if (nuls < m_most_surplus && m_begins_pickle(head)) return true;
    m_surplus = nuls + count_rest();
    return false;
}

std::uint64_t Decoder::skip_nuls() {
    std::uint64_t count = 0;
    while (count < m_most_surplus) {
        const std::string_view ahead = m_bytes->peek(1);
        const std::size_t nuls = std::min(ahead.find_first_not_of('\0'), ahead.size());
        m_bytes->advance(nuls);
        count += nuls;
        if (nuls < ahead.size() || ahead.empty()) break;
    }
    return count;
}

std::uint64_t Decoder::count_rest() {
    std::uint64_t count = 0;
    while (count < m_most_surplus) {
        const std::size_t ahead = m_bytes->peek(1).size();
        if (ahead == 0) break;
        m_bytes->advance(ahead);
        count += ahead;
    }
    return count;
}

// ---- a single value ----

Snapshot decode_pickle(ByteSource& source, DecodeFacts* facts) {
    auto builder = std::make_unique<Builder>(std::make_shared<ExpansionBudget>());
    const pickle::Decoded decoded = pickle::decode(source, *builder);
    if (facts != nullptr) *facts = {decoded.protocol, decoded.bytes};
    return only_snapshot({std::move(builder), decoded.root, decoded.bytes});
}

Snapshot decode_json(ByteSource& source, DecodeFacts* facts) {
    Decoder decoder(source, Form::json, nullptr, 0);
    std::optional<DecodedValue> value = decoder.next();
    if (!decoder.at_end()) throw InputError("the file holds several JSON texts");
    if (facts != nullptr) *facts = {0, value->bytes()};
    return only_snapshot(std::move(*value));
}

}  // namespace snapq::snapshot
