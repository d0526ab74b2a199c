// The interfaces of the data for the views. The classes in this folder implement them; the views use only these types.
import type { Archive, Device, KeyKind, MomentModel, Page, SourceKeyKind } from "./model";

/** One row of a table by key: `snapq summary --at event:N --by KEY`. */
export interface Group {
    /** The full key, as in the JSON of `summary`; the number of bytes as text for `size`. */
    readonly key: string;
    /** The short form that is shown. */
    readonly label: string;
    readonly bytes: number;
    readonly count: number;
}

/** The memory in a flame graph: live after an event, allocated in the trace, or allocated in it and live at its end. */
export type TreeMoment = number | "allocated" | "unfreed";

/** Sums of a call tree. Index: node of the tree; 0 is the root with everything that has a stack. */
export interface TreeSums {
    /** Bytes and allocations of the node with all nodes below it. */
    readonly bytes: Float64Array;
    readonly count: Float64Array;
    /** Bytes of the allocations that have no stack, by origin: from before the recording, or in it. */
    readonly beforeRecording: { readonly bytes: number; readonly count: number };
    readonly withoutStack: { readonly bytes: number; readonly count: number };
}

export interface Frame {
    readonly file: string;
    /** null: unknown */
    readonly line: number | null;
    readonly function: string;
    readonly python: boolean;
}

/** A call tree of one archive, with all frames or only Python frames. Parents have smaller numbers than children. */
export interface CallTree {
    readonly nodes: number;
    readonly parents: Int32Array;
    frame(node: number): Frame;
    /** Index in TreeModel.frames. */
    frameIndex(node: number): number;
    /** Ascending. */
    childrenOf(node: number): readonly number[];
    isPython(node: number): boolean;
    /** Node of the innermost frame of each stack; 0: it has no frames. */
    readonly nodeOfStack: Int32Array;
    /** Innermost frame first. */
    framesOfStack(stack: number): readonly Frame[];
}

/** Everything about one allocation. `row` is its index in the columns of the page. */
export interface Allocation {
    readonly row: number;
    /** Row number in table `allocations`. */
    readonly idx: number;
    readonly size: number;
    /** -1: before the recording. */
    readonly start: number;
    /** The event after which it is no longer live; null: live at the end. */
    readonly end: number | null;
    /** The event at which the program freed it; null: unknown or never. Before `end` if a stream still used it. */
    readonly freeRequested: number | null;
    readonly startTime: number | null;
    readonly endTime: number | null;
    readonly origin: "trace" | "preexisting_freed" | "preexisting_kept";
    readonly site: string;
    readonly category: string;
    readonly op: string | null;
    readonly phase: string | null;
    readonly stream: string | null;
    readonly pool: string | null;
    readonly address: bigint | null;
    readonly metadata: string | null;
    /** Innermost first; empty: no stack was recorded. For memory from before the recording that was freed in it,
   *  this is the stack of the free. */
    readonly stack: readonly Frame[];
    readonly forwardStack: readonly Frame[] | null;
    readonly freeStack: readonly Frame[] | null;
    /** SQL that selects the row in the archive. */
    readonly sql: string;
}

/** The facts about an allocation that need no further columns, for a tooltip. */
export interface Brief {
    readonly row: number;
    readonly size: number;
    readonly start: number;
    readonly end: number | null;
    readonly site: string;
    readonly category: string;
    /** Microseconds from the allocation to `event`, null when times are unknown or it is older than the trace. */
    readonly age: number | null;
}

export interface SegmentBlock {
    readonly row: number;
    /** Bytes from the start of the segment. */
    readonly offset: number;
    readonly size: number;
}

export interface Segment {
    readonly address: bigint;
    readonly size: number;
    readonly stream: string | null;
    readonly pool: string | null;
    readonly expandable: boolean;
    /** `small` or `large`; null: unknown (the segment was gone at the end). */
    readonly type: string | null;
    /** By offset. Empty when the page has no addresses. */
    readonly blocks: readonly SegmentBlock[];
}

/** One value for each point of table `timeline`. The first point is event -1 if the file has the state at the start. */
export interface Curve {
    readonly event: Int32Array;
    readonly requested: Float64Array;
    readonly reserved: Float64Array | null;
    readonly time: Float64Array | null;
}

/** One device with its columns loaded. */
export interface DeviceView {
    readonly model: Device;
    readonly archive: ArchiveView;
    /** Shown allocations. */
    readonly rows: number;
    /** First event that the page shows (-1, or the start of --range) and the event after the last one. */
    readonly first: number;
    readonly end: number;
    readonly curve: Curve | null;
    readonly keyKinds: readonly KeyKind[];
    readonly moments: readonly MomentModel[];

    readonly start: Int32Array;
    /** 0: live at the end. */
    readonly life: Int32Array;
    readonly size: Float64Array;
    readonly source: Int32Array;

    isLive(row: number, event: number): boolean;
    /** Rows that are live after the event, older first. */
    liveAt(event: number): Int32Array;
    /** Bytes and number of allocations that are live after the event, with those left out of the columns. */
    totalAt(event: number): { readonly bytes: number; readonly count: number; readonly leftOut: number };
    /** Reserved bytes after the event; null: unknown. */
    reservedAt(event: number): number | null;
    /** The groups by bytes, largest first; groups of equal bytes are in the order of the key texts. */
    groupLive(event: number, by: KeyKind): readonly Group[];
    /** The key of one row, as an index in keyTexts(by). */
    keyOf(by: KeyKind): Int32Array;
    keyTexts(by: KeyKind): { readonly keys: readonly string[]; readonly labels: readonly string[] };
    treeSums(moment: TreeMoment, tree: CallTree): TreeSums;
    /** Bytes by stack: stack_id of the archive → bytes; -1 for no stack. */
    stackBytes(moment: TreeMoment): Map<number, number>;
    /** null: the segments at that event are not known. */
    segmentsAt(event: number): Promise<readonly Segment[] | null>;
    readonly hasAddresses: boolean;
    brief(row: number, event: number): Brief;
    allocation(row: number): Promise<Allocation>;
    /** Microseconds since the Unix epoch at an event, interpolated; null: no times. */
    timeAt(event: number): number | null;
    eventAtTime(time: number): number;
    /** The event of a moment's name: `peak`, `start`, `end`, `oom:0`, `step:3`; null: there is none. */
    moment(name: string): number | null;
    /** One value for each row: 1 if the search text finds it. null: the text is empty. */
    search(text: string): Promise<Uint8Array | null>;
}

export interface ArchiveView {
    readonly model: Archive;
    readonly tree: CallTree | null;
    /** C++ frames are left out, so that their memory belongs to the Python frame that called them. */
    readonly pythonTree: CallTree | null;
    /** Loads the columns of a device at the first call. `index`: in model.devices. */
    device(index: number): Promise<DeviceView>;
    /** The curve alone, also of light archives. */
    curve(index: number): Promise<Curve | null>;
    /** For the base of a comparison, which is light: the sums of the live bytes at its peak. */
    treeSumsAtPeak(index: number, tree: CallTree): TreeSums | null;
    keyOfSource(by: SourceKeyKind, source: number): { readonly key: string; readonly label: string };
}

export interface PageView {
    readonly model: Page;
    /** Loads it at the first call. `index`: in model.archives. */
    archive(index: number): Promise<ArchiveView>;
}
