// The types of the block `page` of a report, which the C++ code in src/page writes. Sizes are bytes, times are
// microseconds since the Unix epoch, events are indexes in the trace of a device; event -1 is the state before the
// recording. Integers that may exceed 2^53 (addresses, streams) are strings of decimal digits.

/** A compressed column or text in its own <script> element. */
export interface Block {
    readonly id: string;
    readonly coding: "delta" | "plain";
    /** Values in the column. */
    readonly count: number;
    /** Bytes before compression. */
    readonly raw: number;
}

export type Mode = "one" | "compare" | "ranks";

export interface Page {
    readonly format: number;
    readonly snapq: string;
    readonly mode: Mode;
    /** One archive; or the new archive and its base; or one archive for each rank. */
    readonly archives: readonly Archive[];
    /** What `snapq diff BASE NEW --format json` prints. */
    readonly diff: unknown;
    /** What `snapq summary --format json` prints. */
    readonly summary: unknown;
    readonly first_screen: readonly string[];
    /** Ranks that the page does not show, because there are too many. Totals are of all. */
    readonly left_out_archives: number;
    readonly definitions: Readonly<Record<string, string>>;
}

export interface Archive {
    readonly name: string;
    readonly rank: number | null;
    readonly labels: Readonly<Record<string, string>>;
    readonly source: { readonly name: string; readonly bytes: number; readonly kind: string };
    readonly settings: readonly (readonly [string, string])[];
    /** It has no columns: only curves and, for the base of a comparison, the tree and the live bytes at the peak. */
    readonly light: boolean;
    readonly tree?: TreeModel | null;
    readonly stacks?: readonly StackModel[] | null;
    readonly sources?: SourcesModel | null;
    readonly pools?: readonly string[] | null;
    readonly streams?: readonly StreamModel[] | null;
    readonly categories?: readonly string[] | null;
    readonly metadata?: readonly string[] | null;
    readonly devices: readonly Device[];
}

/** All stacks of the archive as one tree, outermost frame first. Node 0 is the root. */
export interface TreeModel {
    readonly files: readonly string[];
    readonly functions: readonly string[];
    /** [index of file, line or -1, index of function] */
    readonly frames: readonly (readonly [number, number, number])[];
    readonly parents: Block;
    readonly frame_of: Block;
    /** 0: Python, 1: C++. */
    readonly kinds: Block;
}

export interface StackModel {
    /** stack_id in the archive. */
    readonly id: number;
    /** The innermost frame's node. */
    readonly node: number;
    readonly phase: string | null;
    readonly kind: string;
    /** Index of the stack of the forward call, for work in the backward pass. */
    readonly forward: number | null;
    readonly op: string | null;
}

/** The keys that depend on the source of an allocation: its stack, and whether it is from before the recording. */
export type SourceKeyKind = "site" | "user-frame" | "op" | "function" | "file" | "node" | "phase" | "module";
/** The keys that have their own column. `origin` and the classes of `size` are only for colours. */
export type ColumnKeyKind = "category" | "stream" | "pool" | "size" | "origin";
export type KeyKind = SourceKeyKind | ColumnKeyKind;

export interface KeyTexts {
    readonly keys: readonly string[];
    readonly labels: readonly string[];
    /** Index in `keys` of each source. */
    readonly of: readonly number[];
}

/** Distinct pairs of stack and origin. */
export interface SourcesModel {
    /** Index of the stack, or -1. */
    readonly stack: readonly number[];
    /** 0: allocated in the trace; 1: before it, and freed in it; 2: before it, and kept. */
    readonly origin: readonly number[];
    readonly keys: Readonly<Partial<Record<SourceKeyKind, KeyTexts>>>;
}

export interface StreamModel {
    readonly value: string;
    readonly label: string;
}

export type ColumnName =
    | "start" | "life" | "size" | "source" | "free_stack" | "requested" | "stream" | "pool" | "category"
    | "address" | "metadata" | "idx";

export interface CurveModel {
    readonly event: Block;
    readonly time_us: Block | null;
    readonly requested: Block;
    readonly reserved: Block | null;
}

export interface MomentModel {
    readonly name: string;
    readonly event: number;
    readonly live_bytes: number;
    readonly live_count: number;
}

/** step, start_event, end_event, start_bytes, peak_bytes, peak_event, end_bytes, allocated_bytes */
export type StepRow = readonly [number, number, number, number, number, number, number, number];
/** name, depth, start_event, end_event, peak_bytes, cut (half of the pair is missing) */
export type SpanRow = readonly [string, number, number | null, number | null, number | null, number | boolean];
/** address, total_size, index of stream or -1, index of pool or -1, expandable, segment type */
export type SegmentRow = readonly [string | number, number, number, number, number | boolean, string | null];

export interface SegmentEventsModel {
    readonly event: Block;
    /** 0 segment_alloc, 1 segment_free, 2 segment_map, 3 segment_unmap */
    readonly action: Block;
    readonly address: Block;
    readonly size: Block;
    /** Index + 1, 0: none. `pool` has the same form. */
    readonly stream: Block;
    readonly pool: Block;
}

export type Cell = string | number | null;

export interface TableModel {
    readonly name: string;
    readonly title: string;
    readonly description: string;
    readonly columns: readonly { readonly name: string; readonly unit: "bytes" | "event" | "us" | "count" | null }[];
    readonly rows: readonly (readonly Cell[])[];
    readonly left_out: number;
}

export interface Device {
    readonly device: number;
    readonly kind: "cuda" | "host";
    /** Events are 0 to events - 1. */
    readonly events: number;
    readonly has_trace: boolean;
    readonly complete: boolean;
    readonly allocations: number;
    readonly shown: number;
    readonly shown_from: {
        readonly least_cost: number;
        readonly left_out_allocations: number;
        readonly left_out_bytes: number;
    } | null;
    readonly range: { readonly first: number; readonly last: number } | null;
    readonly columns?: Readonly<Partial<Record<ColumnName, Block | null>>> | null;
    readonly address_unit?: number;
    readonly curve: CurveModel | null;
    readonly left_out?: { readonly event: Block; readonly bytes: Block } | null;
    readonly moments?: readonly MomentModel[];
    readonly steps?: readonly StepRow[];
    readonly spans?: readonly SpanRow[];
    readonly spans_left_out?: number;
    readonly segments?: readonly SegmentRow[];
    readonly segment_events?: SegmentEventsModel | null;
    /** Only for the base of a comparison: the live bytes at its peak, by source. */
    readonly live?: {
        readonly source: readonly number[];
        readonly bytes: readonly number[];
        readonly count: readonly number[];
    } | null;
    readonly tables?: readonly TableModel[];
}
