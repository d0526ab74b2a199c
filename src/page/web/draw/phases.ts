// The phases of the program (forward, backward, …) over the events, derived from the phases of the allocations.
import type { DeviceView } from "../data/types";

export interface PhaseRun {
    readonly key: string;
    /** Events [from, to) */
    readonly from: number;
    readonly to: number;
}

/** Runs of allocations of the same phase. Allocations without a phase belong to the run around them. */
export function phaseRuns(device: DeviceView): PhaseRun[] {
    if (!device.keyKinds.includes("phase")) return [];
    const { keys } = device.keyTexts("phase");
    const of = device.keyOf("phase");
    const named = keys.map((key) => !key.startsWith("["));
    const runs: { key: string; from: number; to: number }[] = [];
    for (let row = 0; row < of.length; ++row) {
        const event = device.start[row];
        if (event < 0 || !named[of[row]]) continue;
        const key = keys[of[row]];
        const last = runs[runs.length - 1];
        if (last?.key === key) {
            last.to = Math.max(last.to, event + 1);
            continue;
        }
        if (last) last.to = Math.max(last.to, event);
        runs.push({ key, from: event, to: event + 1 });
    }
    return runs;
}
