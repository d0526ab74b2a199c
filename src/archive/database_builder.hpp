// Writes elements.db, the SQLite database of an archive (design section 5), from what decoding and replay
// left.
//
//     UnnamedFile file;                                   // from io
//     build_database(file.fd(), {snapshot, manifest, devices, classify, content_hash});
//
// One thread, about 10 MiB of its own whatever the size: rows stream from the columns of the snapshot into
// pages, and pages into the file. Equal contents give equal bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "archive/manifest.hpp"
#include "frames/stack_class.hpp"
#include "snapshot/model.hpp"
#include "timeline/replay/replay.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::archive {

// When the elements of a device start and end on the animation clock; timeline::StackedTimeline knows.
class StepSource {
public:
    StepSource() = default;
    StepSource(const StepSource&) = delete;
    StepSource& operator=(const StepSource&) = delete;
    virtual ~StepSource() = default;

    [[nodiscard]] virtual std::uint32_t start_step(std::uint32_t idx) const = 0;
    [[nodiscard]] virtual std::uint32_t end_step(std::uint32_t idx) const = 0;
};

// Whatever has the two functions of a StepSource, such as a StackedTimeline; refers to it.
template <typename Clock>
class StepsOf : public StepSource {
public:
    explicit StepsOf(const Clock& clock) : m_clock(&clock) {}
    [[nodiscard]] std::uint32_t start_step(std::uint32_t idx) const override {
        return m_clock->start_step(idx);
    }
    [[nodiscard]] std::uint32_t end_step(std::uint32_t idx) const override { return m_clock->end_step(idx); }

private:
    const Clock* m_clock;
};

// Nothing is owned; all of it must outlive the call it is handed to.
struct DeviceContents {
    const timeline::Replay* replay = nullptr;
    const timeline::DeviceTables* tables = nullptr;
    const StepSource* steps = nullptr;
};

struct DatabaseContents {
    const snapshot::Snapshot& snapshot;
    const Manifest& manifest;                 // tables meta and anomalies; its entries are not looked at
    std::span<const DeviceContents> devices;  // ascending
    // Asked once for each stack of the snapshot (and each OOM), so that nothing is kept.
    std::function<frames::StackClass(snapshot::StackId)> classify;
    std::function<std::int64_t(snapshot::StackId)> content_hash;
};

// Writes to `fd`: empty, readable and writable, with or without a name. Throws SystemError when the disk is
// full or fails; the file is of no use then. What the callbacks throw passes through.
void build_database(int fd, const DatabaseContents& contents);

// What decoding and replay found odd, in the order of the file and then of the devices, for
// Manifest::anomalies.
[[nodiscard]] std::vector<AnomalyRecord> anomaly_records(const snapshot::Snapshot& snapshot,
                                                         std::span<const timeline::Replay* const> devices);

}  // namespace snapq::archive
