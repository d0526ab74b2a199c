// The whole page. Its main archive is loaded at once, the others on demand.
import { ArchiveData } from "./archive_data";
import type { Blocks } from "./blocks";
import type { Page } from "./model";
import type { PageView } from "./types";

const FORMAT = 1;

export class PageData implements PageView {
    private readonly loaded = new Map<number, Promise<ArchiveData>>();

    private constructor(
        readonly model: Page,
        readonly blocks: Blocks,
    ) {}

    static async load(blocks: Blocks): Promise<PageData> {
        const model = await blocks.json<Page>("page");
        if (model.format !== FORMAT) throw new Error(`the page has format ${model.format}, but its script reads ${FORMAT}`);
        return new PageData(model, blocks);
    }

    archive(index: number): Promise<ArchiveData> {
        let archive = this.loaded.get(index);
        if (!archive) this.loaded.set(index, (archive = ArchiveData.load(this.model.archives[index], this.blocks)));
        return archive;
    }
}
