// Reads Parquet files with two independent readers, compares them row by row, and prints the rows.
//
//   node read_tables.mjs FILE...    for each file one line {"file", "columns", "rows"}
//
// Exit code 1 with a sentence where the readers differ.
import { asyncBufferFromFile, compressors, DuckDBInstance, parquetReadObjects } from "./modules.mjs";
import { line, plain } from "./plain.mjs";

const micros = { timestampFromMicroseconds: (value) => value };

async function readWithDuckDB(connection, file) {
  const answer = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file.replaceAll("'", "''")}', hive_partitioning = false)`);
  return { columns: answer.columnNames(), rows: answer.getRows() };
}

async function readWithHyparquet(file, columns) {
  const buffer = await asyncBufferFromFile(file);
  const objects = await parquetReadObjects({ file: buffer, compressors, parsers: micros });
  return objects.map((object) => columns.map((name) => object[name]));
}

const connection = await (await DuckDBInstance.create(":memory:")).connect();
for (const file of process.argv.slice(2)) {
  const { columns, rows } = await readWithDuckDB(connection, file);
  const others = await readWithHyparquet(file, columns);
  if (others.length !== rows.length) throw new Error(`${file}: DuckDB reads ${rows.length} rows, hyparquet ${others.length}`);
  rows.forEach((row, number) => {
    const [one, other] = [line(row), line(others[number])];
    if (one !== other) throw new Error(`${file}: row ${number}: DuckDB reads ${one.slice(0, 500)}, hyparquet ${other.slice(0, 500)}`);
  });
  console.log(JSON.stringify({ file, columns, rows: rows.map((row) => row.map(plain)) }));
}
