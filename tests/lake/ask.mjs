// Asks DuckDB. The first argument is a file of statements that name the tables, each other one a file with a query, whose
// rows are printed as one line [[...], ...].
//
//   node ask.mjs VIEWS.sql QUERY.sql...    in the directory of the lake
import { readFileSync } from "node:fs";

import { DuckDBInstance } from "./modules.mjs";
import { plain } from "./plain.mjs";

const [views, ...queries] = process.argv.slice(2).map((file) => readFileSync(file, "utf-8"));
const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.run(views);
for (const query of queries) {
  const answer = await connection.runAndReadAll(query);
  console.log(JSON.stringify(answer.getRows().map((row) => row.map(plain))));
}
