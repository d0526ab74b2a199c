// Asks DuckDB. The first argument is a file of statements that name the tables, each other one a file with a query, whose
// rows are printed as one line [[...], ...]. With SNAPQ_LAKE_TIMES in the environment, a line {"seconds": n} a query follows
// on stderr.
//
//   node ask.mjs VIEWS.sql QUERY.sql...    in the directory of the lake
import { readFileSync } from "node:fs";

import { DuckDBInstance } from "./modules.mjs";
import { plain } from "./plain.mjs";

const [views, ...queries] = process.argv.slice(2).map((file) => readFileSync(file, "utf-8"));
const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.run(views);
for (const query of queries) {
  const started = performance.now();
  const answer = await connection.runAndReadAll(query);
  if (process.env.SNAPQ_LAKE_TIMES) console.error(JSON.stringify({ seconds: (performance.now() - started) / 1000 }));
  console.log(JSON.stringify(answer.getRows().map((row) => row.map(plain))));
}
