#include "report/figure_list.hpp"

#include <array>

namespace snapq::report {
namespace {

FigureValue value_of(MaybeInteger value) {
    return value ? FigureValue(*value) : FigureValue();
}

template <MaybeInteger DeviceFigures::*Member>
FigureValue figure(const DeviceSummary& device) {
    return value_of(device.figures.*Member);
}

template <MaybeInteger Fragmentation::*Member>
FigureValue part(const DeviceSummary& device) {
    return device.fragmentation ? value_of((*device.fragmentation).*Member) : FigureValue();
}

FigureValue peak_site(const DeviceSummary& device) {
    return device.peak_site ? FigureValue(device.peak_site->key) : FigureValue();
}

FigureValue growth(const DeviceSummary& device) {
    return value_of(device.figures.growth_bytes());
}
FigureValue has_trace(const DeviceSummary& device) {
    return device.figures.has_trace;
}
FigureValue complete(const DeviceSummary& device) {
    return device.figures.complete;
}

using F = DeviceFigures;
constexpr std::array k_device_figures{
    NamedFigure{"has_trace", "false: only the state at the dump is known", has_trace},
    NamedFigure{"complete", "false: events are missing, peaks are lower bounds", complete},
    NamedFigure{"event_count", "events of the trace", figure<&F::event_count>},
    NamedFigure{"allocation_count", "allocations, those from before the recording included",
                figure<&F::allocation_count>},
    NamedFigure{"preexisting_bytes", "requested and live before the first event",
                figure<&F::preexisting_bytes>},
    NamedFigure{"peak_requested_bytes", "the most that was requested and live at once",
                figure<&F::peak_requested_bytes>},
    NamedFigure{"peak_event", "event after which that was reached; -1: before the first",
                figure<&F::peak_event>},
    NamedFigure{"peak_timestep", "its step in allocations.json", figure<&F::peak_timestep>},
    NamedFigure{"peak_time_us", "its time, Unix microseconds", figure<&F::peak_time_us>},
    NamedFigure{"peak_site", "who made the peak", peak_site},
    NamedFigure{"reserved_at_peak_bytes", "held from the driver at that moment",
                figure<&F::reserved_at_peak_bytes>},
    NamedFigure{"peak_reserved_bytes", "the most held from the driver at any time",
                figure<&F::peak_reserved_bytes>},
    NamedFigure{"end_requested_bytes", "requested and live at the end", figure<&F::end_requested_bytes>},
    NamedFigure{"end_allocated_bytes", "torch.cuda.memory_allocated() at the end",
                figure<&F::end_allocated_bytes>},
    NamedFigure{"end_reserved_bytes", "torch.cuda.memory_reserved() at the end",
                figure<&F::end_reserved_bytes>},
    NamedFigure{"unfreed_bytes", "requested in the trace and live at its end", figure<&F::unfreed_bytes>},
    NamedFigure{"growth_bytes", "requested at the end minus before the first event", growth},
    NamedFigure{"oom_events", "times an allocation failed", figure<&F::oom_events>},
    NamedFigure{"peak_reserved_event", "event after which reserved bytes were highest",
                figure<&F::peak_reserved_event>},
    NamedFigure{"end_active_bytes", "allocated bytes and pending frees at the end",
                figure<&F::end_active_bytes>},
    NamedFigure{"pending_bytes", "freed by the program, still in use by a stream at the end",
                figure<&F::pending_bytes>},
    NamedFigure{"first_time_us", "time of the first event", figure<&F::first_time_us>},
    NamedFigure{"last_time_us", "time of the last event", figure<&F::last_time_us>},
};

using P = Fragmentation;
constexpr std::array k_fragmentation_figures{
    NamedFigure{"reserved_bytes", "held from the driver at the moment (--at)", part<&P::reserved_bytes>},
    NamedFigure{"requested_bytes", "requested and live at the moment", part<&P::requested_bytes>},
    NamedFigure{"rounding_bytes", "lost to block sizes", part<&P::rounding_bytes>},
    NamedFigure{"cached_bytes", "whole free segments", part<&P::cached_bytes>},
    NamedFigure{"stranded_bytes", "free inside occupied segments", part<&P::stranded_bytes>},
    NamedFigure{"segments", "segments", part<&P::segments>},
    NamedFigure{"cached_segments", "segments that are wholly free", part<&P::cached_segments>},
    NamedFigure{"holes", "free ranges", part<&P::holes>},
    NamedFigure{"largest_hole_bytes", "the largest free range", part<&P::largest_hole_bytes>},
};

}  // namespace

std::span<const NamedFigure> device_figure_list() {
    return k_device_figures;
}
std::span<const NamedFigure> fragmentation_figure_list() {
    return k_fragmentation_figures;
}

}  // namespace snapq::report
