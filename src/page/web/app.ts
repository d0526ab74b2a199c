// Starts the page: reads its data, makes the state and the views, and keeps the address in step with the state.
import type { Context, TimelineHook } from "./app_context";
import { ArchiveData } from "./data/archive_data";
import { blocksOf } from "./data/blocks";
import type { DeviceData } from "./data/device_data";
import { PageData } from "./data/page_data";
import { fragmentOf, hiddenOf, stateOf } from "./data/permalink";
import { Colors } from "./draw/colors";
import { PictureMaker } from "./draw/picture_maker";
import { groundColor, onThemeChange } from "./draw/theme";
import { hookOf, installHook } from "./hook";
import { pageScript } from "./page_script";
import { State, Store } from "./state";
import { mountViews } from "./view/index";

export function startApp(): void {
    installHook(start());
}

async function start(): Promise<ReturnType<typeof hookOf>> {
    const root = document.getElementById("root")!;
    // Before everything else, because the browser starts the worker beside the page.
    const pictures = new PictureMaker(pageScript);
    try {
        const page = await PageData.load(blocksOf(document));
        document.title = titleOf(page);
        const app = await App.open(page, pictures);
        root.replaceChildren();
        mountViews(root, app);
        app.followAddress();
        await app.settled();
        return hookOf(app);
    } catch (error) {
        const message = document.createElement("p");
        message.setAttribute("role", "alert");
        message.textContent = `This page cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
        root.replaceChildren(message);
        throw error;
    }
}

function titleOf(page: PageData): string {
    const [first, second] = page.model.archives;
    if (page.model.mode === "compare" && second) return `${first.name} against ${second.name} – snapq report`;
    if (page.model.mode === "ranks") return `${page.model.archives.length} ranks – snapq report`;
    return `${first.name} – snapq report`;
}

export class App implements Context {
    private shownColors: Colors | null = null;
    private found: Uint8Array | null = null;
    private readonly colorObservers: (() => void)[] = [];
    timeline: TimelineHook | null = null;
    private wantedDevice = -1;

    private constructor(
        readonly page: PageData,
        readonly archive: ArchiveData,
        /** null: the main archive is light (see Archive.light) or has no device. */
        private shown: DeviceData | null,
        readonly store: Store,
        readonly pictures: PictureMaker,
    ) {}

    static async open(page: PageData, pictures: PictureMaker): Promise<App> {
        const asked = stateOf(location.hash);
        const { light, devices } = page.model.archives[0];
        const index = Math.min(Math.max(asked.device ?? 0, 0), Math.max(devices.length - 1, 0));
        const hasDevice = !light && devices.length > 0;
        if (hasDevice) pictures.device(devices[index], page.blocks);
        else pictures.stop();
        const archive = await page.archive(0);
        const device = hasDevice ? await archive.device(index) : null;
        const store = new Store(device ? within(device, { ...initialState(page, device, index), ...asked, device: index }) : lightState(page, asked));
        const app = new App(page, archive, device, store, pictures);
        app.hideAsked();
        await app.findRows(store.get().search);
        store.observe(["by"], () => app.recolor());
        store.observe(["search"], () => void app.searchAgain());
        onThemeChange(() => app.recolor());
        return app;
    }

    device(): DeviceData {
        if (!this.shown) throw new Error("this page has no allocations");
        return this.shown;
    }

    hasDevice(): boolean {
        return this.shown !== null;
    }

    colors(): Colors {
        this.shownColors ??= new Colors(this.device(), this.store.get().by, this.found, groundColor());
        return this.shownColors;
    }

    onColors(tell: () => void): void {
        this.colorObservers.push(tell);
    }

    attach(timeline: TimelineHook): void {
        this.timeline = timeline;
    }

    async settled(): Promise<void> {
        await this.timeline?.settled();
    }

    /** The address of what the page shows. */
    link(): string {
        const keys = this.shown?.keyTexts(this.store.get().by).keys ?? [];
        return fragmentOf(this.store.get(), keys);
    }

    /** Hides the keys that the address names; they are keys of the kind that it asks for. */
    private hideAsked(): void {
        const { by } = this.store.get();
        if (this.shown && stateOf(location.hash).by === by) this.store.set({ hidden: hiddenOf(location.hash, this.shown.keyTexts(by).keys) });
    }

    private recolor(): void {
        this.shownColors = null;
        for (const tell of this.colorObservers) tell();
    }

    private async findRows(text: string): Promise<void> {
        this.found = this.shown ? await this.shown.search(text) : null;
    }

    private async searchAgain(): Promise<void> {
        const text = this.store.get().search;
        const found = this.shown ? await this.shown.search(text) : null;
        if (text !== this.store.get().search) return; // the text has changed since, and a later search follows
        this.found = found;
        this.recolor();
    }

    /** Changes the state, and loads another device first if it asks for one. */
    async go(changes: Partial<State>): Promise<void> {
        const index = changes.device;
        const isDevice = index !== undefined && index >= 0 && index < this.archive.model.devices.length;
        if (!this.shown) {
            this.store.set(changes.view ? { view: changes.view } : {});
        } else if (isDevice && index !== this.store.get().device) {
            await this.showDevice(index, changes);
        } else {
            const { device: _, ...rest } = changes;
            this.store.set(within(this.shown, { ...this.store.get(), ...rest }));
        }
    }

    private async showDevice(index: number, changes: Partial<State>): Promise<void> {
        this.wantedDevice = index;
        const device = await this.archive.device(index);
        const found = await device.search(changes.search ?? this.store.get().search);
        if (this.wantedDevice !== index) return; // the user has chosen another device in the meantime
        this.pictures.device(device.model, this.page.blocks);
        this.shown = device;
        this.found = found;
        this.shownColors = null;
        const { view, search, axis } = this.store.get();
        this.store.set(within(device, { ...initialState(this.page, device, index), view, search, axis, ...changes }));
        this.recolor();
    }

    private async followLink(): Promise<void> {
        await this.go({ pin: null, row: null, search: "", ...stateOf(location.hash) });
        this.hideAsked();
    }

    /** The address changes with the state, but not more often than browsers like, and the state with the address. */
    followAddress(): void {
        if (location.protocol === "about:") return; // the frame of a notebook, which has no address of its own
        let timer = 0;
        let written = location.hash;
        const write = (): void => {
            timer = 0;
            written = this.link();
            history.replaceState(null, "", written);
        };
        this.store.observe(["view", "device", "from", "to", "at", "pin", "by", "hidden", "row", "search", "axis"], () => {
            timer ||= window.setTimeout(write, 250);
        });
        window.addEventListener("hashchange", () => {
            if (location.hash !== written) void this.followLink();
        });
    }
}

function initialState(page: PageData, device: DeviceData, index: number): State {
    return {
        view: page.model.mode === "compare" ? "compare" : page.model.mode === "ranks" ? "ranks" : "timeline",
        device: index,
        from: device.first,
        to: device.end,
        at: highestEvent(device),
        pin: null,
        by: device.keyKinds.includes("category") ? "category" : (device.keyKinds[0] ?? "size"),
        row: null,
        hover: null,
        search: "",
        hidden: new Set(),
        axis: "events",
    };
}

/** The event of the peak, or with --range the event of the highest point that the page has. */
function highestEvent({ first, end, curve, moments }: DeviceData): number {
    const peak = moments.find(({ name }) => name === "peak")?.event;
    if (peak !== undefined && peak >= first && peak < end) return peak;
    let best = -1;
    curve?.event.forEach((event, i) => {
        const inside = event >= first && event < end;
        if (inside && (best < 0 || curve.requested[i] > curve.requested[best])) best = i;
    });
    return curve && best >= 0 ? curve.event[best] : end - 1;
}

function lightState(page: PageData, asked: Partial<State>): State {
    return {
        view: asked.view ?? (page.model.mode === "ranks" ? "ranks" : "summary"),
        device: 0, from: 0, to: 1, at: 0, pin: null, by: "category", row: null, hover: null, search: "",
        hidden: new Set(), axis: "events",
    };
}

/** The state, with all events moved into the range that the device has. */
function within(device: DeviceData, state: State): State {
    const inside = (event: number): number => Math.min(Math.max(event, device.first), device.end - 1);
    const from = Math.max(Math.min(state.from, state.to), device.first);
    const to = Math.min(Math.max(state.from, state.to), device.end);
    return {
        ...state,
        from: from < to ? from : device.first,
        to: from < to ? to : device.end,
        at: inside(state.at),
        pin: state.pin === null ? null : inside(state.pin),
        by: device.keyKinds.includes(state.by) ? state.by : (device.keyKinds[0] ?? "size"),
        row: state.row !== null && state.row >= 0 && state.row < device.rows ? state.row : null,
        axis: device.curve?.time ? state.axis : "events",
    };
}
