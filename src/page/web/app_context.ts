// What every view gets: the data, the state and the colours. app.ts makes it when the first device is loaded.
import type { DeviceData } from "./data/device_data";
import type { ArchiveView, PageView } from "./data/types";
import type { Colors } from "./draw/colors";
import type { Picture } from "./draw/picture";
import type { PictureMaker } from "./draw/picture_maker";
import type { State, Store } from "./state";

/** What scripts and tests may ask of the timeline. Positions are CSS pixels of the browser's window. */
export interface TimelineHook {
    /** After the picture of the present state is on the screen; at once when the timeline is not shown. */
    settled(): Promise<void>;
    /** The drawn area. */
    plot(): { left: number; top: number; width: number; height: number; from: number; to: number; maxBytes: number };
    picture(): Picture | null;
    pixelAt(x: number, y: number): { event: number; byte: number; row: number | null; idx: number | null; color: string | null } | null;
    drawnAt(x: number, y: number): string | null;
    readonly frameTimes: readonly number[];
    readonly firstDrawMs: number | null;
}

export interface Context {
    readonly page: PageView;
    /** The archive that the page is about (of a comparison: the new one). */
    readonly archive: ArchiveView;
    readonly store: Store;
    /** False when all archives are light, or when there is no device; device() and colors() throw then. */
    hasDevice(): boolean;
    /** Changes the state, and loads another device first if it asks for one. */
    go(changes: Partial<State>): Promise<void>;
    /** The device of state.device. It is loaded before observers of `device` are told. */
    device(): DeviceData;
    /** The colours of state.by on the present device: the same in the timeline, the segments and the legend. */
    colors(): Colors;
    /** Called after every change of what colors() gives: key, device, search, light or dark. */
    onColors(tell: () => void): void;
    /** Makes pictures of the present device. */
    readonly pictures: PictureMaker;
    /** The timeline makes itself known. */
    attach(timeline: TimelineHook): void;
}

/** A view makes its DOM in `host`, which it owns, and keeps it up to date by observing the store. */
export type Mount = (host: HTMLElement, context: Context) => void;
