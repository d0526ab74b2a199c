// The search of the page. Its text is one of
//   >64MiB  >=1GiB  <512  <=4KiB  =1024     a size
//   0x7f2a40000000                          an address inside the allocation
//   anything else                           a part of a site, a frame, a category, an op, a phase, a stream, a pool
//                                           or metadata; upper and lower case are the same
import { parseBytes } from "../format";
import type { DeviceData } from "./device_data";
import type { Archive, TreeModel } from "./model";
import type { CallTree } from "./types";

/** One value for each row: 1 if the text finds it. null: the text is empty. */
export async function searchRows(device: DeviceData, text: string): Promise<Uint8Array | null> {
    const wanted = text.trim();
    if (wanted === "") return null;
    const size = sizeTest(wanted);
    if (size) return Uint8Array.from(device.size, (bytes) => (size(bytes) ? 1 : 0));
    if (/^0x[0-9a-f]+$/i.test(wanted) && device.hasAddresses) return searchAddress(device, BigInt(wanted));
    return searchText(device, wanted.toLowerCase());
}

export function sizeTest(text: string): ((bytes: number) => boolean) | null {
    const match = /^(>=|<=|>|<|=)\s*(.+)$/.exec(text);
    const limit = match ? parseBytes(match[2]) : null;
    if (!match || limit === null) return null;
    switch (match[1]) {
        case ">": return (bytes) => bytes > limit;
        case ">=": return (bytes) => bytes >= limit;
        case "<": return (bytes) => bytes < limit;
        case "<=": return (bytes) => bytes <= limit;
        default: return (bytes) => bytes === limit;
    }
}

async function searchAddress(device: DeviceData, address: bigint): Promise<Uint8Array> {
    const { addresses } = await device.detailColumns();
    const found = new Uint8Array(device.rows);
    for (let row = 0; row < device.rows; ++row) {
        const offset = address - addresses!.of(row);
        // An allocation of zero bytes is found at its own address.
        if (offset >= 0n && Number(offset) < Math.max(device.size[row], 1)) found[row] = 1;
    }
    return found;
}

async function searchText(device: DeviceData, wanted: string): Promise<Uint8Array> {
    const { model, tree } = device.archive;
    const contains = (text: string | null | undefined): boolean => !!text && text.toLowerCase().includes(wanted);
    const inSource = sourcesWith(model, tree, contains);
    const inCategory = (model.categories ?? []).map(contains);
    const inStream = [false, ...(model.streams ?? []).map((stream) => contains(stream.label) || contains(stream.value))];
    const inPool = [false, ...(model.pools ?? []).map(contains)];
    const inMetadata = [false, ...(model.metadata ?? []).map(contains)];
    const metadata = inMetadata.includes(true) ? (await device.detailColumns()).metadata : null;
    const found = new Uint8Array(device.rows);
    for (let row = 0; row < device.rows; ++row) {
        const { stream, pool, category } = device.placeOf(row);
        const hit =
            inSource[device.source[row]] || inCategory[category] || inStream[stream] || inPool[pool] ||
            (metadata && inMetadata[metadata[row]]);
        if (hit) found[row] = 1;
    }
    return found;
}

function sourcesWith(archive: Archive, tree: CallTree | null, contains: (text?: string | null) => boolean): boolean[] {
    const sources = archive.sources;
    if (!sources) return [];
    const inKeys = Object.values(sources.keys).map(({ keys, labels, of }) => {
        const hits = keys.map((key, i) => contains(key) || contains(labels[i]));
        return of.map((key) => hits[key]);
    });
    const inStack = tree && archive.tree ? stacksWith(archive.tree, tree, contains) : [];
    return sources.stack.map((stack, source) => inKeys.some((hits) => hits[source]) || (stack >= 0 && inStack[stack]));
}

// A stack contains the text if any of its frames does.
function stacksWith(model: TreeModel, tree: CallTree, contains: (text: string) => boolean): boolean[] {
    const inFile = model.files.map(contains);
    const inFunction = model.functions.map(contains);
    const inFrame = model.frames.map(([file, line, name]) =>
        inFile[file] || inFunction[name] || contains(`${model.files[file]}:${line} ${model.functions[name]}`));
    const hits = new Uint8Array(tree.nodes);
    for (let node = 1; node < tree.nodes; ++node) {
        hits[node] = hits[tree.parents[node]] || inFrame[tree.frameIndex(node)] ? 1 : 0;
    }
    return Array.from(tree.nodeOfStack, (node) => hits[node] === 1);
}
