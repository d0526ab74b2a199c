// Draws pictures in a worker thread, so that the page never waits for a sweep.
import { blocksIn } from "../data/blocks";
import { SweptDevice, loadSweepColumns } from "../data/sweep_columns";
import { Picture, PictureRequest, drawPicture } from "./picture";
import { Sweep } from "./sweep";

export type ToWorker =
    | { readonly kind: "device"; readonly device: SweptDevice; readonly compressed: ReadonlyMap<string, Uint8Array> }
    | { readonly kind: "hide"; readonly hidden: Uint8Array | null }
    | { readonly kind: "draw"; readonly id: number; readonly request: PictureRequest };

/** `error`: why there is no picture. */
export interface FromWorker {
    readonly id: number;
    readonly picture: Picture | null;
    readonly error?: string;
}

/** The part of a worker's global object that is used here. */
interface WorkerScope {
    onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
    postMessage(message: FromWorker, transfer: Transferable[]): void;
}

export function startPictureWorker(scope: WorkerScope): void {
    let sweep = Promise.resolve<Sweep | null>(null);
    scope.onmessage = ({ data }) => {
        if (data.kind === "device") {
            sweep = loadSweepColumns(data.device, blocksIn(data.compressed)).then((columns) => new Sweep(columns));
        } else if (data.kind === "hide") {
            void sweep.then((ready) => ready?.hide(data.hidden));
        } else {
            void sweep.then((ready) => answer(scope, data.id, ready && drawPicture(ready, data.request)))
                .catch((error) => scope.postMessage({ id: data.id, picture: null, error: String(error) }, []));
        }
    };
}

function answer(scope: WorkerScope, id: number, picture: Picture | null): void {
    scope.postMessage({ id, picture }, picture ? [picture.rows.buffer, picture.events.buffer, picture.totals.buffer] : []);
}
