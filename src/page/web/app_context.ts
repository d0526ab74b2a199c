// The context of every view: the data, the state and the colours. app.ts makes it when the first device is loaded.
import type { DeviceData } from "./data/device_data";
import type { ArchiveView, PageView } from "./data/types";
import type { Colors } from "./draw/colors";
import type { Picture } from "./draw/picture";
import type { PictureMaker } from "./draw/picture_maker";
import type { State, Store } from "./state";

/** The interface of the timeline for scripts and tests. Positions are CSS pixels of the browser's window. */
export interface TimelineHook {
    /** Resolves when the picture of the current state is on the screen; at once if the timeline is not shown. */
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
    /** The main archive of the page; in a comparison, the new one. */
    readonly archive: ArchiveView;
    readonly store: Store;
    /** False when all archives are light, or when there is no device; device() and colors() throw then. */
    hasDevice(): boolean;
    /** Changes the state, and loads another device first if it asks for one. */
    go(changes: Partial<State>): Promise<void>;
    /** The part of the page's address after and with `#`, for what the page shows now. */
    link(): string;
    /** The device of state.device. It is loaded before observers of `device` are told. */
    device(): DeviceData;
    /** The colours of state.by for the current device: the same in the timeline, the segments and the legend. */
    colors(): Colors;
    /** `tell` is called after every change of colors(): of the key, the device, the search, or light and dark mode. */
    onColors(tell: () => void): void;
    /** Makes pictures of the current device. */
    readonly pictures: PictureMaker;
    /** The timeline registers itself for scripts and tests. */
    attach(timeline: TimelineHook): void;
}

/** Makes the DOM of a view in `host`, which the view owns. The view keeps it up to date by observing the store. */
export type Mount = (host: HTMLElement, context: Context) => void;
