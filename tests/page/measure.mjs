// Measures a page for scripts/bench_report: node measure.mjs PAGE.html prints one JSON object.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { browser, closeBrowser, withPage } from "./browser.mjs";
import { removeFolder, temporaryFolder } from "./program.mjs";
import { goTo, state } from "./report_page.mjs";

const steps = 20;
const loads = 3;
const timeline = { fragment: "#view=timeline" };
// The time of its first picture, as a page of snapq takes it: when the next frame is about to be drawn.
const emptyPage = "<!DOCTYPE html><title>empty</title><script>requestAnimationFrame(() => (window.drawnMs = performance.now()))</script>";

/** Resident memory in bytes of all processes that draw pages; there is one page, and perhaps a spare process without one. */
async function rendererBytes() {
    const session = await (await browser()).newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    const sizes = processInfo
        .filter(({ type }) => type === "renderer")
        .map(({ id }) => Number(/^Rss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, "utf8"))[1]) * 1024);
    return Math.max(...sizes);
}

function middle(values) {
    return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** Milliseconds that the browser itself needs for a page: from its address to the first frame of an empty one. */
async function emptyPageMs() {
    const folder = await temporaryFolder();
    const context = await (await browser()).newContext({ offline: true });
    try {
        const file = join(folder, "empty.html");
        await writeFile(file, emptyPage);
        const page = await context.newPage();
        await page.goto(pathToFileURL(file).href);
        return await (await page.waitForFunction(() => window.drawnMs)).jsonValue();
    } finally {
        await context.close();
        await removeFolder(folder);
    }
}

/** Milliseconds from the address to the first picture of the timeline, and until the page is ready for input. */
async function loadMs(file) {
    return withPage(
        file,
        async (page) => {
            await goTo(page, {});
            return page.evaluate(() => ({ first: window.snapqReport.firstDrawMs, ready: performance.now() }));
        },
        timeline,
    );
}

/** Several loads of the page and of an empty one in turn: all find the browser in the same state. */
async function startTimes(file) {
    const times = { first: [], ready: [], empty: [] };
    await emptyPageMs(); // the first page of a browser takes longer
    for (let load = 0; load < loads; ++load) {
        times.empty.push(await emptyPageMs());
        const { first, ready } = await loadMs(file);
        times.first.push(first);
        times.ready.push(ready);
    }
    return { empty_page_ms: middle(times.empty), first_draw_ms: middle(times.first), ready_ms: middle(times.ready) };
}

/** Milliseconds from a change of the window until it has been drawn, for each of the places. */
async function drawTimes(page, places) {
    const times = [];
    for (const place of places) {
        times.push(
            await page.evaluate(async (to) => {
                const start = performance.now();
                await window.snapqReport.goTo(to);
                return performance.now() - start;
            }, place),
        );
    }
    return times;
}

/** Windows that move along the trace, and windows that become narrower around its middle. */
function placesIn(from, to) {
    const span = to - from;
    const width = span / 10;
    const middle = from + span / 2;
    const numbers = Array.from({ length: steps }, (_, step) => step);
    return {
        pan: numbers.map((step) => ({ from: from + (span - width) * (step / steps), to: from + (span - width) * (step / steps) + width })),
        zoom: numbers.map((step) => ({ from: middle - (span / 2) * 0.7 ** step, to: middle + (span / 2) * 0.7 ** step })),
    };
}

try {
    const file = process.argv[2];
    const start = await startTimes(file);
    const moved = await withPage(
        file,
        async (page) => {
            await goTo(page, {});
            const { from, to } = await state(page);
            const { pan, zoom } = placesIn(from, to);
            return { pan_ms: await drawTimes(page, pan), zoom_ms: await drawTimes(page, zoom), tab_bytes: await rendererBytes() };
        },
        timeline,
    );
    console.log(JSON.stringify({ ...start, ...moved }));
} finally {
    await closeBrowser();
}
