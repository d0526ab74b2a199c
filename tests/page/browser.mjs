// One browser for all tests of a process, and pages that must not use the network or report an error.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

import { chromium } from "./modules.mjs";

// Milliseconds. Other tests may keep all processors busy.
const patience = 120_000;
const windowSize = { width: 1280, height: 800 };
let started = null;

export async function browser() {
    started ??= chromium.launch({
        executablePath: process.env.CHROMIUM,
        // Chromium's sandbox does not work for root, as in a container. Pages come from the program under test.
        args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
    });
    return started;
}

export async function closeBrowser() {
    if (started) await (await started).close();
    started = null;
}

/**
 * Opens a page of `snapq report` from its file and calls `use(page)` when it is ready. Fails on errors and warnings in the
 * console, and on every request but that of the file itself.
 */
export async function withPage(file, use, { fragment = "", colorScheme = "light", viewport = windowSize, hasTouch = false } = {}) {
    const context = await (await browser()).newContext({ viewport, colorScheme, hasTouch, offline: true, reducedMotion: "reduce" });
    try {
        context.setDefaultTimeout(patience);
        const page = await context.newPage();
        const complaints = watch(page, pathToFileURL(file).href);
        await page.goto(pathToFileURL(file).href + fragment);
        await ready(page);
        const result = await use(page);
        assert.deepEqual(complaints, []);
        return result;
    } finally {
        await context.close();
    }
}

export async function ready(page) {
    await page.waitForFunction(() => window.snapqReport !== undefined, undefined, { timeout: patience });
    await page.evaluate(() => window.snapqReport.ready);
}

/** What goes wrong in a page, as a list that grows. */
export function watch(page, address) {
    const complaints = [];
    page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`exception: ${error.stack ?? error}`));
    page.on("dialog", (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
    });
    page.on("popup", (popup) => complaints.push(`a new window: ${popup.url()}`));
    page.on("request", (request) => {
        const url = request.url();
        // The worker is a part of the page itself.
        if (!url.startsWith("blob:") && url.split("#")[0] !== address) complaints.push(`request: ${url.slice(0, 200)}`);
    });
    return complaints;
}
