// The sums for a flame graph: bytes and allocations of the nodes of a call tree at a moment.
import { sumUpwards } from "./call_tree";
import type { DeviceData } from "./device_data";
import type { Archive } from "./model";
import type { CallTree, TreeMoment, TreeSums } from "./types";

/** By index in archive.sources. */
export interface SourceSums {
    readonly bytes: Float64Array;
    readonly count: Float64Array;
}

export function sumsBySource(device: DeviceData, moment: TreeMoment): SourceSums {
    const sources = device.archive.model.sources?.stack.length ?? 0;
    const sums = { bytes: new Float64Array(sources), count: new Float64Array(sources) };
    const add = (row: number): void => {
        sums.bytes[device.source[row]] += device.size[row];
        sums.count[device.source[row]] += 1;
    };
    if (typeof moment === "number") {
        device.live.forEach(moment, add);
        return sums;
    }
    for (let row = 0; row < device.rows; ++row) {
        const inTrace = device.start[row] >= 0;
        if (inTrace && (moment === "allocated" || device.life[row] === 0)) add(row);
    }
    return sums;
}

export function sumTree(archive: Archive, sums: SourceSums, tree: CallTree): TreeSums {
    const bytes = new Float64Array(tree.nodes);
    const count = new Float64Array(tree.nodes);
    const beforeRecording = { bytes: 0, count: 0 };
    const withoutStack = { bytes: 0, count: 0 };
    sums.count.forEach((number, source) => {
        const stack = archive.sources!.stack[source];
        const node = stack < 0 ? 0 : tree.nodeOfStack[stack];
        if (node > 0) {
            bytes[node] += sums.bytes[source];
            count[node] += number;
            return;
        }
        const rest = archive.sources!.origin[source] === 0 ? withoutStack : beforeRecording;
        rest.bytes += sums.bytes[source];
        rest.count += number;
    });
    sumUpwards(tree.parents, bytes);
    sumUpwards(tree.parents, count);
    return { bytes, count, beforeRecording, withoutStack };
}
