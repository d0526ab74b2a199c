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

/** The JSON of a page's file: everything but the columns. */
export async function pageBlock(file) {
    const found = / id="page">([^<]*)</.exec(await readFile(file, "utf8"));
    return JSON.parse(inflateRawSync(Buffer.from(found[1], "base64")).toString());
}
