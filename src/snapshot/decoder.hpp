// Decodes snapshots from bytes.
//
// Accepts the files of all PyTorch versions since 1.13: the dict of `_snapshot()`, a bare list of segments,
// and any number of these in a user's dicts and lists, or one after the other in a file. Throws InputError,
// with the byte offset where there is one, for damaged or hostile files and for other contents. Memory: about
// 31 bytes an event while decoding, 16 afterwards.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "json/scanner.hpp"
#include "pickle/handler.hpp"
#include "snapshot/model.hpp"
#include "support/byte_window.hpp"
#include "support/bytes.hpp"

namespace snapq::snapshot {

class Builder;
struct FoundSnapshots;

// One pickle or JSON text, with the snapshots in it. Movable.
class DecodedValue {
public:
    DecodedValue(std::unique_ptr<Builder> builder, const pickle::Value& root, std::uint64_t bytes);
    DecodedValue(DecodedValue&&) noexcept;
    DecodedValue& operator=(DecodedValue&&) noexcept;
    ~DecodedValue();

    // The number of places at which the value has a snapshot. The same snapshot may be at several places.
    [[nodiscard]] std::size_t snapshot_count() const;
    [[nodiscard]] const SnapshotKey& key(std::size_t index) const;
    // A key whose value may also be a snapshot: the pickle refers to the value before it is complete.
    [[nodiscard]] const std::optional<SnapshotKey>& unclear_key() const;
    // From now on, each snapshot counts once, at its first place.
    void leave_out_repeated();
    // May be called once for each snapshot. Throws InputError when its parts are not what a recorder writes.
    [[nodiscard]] Snapshot take(std::size_t index);
    // Throws the InputError that says what a value without snapshots is instead.
    [[noreturn]] void refuse() const;

    // Length of the pickle, or of the JSON text with the blanks after it.
    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; }

private:
    std::unique_ptr<Builder> m_builder;
    pickle::Value m_root;
    std::unique_ptr<FoundSnapshots> m_found;
    std::uint64_t m_bytes = 0;
};

enum class Form : std::uint8_t { pickle, json };

// Reads the values of an input one after another. One thread; different sources may be decoded concurrently.
class Decoder {
public:
    // Says whether bytes are the beginning of another pickle. `head` has k_head bytes, or fewer at the end.
    using BeginsPickle = bool (*)(std::string_view head);
    static constexpr std::size_t k_head = 4096;

    // `source` must outlive the decoder. JSON text may also have what Python's json module adds: NaN, lone
    // surrogates and integers of any size. Decoding JSON takes 16 MiB more memory than decoding a pickle,
    // however long the lines are. After the last value, at most `most_surplus` bytes are read, since a pipe
    // can be endless.
    Decoder(ByteSource& source, Form form, BeginsPickle begins_pickle, std::uint64_t most_surplus);

    // nullopt after the last value.
    [[nodiscard]] std::optional<DecodedValue> next();
    // Whether all values have been returned.
    [[nodiscard]] bool at_end() const { return m_at_end; }
    // The number of bytes after the last pickle that are no pickle. 0 for NUL bytes, which are padding, and
    // as long as the last value has not been returned.
    [[nodiscard]] std::uint64_t surplus_bytes() const { return m_surplus; }

private:
    [[nodiscard]] DecodedValue next_pickle();
    [[nodiscard]] DecodedValue next_json();
    [[nodiscard]] bool another_pickle_follows();
    [[nodiscard]] std::uint64_t skip_nuls();
    [[nodiscard]] std::uint64_t count_rest();

    std::optional<ByteWindow> m_bytes;       // pickle only
    std::optional<json::JsonWindow> m_text;  // JSON only
    std::shared_ptr<ExpansionBudget> m_expansion_budget = std::make_shared<ExpansionBudget>();
    BeginsPickle m_begins_pickle;
    std::uint64_t m_most_surplus;
    std::uint64_t m_surplus = 0;
    bool m_at_end = false;
};

struct DecodeFacts {
    std::uint8_t protocol = 0;  // pickle only
    std::uint64_t bytes = 0;    // length of the pickle or JSON text
};

// The only snapshot of a single pickle or JSON text; bytes after a pickle are ignored. Throws InputError also
// when there are several snapshots. `facts` may be null.
[[nodiscard]] Snapshot decode_pickle(ByteSource& source, DecodeFacts* facts = nullptr);
[[nodiscard]] Snapshot decode_json(ByteSource& source, DecodeFacts* facts = nullptr);

}  // namespace snapq::snapshot
