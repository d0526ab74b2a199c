// Builds the records of a snapshot from finished containers, read from a pickle or from JSON.
//
// A dict is recognised by its keys, not by its position: one with `action` is a trace entry, one with
// `filename` and `name` is a frame. So a snapshot inside a user's dict, traces before segments, and shared
// parts need no special cases. Trace entries go directly into the columns of their list; nothing else is
// stored for each event.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pickle/handler.hpp"
#include "snapshot/extra_values.hpp"
#include "snapshot/model.hpp"
#include "snapshot/records.hpp"

namespace snapq::snapshot {

// A dict with one of the keys `segments`, `device_traces`, `host_segments` and `host_traces`.
struct SnapshotRecord {
    std::optional<Value> segments;
    std::optional<Value> traces;
    std::optional<Value> settings;
    std::optional<Value> annotations;
    std::optional<Value> host_segments;
    std::optional<Value> host_traces;
    std::vector<std::pair<Value, Value>> unread;  // all other keys
};

// The stack of the forward call to which work in the backward pass belongs.
struct ForwardFrames {
    TextId text;    // the list as JSON, so that it can be restored; none without the key
    StackId stack;  // none unless each item is an entry of a Python traceback
};

// The number of rows that repeat the name of an annotation: its own row and that of its span.
inline constexpr std::uint64_t k_rows_of_name = 2;

// An extra whose owner is still numbered as in the builder, not as in the snapshot.
struct PendingExtra {
    Extra::Owner owner = Extra::Owner::snapshot;
    std::uint32_t trace = 0;  // only if the owner is an event
    std::uint32_t index = 0;
    TextId key;
    TextId value;
};

// Throws the InputError for more than k_most_devices devices.
[[noreturn]] void refuse_devices(std::uint64_t offset);

// One thread. Throws InputError, with the offset in the input, for input that no recorder writes.
class Builder : public pickle::Handler {
public:
    // `budget` is shared by all pickles or JSON texts of an input.
    explicit Builder(std::shared_ptr<ExpansionBudget> budget);

    // ---- pickle::Handler ----
    std::uint32_t text(std::string_view bytes) override;
    [[nodiscard]] std::string_view text_of(std::uint32_t id) const override {
        return symbols.text(TextId(id));
    }
    Value dict(std::span<const Value> entries, pickle::ListState* owner, bool may_wait,
               std::uint64_t offset) override;
    bool append(pickle::ListState& list, std::span<const Value> items, std::uint64_t offset) override;
    Value list(pickle::ListState& list, std::span<const Value> last_items, std::uint64_t offset) override;
    Value tuple(std::span<const Value> items, std::uint64_t offset) override;
    [[nodiscard]] bool is_interned(const pickle::Value& value) const override {
        return value.is_record(static_cast<std::uint8_t>(Record::stack));
    }
    [[nodiscard]] bool is_taken(const Value& value) const override {
        return is_record(value, Record::event) && value.id >= m_acknowledged;
    }

    // An empty list is read as a stack without frames, whatever its key.
    [[nodiscard]] bool is_empty_list(const Value& value) const {
        return is_record(value, Record::stack) && symbols.depth(StackId(value.id)) == 0;
    }

    // Whether the value is a list of records of this type.
    [[nodiscard]] bool is_sequence_of(const Value& value, Record type) const {
        return is_record(value, Record::sequence) &&
               sequences.data(value.id)[0] == static_cast<std::uint32_t>(type);
    }
    [[nodiscard]] std::span<const std::uint32_t> ids_of(std::uint32_t sequence) const {
        return {sequences.data(sequence) + 1, sequences.length(sequence) - 1};
    }

    // Charge the expansion budget. They return false, and charge nothing, when that would exceed the budget.
    [[nodiscard]] bool charge(std::uint64_t bytes);
    [[nodiscard]] bool charge_kept(std::uint64_t bytes);
    // JSON text of a value that is not part of a record. None when it has no JSON text, or when keeping it
    // would exceed the budget.
    [[nodiscard]] TextId extra_value(const Value& value);
    // Charges the text for `rows` rows of the archive. Returns the text. If it exceeds the budget, returns
    // its beginning (see cut_text) and counts that in cut_texts. `none` stays `none`.
    [[nodiscard]] TextId charged(TextId text, std::uint64_t rows = 1);
    // The same for what PyTorch writes as one word, such as the state of a block. A text that is too long for
    // a word is always cut: SQLite reads whole rows while it looks for the place of a new one.
    [[nodiscard]] TextId charged_word(TextId text);
    [[nodiscard]] TextId cut(TextId text);
    // Charges a row of table `extra`. False, and counted as dropped, when there is no value or the row
    // exceeds the budget.
    [[nodiscard]] bool may_keep_extra(TextId key, TextId value);
    // The text of a dict's key, as in JSON text; none for a value that cannot be one.
    [[nodiscard]] TextId key_text(const Value& key);
    // The two texts as one; none when keeping it would exceed the budget.
    [[nodiscard]] TextId join_texts(std::string_view first, std::string_view second);
    void count_dropped(std::int64_t count = 1) { dropped_extras += count; }

    // Offset in the input of the last finished container.
    [[nodiscard]] std::uint64_t offset() const { return m_offset; }

    static constexpr std::uint32_t k_no_blocks = 0xffffffffU;

    // ---- the results, which assemble() takes ----
    Symbols symbols;
    EventTables event_tables;
    std::vector<EventLog> traces;
    std::vector<Segment> segments;
    std::vector<std::uint32_t> segment_blocks;  // by segment: the sequence of its blocks, or k_no_blocks
    std::vector<Block> blocks;
    std::vector<bool> block_has_address;
    std::vector<Annotation> annotations;
    std::vector<SnapshotRecord> snapshots;
    std::vector<PendingExtra> extras;
    SequenceInterner sequences;
    ExtraValues extra_values;
    PairTable pairs;
    std::int64_t dropped_extras = 0;
    std::int64_t invalid_texts = 0;
    std::int64_t cut_texts = 0;
    std::shared_ptr<ExpansionBudget> expansion_budget;
    // Events and blocks that assemble() has copied to one of several snapshots.
    std::uint64_t copied_records = 0;

private:
    // ---- one function for each kind of dict ----
    [[nodiscard]] Value build_event(pickle::ListState& owner);
    [[nodiscard]] std::optional<Value> build_frame();
    [[nodiscard]] Value build_block();
    [[nodiscard]] Value build_segment();
    [[nodiscard]] Value build_annotation();
    [[nodiscard]] Value build_snapshot();

    [[nodiscard]] bool looks_like_event() const;
    [[nodiscard]] bool looks_like_segment() const;
    [[nodiscard]] bool looks_like_snapshot() const;
    [[nodiscard]] std::string_view truncate_text(std::string_view bytes);
    [[nodiscard]] TextId print_extra(const Value& value);
    // Interns the frame and charges its texts when it is new.
    [[nodiscard]] FrameId intern_frame(Frame frame);
    [[nodiscard]] bool has_room_for_trace() const;
    [[nodiscard]] bool may_own_events(const pickle::ListState& owner) const;
    [[nodiscard]] static bool exceeds_extra_limit(const pickle::ListState& list,
                                                  std::span<const Value> items);
    [[nodiscard]] TextId pair_text(std::uint32_t pair);
    [[nodiscard]] bool collect_ids(std::span<const Value> items, Record type);
    [[nodiscard]] Value finish_list(std::span<const Value> items);
    [[nodiscard]] Value make_pair(std::span<const Value> items);
    [[nodiscard]] Value make_sequence(std::uint32_t type, std::span<const Value> items);
    void append_event(std::uint32_t trace, const EventShape& shape, std::uint32_t address_id, StackId stack,
                      std::optional<std::int64_t> time_us);
    void copy_event(std::uint32_t trace, std::uint32_t ordinal);
    void append_events(std::uint32_t trace, std::span<const Value> items, std::uint64_t offset);

    // ---- fields that several records share ----
    [[nodiscard]] StackId read_stack(Key key);
    [[nodiscard]] ForwardFrames read_forward_frames();
    [[nodiscard]] StackId forward_stack(const Value& texts);
    // The stack of key `frames`, with that of `forward`.
    [[nodiscard]] StackId read_stack(const ForwardFrames& forward);
    [[nodiscard]] TextId read_pool(Key key);
    [[nodiscard]] std::optional<std::int64_t> read_number(Key key);
    void read_history(Block& block);
    [[nodiscard]] std::uint32_t read_blocks();
    void keep_unread(Extra::Owner owner, std::uint32_t index, std::uint32_t trace = 0);

    // The position of a run of consecutively numbered events.
    struct EventRun {
        std::uint32_t first_ordinal;
        std::uint32_t trace;
        std::uint32_t first_event;
    };

    Fields m_fields;
    std::vector<TextId> m_pair_texts;  // "1,0", by pair; none until it is used
    std::unordered_map<std::uint32_t, ForwardFrames> m_forward_frames;  // by sequence
    std::unordered_map<std::uint64_t, TextId> m_extra_texts;  // of records and texts, by kind, type and id
    std::uint64_t m_copied_events = 0;
    std::uint64_t m_repeated_frames = 0;  // of stacks with a forward stack
    std::uint64_t m_offset = 0;           // in the input, of the last container
    // Id of a text that is not UTF-8 to the id of the repaired text.
    std::unordered_map<std::uint32_t, std::uint32_t> m_repaired;
    std::vector<EventRun> m_event_runs;
    std::uint32_t m_event_count = 0;
    std::uint32_t m_acknowledged = 0;  // events below this number have been appended to their list
    std::vector<Value> m_scratch_values;
    std::vector<std::uint32_t> m_scratch_ids;
};

}  // namespace snapq::snapshot
