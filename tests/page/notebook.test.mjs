// The page in a notebook: a frame that may run scripts, but has neither an address nor access to what is around it.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";

import { browser, closeBrowser, ready, watch } from "./browser.mjs";
import { removeFolder, temporaryFolder, withPackage } from "./program.mjs";
import { makeSubject } from "./subjects.mjs";

let folder;
before(async () => (folder = await temporaryFolder()));
after(async () => {
    await closeBrowser();
    await removeFolder(folder);
});

test("a frame of the Python package shows the run", async () => {
    const subject = await makeSubject("sample-training-step", folder);
    const frame = await withPackage(`import snapq; print(snapq.open(${JSON.stringify(subject.archive)}).report()._repr_html_())`);
    const notebook = join(folder, "notebook.html");
    await writeFile(notebook, frame);

    const page = await (await browser()).newPage({ viewport: { width: 1280, height: 900 }, offline: true });
    const address = pathToFileURL(notebook).href;
    const complaints = watch(page, address);
    await page.goto(address);
    const shown = page.frames()[1];
    await ready(shown);
    const timeline = await shown.locator("canvas").first().boundingBox();
    await page.mouse.click(timeline.x + timeline.width / 2, timeline.y + timeline.height / 2);
    await page.waitForTimeout(500); // the page would have written its address by now
    assert.match(await shown.locator("body").innerText(), /event [0-9,]+, .* live/);
    assert.equal(await page.evaluate(() => location.hash), "");
    assert.deepEqual(complaints, []);
});
