// Measures a page for scripts/bench_report: node measure.mjs PAGE.html prints one JSON object.
import { readFileSync } from "node:fs";

import { browser, closeBrowser, withPage } from "./browser.mjs";
import { goTo, state } from "./report_page.mjs";

const steps = 20;

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
    const result = await withPage(
        process.argv[2],
        async (page) => {
            await goTo(page, {});
            const firstDraw = await page.evaluate(() => window.snapqReport.firstDrawMs);
            const ready = await page.evaluate(() => performance.now());
            const { from, to } = await state(page);
            const { pan, zoom } = placesIn(from, to);
            return {
                ready_ms: ready,
                first_draw_ms: firstDraw,
                pan_ms: await drawTimes(page, pan),
                zoom_ms: await drawTimes(page, zoom),
                tab_bytes: await rendererBytes(),
            };
        },
        { fragment: "#view=timeline" },
    );
    console.log(JSON.stringify(result));
} finally {
    await closeBrowser();
}
