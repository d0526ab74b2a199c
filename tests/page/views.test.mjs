// Every view of every page opens: from a file, without an error in the console, and without a request.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { closeBrowser, withPage } from "./browser.mjs";
import { removeFolder, temporaryFolder } from "./program.mjs";
import { goTo, state, views } from "./report_page.mjs";
import { makeComparison, makeRanks, makeSubject, subjectNames } from "./subjects.mjs";

let folder;
before(async () => (folder = await temporaryFolder()));
after(async () => {
    await closeBrowser();
    await removeFolder(folder);
});

/** Opens each view by its tab, and checks that its panel shows something. Returns the names of the views. */
async function openViews(page) {
    const names = await views(page);
    for (const view of names) {
        await goTo(page, { view });
        assert.equal((await state(page)).view, view);
        const panel = page.locator("[role=tabpanel]:visible");
        assert.equal(await panel.count(), 1, `one panel is visible in ${view}`);
        const box = await panel.boundingBox();
        assert.ok(box && box.width > 200 && box.height > 20, `view ${view} is ${JSON.stringify(box)}`);
        assert.ok((await panel.innerText()).trim().length > 0, `view ${view} has no text`);
        assert.equal(await page.locator("[role=tab][aria-selected=true]").count(), 1);
    }
    return names;
}

/** A text of the file that got out of its place would have done one of these. */
async function checkNothingEscaped(page) {
    const found = await page.evaluate(() => ({
        title: document.title,
        images: document.images.length,
        scripts: [...document.scripts].filter((script) => script.type !== "application/octet-stream").length,
        links: document.querySelectorAll("a[href^='http'], link, iframe, object, embed, form[action]").length,
    }));
    assert.notEqual(found.title, "taken over");
    assert.equal(found.images, 0);
    assert.equal(found.scripts, 1);
    assert.equal(found.links, 0);
}

for (const name of subjectNames()) {
    test(`every view opens: ${name}`, async () => {
        const subject = await makeSubject(name, folder);
        await withPage(subject.page, async (page) => {
            const names = await openViews(page);
            const expected = name === "empty" ? ["summary"] : ["summary", "timeline", "flame", "segments", "tables"];
            assert.deepEqual(names, expected);
            await checkNothingEscaped(page);
        });
    });
}

test("every view of a comparison opens", async () => {
    const { page: file } = await makeComparison("rank-larger", "rank", folder);
    await withPage(file, async (page) => assert.ok((await openViews(page)).includes("compare")));
});

test("every view of ranks opens", async () => {
    const { page: file } = await makeRanks(folder);
    await withPage(file, async (page) => assert.ok((await openViews(page)).includes("ranks")));
});

test("every view of a comparison of the samples opens", async () => {
    const { page: file } = await makeComparison("sample-training-step", "sample-cpp-pickler", folder);
    await withPage(file, async (page) => assert.ok((await openViews(page)).includes("compare")));
});
