// Pictures of the report page for scripts/report_screenshots: node screenshots.mjs FOLDER
import { stat } from "node:fs/promises";
import { join } from "node:path";

import { closeBrowser, withPage } from "./browser.mjs";
import { removeFolder, temporaryFolder } from "./program.mjs";
import { goTo } from "./report_page.mjs";
import { makeComparison, makeRanks, makeSubject } from "./subjects.mjs";

const target = process.argv[2];
const viewport = { width: 1280, height: 720 };

/** Each page with the places in it that are shown: name of the picture → place. */
async function pagesIn(folder) {
    const sample = await makeSubject("sample-training-step", folder);
    const comparison = await makeComparison("rank-larger", "rank", folder);
    const ranks = await makeRanks(folder);
    return [
        [sample.page, {
            summary: { view: "summary" },
            timeline: { view: "timeline", by: "category" },
            "timeline-zoomed": { view: "timeline", by: "site", from: 1700, to: 2200, at: 1990, pin: 1750 },
            flame: { view: "flame" },
            segments: { view: "segments" },
            tables: { view: "tables" },
        }],
        [comparison.page, { compare: { view: "compare" } }],
        [ranks.page, { ranks: { view: "ranks" } }],
    ];
}

const folder = await temporaryFolder();
try {
    for (const [file, places] of await pagesIn(folder)) {
        for (const colorScheme of ["light", "dark"]) {
            await withPage(
                file,
                async (page) => {
                    for (const [name, place] of Object.entries(places)) {
                        await goTo(page, place);
                        const path = join(target, `${name}-${colorScheme}.png`);
                        await page.screenshot({ path });
                        console.log(`${path}  ${((await stat(path)).size / 1000).toFixed(0)} kB`);
                    }
                },
                { colorScheme, viewport },
            );
        }
    }
} finally {
    await closeBrowser();
    await removeFolder(folder);
}
