#include "convert/snapshot_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "convert/threads.hpp"
#include "input/sniff.hpp"
#include "support/error.hpp"

namespace snapq::convert {
namespace {

constexpr std::size_t k_buffer = std::size_t{1} << 20;

}  // namespace

ReadAhead::ReadAhead(ByteSource& source) : m_source(source) {
    for (Buffer& buffer : m_buffers) buffer.bytes = std::make_unique_for_overwrite<char[]>(k_buffer);
    m_thread = start_thread([this] { run(); });
}

ReadAhead::~ReadAhead() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopped = true;
    }
    m_changed.notify_all();
}

void ReadAhead::run() {
    for (std::size_t filling = 0;; filling ^= 1) {
        Buffer& buffer = m_buffers[filling];
        {
            std::unique_lock lock(m_mutex);
            m_changed.wait(lock, [&] { return m_stopped || !buffer.full; });
            if (m_stopped) return;
        }
        std::exception_ptr error;
        try {
            fill(buffer);
        } catch (...) {
            error = std::current_exception();
        }
        const std::lock_guard lock(m_mutex);
        buffer.full = true;
        m_error = error;
        m_end = error != nullptr || buffer.size < k_buffer;
        m_changed.notify_all();
        if (m_end) return;
    }
}

void ReadAhead::fill(Buffer& buffer) {
    buffer.size = 0;
    while (buffer.size < k_buffer) {
        const std::size_t got = m_source.read({buffer.bytes.get() + buffer.size, k_buffer - buffer.size});
        if (got == 0) return;
        buffer.size += got;
        m_consumed.store(m_source.consumed(), std::memory_order_relaxed);
    }
}

std::size_t ReadAhead::read(std::span<char> into) {
    Buffer& buffer = m_buffers[m_reading];
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] { return buffer.full || m_end; });
        if (!buffer.full) return 0;       // the previous buffer was the last one
        if (m_position == buffer.size) {  // the last buffer is used up; a failure comes after its bytes
            if (m_error != nullptr) std::rethrow_exception(m_error);
            return 0;
        }
    }
    const std::size_t count = std::min(into.size(), buffer.size - m_position);
    std::memcpy(into.data(), buffer.bytes.get() + m_position, count);
    m_position += count;
    const std::lock_guard lock(m_mutex);
    const bool is_last = m_end && buffer.size < k_buffer;
    if (m_position == buffer.size && !is_last) {
        buffer.full = false;
        m_reading ^= 1;
        m_position = 0;
        m_changed.notify_all();
    }
    return count;
}

namespace {

using snapshot::DecodedValue;
using snapshot::Decoder;

// The most bytes after a snapshot that are read from a pipe, which can be endless. Regular files are read to
// the end.
constexpr std::uint64_t k_most_piped_surplus = std::uint64_t{16} << 20;

// The most keys in the message about several snapshots.
constexpr std::size_t k_most_keys = 8;

bool begins_pickle(std::string_view head) {
    return input::sniff(head).kind == input::FileKind::pickle;
}
static_assert(Decoder::k_head == input::k_sniff_bytes);

std::unique_ptr<Decoder> make_decoder(ByteSource& source, const input::OpenedInput& input) {
    const auto form =
        input.kind() == input::PayloadKind::json ? snapshot::Form::json : snapshot::Form::pickle;
    const std::uint64_t most_surplus =
        input.file_size() ? std::numeric_limits<std::uint64_t>::max() : k_most_piped_surplus;
    return std::make_unique<Decoder>(source, form, begins_pickle, most_surplus);
}

// Looks for the only snapshot among the values of a file.
class OnlyFinder {
public:
    OnlyFinder(SnapshotFile& file, const std::string& path) : m_file(file), m_path(path) {}

    OnlySnapshot find() {
        while (auto value = m_file.next()) add(*value);
        if (m_snapshot_count > 1) refuse_several();
        if (!m_only) refuse_none();
        count_surplus(m_only->snapshot, m_other_bytes + m_file.surplus_bytes());
        return std::move(*m_only);
    }

private:
    [[nodiscard]] const char* value_name() const {
        return m_file.input().kind() == input::PayloadKind::json ? "JSON text" : "pickle";
    }

    void add(DecodedValue& value) {
        ++m_value_count;
        value.leave_out_repeated();
        if (value.snapshot_count() == 0) {
            m_other_bytes += value.bytes();
            if (!m_refusal) m_refusal = refusal_of(value);
        }
        for (std::size_t i = 0; i < value.snapshot_count(); ++i) add_key(value.key(i).path());
        if (m_snapshot_count > 1) {
            m_only.reset();  // the other snapshots of the file are only counted
        } else if (value.snapshot_count() == 1) {
            m_only = OnlySnapshot{m_file.take(value, 0), value.key(0).path()};
        }
    }

    void add_key(const std::string& path) {
        if (++m_snapshot_count > k_most_keys) return;
        const bool in_first = m_value_count == 1 && m_file.at_end();
        const std::string place = in_first ? "" : fmt::format("{} {}", value_name(), m_value_count);
        m_keys.push_back(place + (place.empty() || path.empty() ? "" : ": ") + path);
    }

    [[nodiscard]] static InputError refusal_of(const DecodedValue& value) {
        try {
            value.refuse();
        } catch (const InputError& error) {
            return error;
        }
    }

    [[noreturn]] void refuse_several() const {
        std::string keys = fmt::format("{}", fmt::join(m_keys, ", "));
        if (m_snapshot_count > m_keys.size())
            keys += fmt::format(" and {} more", m_snapshot_count - m_keys.size());
        InputError error(m_file.input().display_name(),
                         fmt::format("the file holds {} snapshots: {}", m_snapshot_count, keys));
        error.with_hint(fmt::format(
            "'snapq convert {} -o DIR --split' makes an archive of each; DIR then works like a directory of "
            "ranks",
            m_path));
        throw error;
    }

    [[noreturn]] void refuse_none() const {
        if (m_value_count == 1) throw m_file.input().located(*m_refusal);
        InputError error(m_file.input().display_name(),
                         fmt::format("none of the {} {}s in the file is a memory snapshot; the first: {}",
                                     m_value_count, value_name(), m_refusal->message()));
        error.with_hint(m_refusal->hint());
        throw error;
    }

    SnapshotFile& m_file;
    const std::string& m_path;
    std::optional<OnlySnapshot> m_only;
    std::size_t m_value_count = 0;
    std::size_t m_snapshot_count = 0;
    std::uint64_t m_other_bytes = 0;  // of the values without a snapshot
    std::vector<std::string> m_keys;  // the first k_most_keys
    std::optional<InputError> m_refusal;
};

}  // namespace

std::size_t ProgressSource::read(std::span<char> into) {
    const std::size_t got = m_source.read(into);
    if (m_progress) m_progress("reading", m_source.consumed(), m_total);
    return got;
}

SnapshotFile::SnapshotFile(const std::string& path, const Progress& progress)
    : m_input(input::open_input(path)),
      m_ahead(std::make_unique<ReadAhead>(m_input.payload())),
      m_source(std::make_unique<ProgressSource>(*m_ahead, progress, m_input.file_size().value_or(0))),
      m_decoder(make_decoder(*m_source, m_input)) {}

std::optional<DecodedValue> SnapshotFile::next() {
    try {
        auto value = m_decoder->next();
        if (value) m_unpacked += value->bytes();
        return value;
    } catch (const InputError& error) {
        throw m_input.located(error);
    }
}

snapshot::Snapshot SnapshotFile::take(DecodedValue& value, std::size_t index) {
    try {
        snapshot::Snapshot snapshot = value.take(index);
        snapshot.expansion_budget->set_bytes_read(m_unpacked);
        return snapshot;
    } catch (const InputError& error) {
        throw m_input.located(error);
    }
}

void SnapshotFile::finish() {
    m_ahead.reset();  // its thread reads the payload
    m_input.finish();
}

void count_surplus(snapshot::Snapshot& snapshot, std::uint64_t bytes) {
    if (bytes == 0) return;
    snapshot.anomalies.push_back(
        {std::nullopt, snapshot::Anomaly::surplus_bytes, static_cast<std::int64_t>(bytes), std::nullopt});
}

OnlySnapshot read_only_snapshot(SnapshotFile& file, const std::string& path) {
    return OnlyFinder(file, path).find();
}

}  // namespace snapq::convert
