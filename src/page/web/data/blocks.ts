// The data blocks of the page: each is a raw deflate stream in base64, in its own <script> element.
import type { Block } from "./model";
import { turn } from "./turn";
import { readBigs, readNumbers } from "./varints";

/** Returns the compressed bytes of a block, or null if there is no such block. */
export type FindBlock = (id: string) => Uint8Array | null;

export class Blocks {
    constructor(private readonly find: FindBlock) {}

    /** The blocks in compressed form, for a worker that reads them itself. */
    compressed(blocks: readonly Block[]): Map<string, Uint8Array> {
        return new Map(blocks.map(({ id }) => [id, this.bytesOf(id)]));
    }

    async json<T>(id: string): Promise<T> {
        return JSON.parse(new TextDecoder().decode(await this.inflate(id))) as T;
    }

    /** Integers below 2^53: sizes, times. */
    async doubles(block: Block): Promise<Float64Array> {
        return readNumbers(await this.column(block), block.coding, new Float64Array(block.count));
    }

    /** Integers that fit in 32 bits: events, indexes. */
    async integers(block: Block): Promise<Int32Array> {
        return readNumbers(await this.column(block), block.coding, new Int32Array(block.count));
    }

    async bytes(block: Block): Promise<Uint8Array> {
        return readNumbers(await this.column(block), block.coding, new Uint8Array(block.count));
    }

    async bigs(block: Block): Promise<BigUint64Array> {
        return readBigs(await this.column(block), block.coding, block.count);
    }

    private async column(block: Block): Promise<Uint8Array> {
        await turn();
        const bytes = await this.inflate(block.id);
        if (bytes.length !== block.raw) throw new Error(`the page is damaged: block ${block.id} is not whole`);
        return bytes;
    }

    private async inflate(id: string): Promise<Uint8Array> {
        return inflated(this.bytesOf(id));
    }

    private bytesOf(id: string): Uint8Array {
        const compressed = this.find(id);
        if (!compressed) throw new Error(`the page is damaged: it lacks block ${id}`);
        return compressed;
    }
}

// Writes to the stream and reads from it directly. A Blob or a Response would go through the browser's main
// process, which takes longer than the decompression.
async function inflated(compressed: Uint8Array): Promise<Uint8Array> {
    const stream = new DecompressionStream("deflate-raw");
    const writer = stream.writable.getWriter();
    // Damage is reported by the side that reads.
    writer.write(compressed as BufferSource).catch(() => undefined);
    writer.close().catch(() => undefined);
    const reader = (stream.readable as ReadableStream<Uint8Array>).getReader();
    const chunks: Uint8Array[] = [];
    for (let part = await reader.read(); !part.done; part = await reader.read()) chunks.push(part.value);
    return joined(chunks);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
    if (chunks.length === 1) return chunks[0];
    const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
        bytes.set(chunk, at);
        at += chunk.length;
    }
    return bytes;
}

export function fromBase64(text: string): Uint8Array {
    const characters = atob(text);
    const bytes = new Uint8Array(characters.length);
    for (let i = 0; i < bytes.length; ++i) bytes[i] = characters.charCodeAt(i);
    return bytes;
}

/** Blocks in memory. */
export function blocksIn(compressed: ReadonlyMap<string, Uint8Array>): Blocks {
    return new Blocks((id) => compressed.get(id) ?? null);
}

/** The blocks of the elements of a document. */
export function blocksOf(document: Document): Blocks {
    return new Blocks((id) => {
        const element = document.getElementById(id);
        return element ? fromBase64(element.textContent ?? "") : null;
    });
}
