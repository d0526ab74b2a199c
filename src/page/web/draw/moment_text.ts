// The names of events in the timeline.
import type { DeviceView } from "../data/types";
import { formatCount, formatDuration } from "../format";

/** "event 1,234, +12.3 ms" */
export function momentText(device: DeviceView, event: number): string {
    if (event < 0) return "before the recording";
    const begin = device.timeAt(device.first);
    const time = device.timeAt(event);
    const since = begin === null || time === null ? "" : `, +${formatDuration(Math.round(time - begin))}`;
    return `event ${formatCount(event)}${since}`;
}
