// The figures of a device by the names that users see, in JSON and in `--get`. Names are stable; new ones are
// only added.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "report/summary.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::report {

// std::monostate: the archive does not have the figure.
using FigureValue = std::variant<std::monostate, bool, std::int64_t, UntrustedText>;

struct NamedFigure {
    std::string_view name;
    std::string_view description;  // a few words for --list-get
    std::function<FigureValue(const DeviceSummary&)> get;
};

// A figure of one out-of-memory error, for `--get`. In JSON, each object of `ooms` has them.
struct NamedOomFigure {
    std::string_view name;
    std::string_view description;
    std::function<FigureValue(std::int64_t device, const OomReport&)> get;
};
[[nodiscard]] std::span<const NamedOomFigure> oom_figure_list();

// In the order of the JSON object. First the members of a device, then those of its `fragmentation`.
[[nodiscard]] std::span<const NamedFigure> device_figure_list();
[[nodiscard]] std::span<const NamedFigure> fragmentation_figure_list();

}  // namespace snapq::report
