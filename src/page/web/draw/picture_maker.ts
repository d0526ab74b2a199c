// Sends requests for pictures from the page to the picture worker.
import type { Blocks } from "../data/blocks";
import { SweptDevice, sweepBlocks } from "../data/sweep_columns";
import type { Picture, PictureRequest } from "./picture";
import type { FromWorker, ToWorker } from "./picture_worker";

/** The last request for a place that shows one picture at a time. It replaces earlier ones that wait. */
interface Waiting {
    readonly request: PictureRequest;
    readonly done: (picture: Picture | null) => void;
}

export class PictureMaker {
    private readonly worker: Worker;
    private readonly waiting = new Map<string, Waiting>();
    private busy: { readonly id: number; readonly place: string; readonly done: (picture: Picture | null) => void } | null = null;
    private lastId = 0;
    private hides = false;

    /** `script`: the text of the page's own script, which acts as the worker if there is no document. */
    constructor(script: string) {
        const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
        this.worker = new Worker(url);
        URL.revokeObjectURL(url);
        this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.finish(data);
    }

    /** Sets the device of later pictures. All its rows are drawn until hide() is called. */
    device({ columns, left_out }: SweptDevice, blocks: Blocks): void {
        const device = { columns, left_out };
        this.hides = false;
        this.send({ kind: "device", device, compressed: blocks.compressed(sweepBlocks(device)) });
    }

    /** There are no pictures to make. */
    stop(): void {
        this.worker.terminate();
    }

    /** 1: the row is not drawn. */
    hide(hidden: Uint8Array | null): void {
        if (!hidden && !this.hides) return;
        this.hides = hidden !== null;
        this.send({ kind: "hide", hidden });
    }

    /** null: a later request for the same place has replaced this one. */
    draw(place: string, request: PictureRequest): Promise<Picture | null> {
        this.waiting.get(place)?.done(null);
        return new Promise((done) => {
            this.waiting.set(place, { request, done });
            this.startNext();
        });
    }

    private startNext(): void {
        const next = this.busy ? undefined : this.waiting.entries().next();
        if (!next || next.done) return;
        const [place, { request, done }] = next.value;
        this.waiting.delete(place);
        this.busy = { id: ++this.lastId, place, done };
        this.send({ kind: "draw", id: this.lastId, request });
    }

    private finish({ id, picture, error }: FromWorker): void {
        if (this.busy?.id !== id) return;
        if (error) console.error(error);
        const { done } = this.busy;
        this.busy = null;
        this.startNext();
        done(picture);
    }

    private send(message: ToWorker): void {
        this.worker.postMessage(message);
    }
}
