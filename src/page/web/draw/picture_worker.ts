// Draws pictures beside the page, so that the page never waits for a sweep.
import { drawPicture, Picture, PictureRequest } from "./picture";
import type { SweepColumns } from "./changes";
import { Sweep } from "./sweep";

export type ToWorker =
    | { readonly kind: "device"; readonly columns: SweepColumns }
    | { readonly kind: "hide"; readonly hidden: Uint8Array | null }
    | { readonly kind: "draw"; readonly id: number; readonly request: PictureRequest };

export interface FromWorker {
    readonly id: number;
    readonly picture: Picture;
    /** Milliseconds that the worker drew. */
    readonly time: number;
}

/** The part of a worker's global object that is used here. */
interface WorkerScope {
    onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
    postMessage(message: FromWorker, transfer: Transferable[]): void;
}

export function startPictureWorker(scope: WorkerScope): void {
    let sweep: Sweep | null = null;
    scope.onmessage = ({ data }) => {
        if (data.kind === "device") sweep = new Sweep(data.columns);
        else if (data.kind === "hide") sweep?.hide(data.hidden);
        else if (sweep) {
            const begin = performance.now();
            const picture = drawPicture(sweep, data.request);
            const time = performance.now() - begin;
            scope.postMessage({ id: data.id, picture, time }, [picture.rows.buffer, picture.events.buffer, picture.totals.buffer]);
        }
    };
}
