// The columns that a sweep over the events needs. The page and its worker both decode them, at the same time,
// which is faster than sending them from one to the other.
import type { Blocks } from "./blocks";
import type { Block, Device } from "./model";

/** The live bytes of allocations that the page has no rows for, as a step curve. */
export interface LeftOut {
    readonly event: Int32Array;
    readonly bytes: Float64Array;
}

export interface SweepColumns {
    readonly start: Int32Array;
    readonly life: Int32Array;
    readonly size: Float64Array;
    /** null: nothing is left out. */
    readonly leftOut: LeftOut | null;
}

/** The part of a device that names the blocks of these columns. */
export type SweptDevice = Pick<Device, "columns" | "left_out">;

/** The blocks that loadSweepColumns() reads. */
export function sweepBlocks({ columns, left_out: leftOut }: SweptDevice): Block[] {
    const blocks = [columns?.start, columns?.life, columns?.size, leftOut?.event, leftOut?.bytes];
    return blocks.filter((block): block is Block => Boolean(block));
}

export async function loadSweepColumns({ columns, left_out: leftOut }: SweptDevice, blocks: Blocks): Promise<SweepColumns> {
    const [start, life, size] = [
        columns?.start ? await blocks.integers(columns.start) : new Int32Array(0),
        columns?.life ? await blocks.integers(columns.life) : new Int32Array(0),
        columns?.size ? await blocks.doubles(columns.size) : new Float64Array(0),
    ];
    if (start.length !== life.length || start.length !== size.length) {
        throw new Error("the page is damaged: its columns differ in length");
    }
    return {
        start, life, size,
        leftOut: leftOut ? { event: await blocks.integers(leftOut.event), bytes: await blocks.doubles(leftOut.bytes) } : null,
    };
}
