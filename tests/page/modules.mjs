// The npm modules of the tests. They lie in a build folder, which `import` does not search.
import { createRequire } from "node:module";
import { join } from "node:path";

const folder = process.env.SNAPQ_PAGE_MODULES;
if (!folder) throw new Error("SNAPQ_PAGE_MODULES does not name the folder with node_modules (see tests/page/run.py)");
const require = createRequire(join(folder, "package.json"));

export const { chromium } = require("playwright-core");
export const axeSource = require("axe-core").source;
