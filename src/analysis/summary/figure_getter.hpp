// Single figures for shell scripts (`--get`).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/summary.hpp"

namespace snapq::analysis {

struct GotFigures {
    UntrustedText text;                // one line for each figure; an empty line if no device has it
    std::vector<std::string> missing;  // names of the figures that no device has
};

// Throws UsageError for a name that is not in figure_list_text().
void require_figure_names(const std::vector<std::string>& names);

// Combines all devices of all archives. A number is the largest one; a flag is true if it is true for all; a
// text is that of the device with the highest peak. All figures of an out-of-memory error describe the same
// error: the one at the moment of the summary, else the earliest one.
class FigureGetter {
public:
    // `names` must be known, see require_figure_names().
    explicit FigureGetter(std::vector<std::string> names);

    // The archive is not kept.
    void add(const report::ArchiveSummary& archive);
    [[nodiscard]] GotFigures take();

private:
    struct Wanted {
        std::string name;
        const report::NamedFigure* of_device = nullptr;  // one of both is there
        const report::NamedOomFigure* of_oom = nullptr;
        report::FigureValue value{};
        std::int64_t highest_peak = -1;  // of the device whose text is the value
    };
    // The error whose figures are in m_wanted.
    struct Oom {
        bool is_of_moment = false;  // that was asked for
        report::MaybeInteger time_us;
    };

    void add_device(const report::DeviceSummary& device);
    void add_oom(const report::DeviceSummary& device, const report::OomReport& oom);

    std::vector<Wanted> m_wanted;
    std::optional<Oom> m_oom;
};

// What --list-get prints.
[[nodiscard]] std::string figure_list_text();
[[nodiscard]] std::vector<std::string> figure_names();

}  // namespace snapq::analysis
