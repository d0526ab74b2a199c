// One archive of the page: its texts, its call trees, and its devices, which are loaded when they are shown.
import type { Blocks } from "./blocks";
import { Trees, loadTrees } from "./call_tree";
import { loadCurve } from "./curve";
import { DeviceData, loadDevice } from "./device_data";
import { UNKNOWN } from "./keys";
import type { Archive, SourceKeyKind } from "./model";
import { sumTree } from "./tree_sums";
import type { ArchiveView, CallTree, Curve, TreeSums } from "./types";

export class ArchiveData implements ArchiveView {
    private readonly devices = new Map<number, Promise<DeviceData>>();

    private constructor(
        readonly model: Archive,
        private readonly blocks: Blocks,
        private readonly trees: Trees | null,
    ) {}

    static async load(model: Archive, blocks: Blocks): Promise<ArchiveData> {
        const trees = model.tree ? await loadTrees(blocks, model.tree, model.stacks ?? []) : null;
        return new ArchiveData(model, blocks, trees);
    }

    get tree(): CallTree | null {
        return this.trees?.all ?? null;
    }

    get pythonTree(): CallTree | null {
        return this.trees?.python ?? null;
    }

    device(index: number): Promise<DeviceData> {
        let device = this.devices.get(index);
        if (!device) this.devices.set(index, (device = loadDevice(this, this.model.devices[index], this.blocks)));
        return device;
    }

    curve(index: number): Promise<Curve | null> {
        return loadCurve(this.blocks, this.model.devices[index].curve);
    }

    treeSumsAtPeak(index: number, tree: CallTree): TreeSums | null {
        const live = this.model.devices[index]?.live;
        const sources = this.model.sources?.stack.length;
        if (!live || sources === undefined) return null;
        const sums = { bytes: new Float64Array(sources), count: new Float64Array(sources) };
        live.source.forEach((source, i) => {
            sums.bytes[source] += live.bytes[i];
            sums.count[source] += live.count[i];
        });
        return sumTree(this.model, sums, tree);
    }

    keyOfSource(by: SourceKeyKind, source: number): { key: string; label: string } {
        const texts = this.model.sources?.keys[by];
        const index = texts?.of[source];
        if (!texts || index === undefined) return { key: UNKNOWN, label: UNKNOWN };
        return { key: texts.keys[index], label: texts.labels[index] };
    }
}
