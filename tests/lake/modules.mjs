// The npm modules of the tests. They lie in a build folder, which `import` does not search.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.env.SNAPQ_LAKE_MODULES;
if (!folder) throw new Error("SNAPQ_LAKE_MODULES does not name the folder with node_modules (see test_lake.py)");
const require = createRequire(join(folder, "package.json"));
const modulesOnly = (path) => import(pathToFileURL(join(folder, "node_modules", path)).href);

export const { DuckDBInstance, DuckDBTimestampTZValue } = require("@duckdb/node-api");
export const { asyncBufferFromFile, parquetReadObjects } = await modulesOnly("hyparquet/src/node.js");
export const { compressors } = await modulesOnly("hyparquet-compressors/src/index.js");
