// The data blocks of the page: each is deflated and in base64, in a <script> element of its own.
import type { Block } from "./model";
import { BYTES, INTEGERS, readBigs, readNumbers } from "./varints";

/** Gives the compressed bytes of a block, or null. */
export type FindBlock = (id: string) => Uint8Array | null;

export class Blocks {
    constructor(private readonly find: FindBlock) {}

    async json<T>(id: string): Promise<T> {
        return JSON.parse(new TextDecoder().decode(await this.inflate(id))) as T;
    }

    /** Integers below 2^53: sizes, times. */
    async doubles(block: Block): Promise<Float64Array> {
        return readNumbers(await this.column(block), block.coding, block.count);
    }

    /** Integers that fit in 32 bits: events, indexes. */
    async integers(block: Block): Promise<Int32Array> {
        return new Int32Array(readNumbers(await this.column(block), block.coding, block.count, INTEGERS));
    }

    async bytes(block: Block): Promise<Uint8Array> {
        return new Uint8Array(readNumbers(await this.column(block), block.coding, block.count, BYTES));
    }

    async bigs(block: Block): Promise<BigUint64Array> {
        return readBigs(await this.column(block), block.coding, block.count);
    }

    private async column(block: Block): Promise<Uint8Array> {
        const bytes = await this.inflate(block.id);
        if (bytes.length !== block.raw) throw new Error(`the page is damaged: block ${block.id} is not whole`);
        return bytes;
    }

    private async inflate(id: string): Promise<Uint8Array> {
        const compressed = this.find(id);
        if (!compressed) throw new Error(`the page is damaged: it lacks block ${id}`);
        const stream = new Blob([compressed as BlobPart]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
        return new Uint8Array(await new Response(stream).arrayBuffer());
    }
}

export function fromBase64(text: string): Uint8Array {
    const characters = atob(text);
    const bytes = new Uint8Array(characters.length);
    for (let i = 0; i < bytes.length; ++i) bytes[i] = characters.charCodeAt(i);
    return bytes;
}

/** The blocks of the elements of a document. */
export function blocksOf(document: Document): Blocks {
    return new Blocks((id) => {
        const element = document.getElementById(id);
        return element ? fromBase64(element.textContent ?? "") : null;
    });
}
