// What every view gets: the data, the state and the colours. app.ts makes it when the first device is loaded.
import type { ArchiveView, DeviceView, PageView } from "./data/types";
import type { Store } from "./state";
import type { Colors } from "./draw/colors";

export interface Context {
    readonly page: PageView;
    /** The archive that the page is about (of a comparison: the new one). */
    readonly archive: ArchiveView;
    readonly store: Store;
    /** The device of state.device. It is loaded before observers of `device` are told. */
    device(): DeviceView;
    /** The colours of state.by on the present device: the same in the timeline, the segments and the legend. */
    colors(): Colors;
    /** Called after every change of what colors() gives: key, device, search, light or dark. */
    onColors(tell: () => void): void;
}

/** A view makes its DOM in `host`, which it owns, and keeps it up to date by observing the store. */
export type Mount = (host: HTMLElement, context: Context) => void;
