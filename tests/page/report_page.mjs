// What the tests do with a page: the hook `window.snapqReport`, which the page has for tests and scripts.

import { readFile } from "node:fs/promises";
import { inflateRawSync } from "node:zlib";

export const state = (page) => page.evaluate(() => window.snapqReport.state());
export const views = (page) => page.evaluate(() => window.snapqReport.views());
export const goTo = (page, place) => page.evaluate((to) => window.snapqReport.goTo(to), place);
export const plotOf = (page) => page.evaluate(() => window.snapqReport.plot());
export const columnEvents = (page) => page.evaluate(() => Array.from(window.snapqReport.columnEvents()));
export const tableAt = (page, event, by) => page.evaluate(([e, k]) => window.snapqReport.tableAt(e, k), [event, by]);
export const flameTotals = (page, moment) => page.evaluate((m) => window.snapqReport.flameTotals(m), moment);

/** What lies under points of the timeline, and the colour that was drawn there. Points are in CSS pixels of the window. */
export function pointsAt(page, points) {
    return page.evaluate(
        (list) => list.map(([x, y]) => ({ ...window.snapqReport.pixelAt(x, y), drawn: window.snapqReport.drawnAt(x, y) })),
        points,
    );
}

const blockIn = (html, id) => new RegExp(` id="${id}">([^<]*)<`).exec(html)[1];

/** The JSON of a page's file: everything but the columns. */
export async function pageBlock(file) {
    const text = blockIn(await readFile(file, "utf8"), "page");
    return JSON.parse(inflateRawSync(Buffer.from(text, "base64")).toString());
}

/** Bytes of a page's file, and those of the columns of its first device. */
export async function sizesOf(file) {
    const html = await readFile(file, "utf8");
    const columns = Object.values((await pageBlock(file)).archives[0].devices[0].columns).filter(Boolean);
    return { all: html.length, columns: columns.reduce((sum, { id }) => sum + blockIn(html, id).length, 0) };
}
