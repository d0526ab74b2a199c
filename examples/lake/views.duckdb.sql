-- Names the tables of the lake in the current directory, for DuckDB. The queries beside this file need no more.
CREATE VIEW archives AS SELECT * FROM read_parquet('archives/**/*.parquet', hive_partitioning = true);
CREATE VIEW labels AS SELECT * FROM read_parquet('labels/**/*.parquet', hive_partitioning = true);
CREATE VIEW devices AS SELECT * FROM read_parquet('devices/**/*.parquet', hive_partitioning = true);
CREATE VIEW stacks AS SELECT * FROM read_parquet('stacks/**/*.parquet', hive_partitioning = true);
CREATE VIEW stack_totals AS SELECT * FROM read_parquet('stack_totals/**/*.parquet', hive_partitioning = true);
CREATE VIEW live_stacks AS SELECT * FROM read_parquet('live_stacks/**/*.parquet', hive_partitioning = true);
CREATE VIEW timeline AS SELECT * FROM read_parquet('timeline/**/*.parquet', hive_partitioning = true);
CREATE VIEW category_totals AS SELECT * FROM read_parquet('category_totals/**/*.parquet', hive_partitioning = true);
CREATE VIEW oom AS SELECT * FROM read_parquet('oom/**/*.parquet', hive_partitioning = true);
CREATE VIEW spans AS SELECT * FROM read_parquet('spans/**/*.parquet', hive_partitioning = true);
CREATE VIEW steps AS SELECT * FROM read_parquet('steps/**/*.parquet', hive_partitioning = true);
CREATE VIEW fragmentation AS SELECT * FROM read_parquet('fragmentation/**/*.parquet', hive_partitioning = true);
CREATE VIEW settings AS SELECT * FROM read_parquet('settings/**/*.parquet', hive_partitioning = true);
CREATE VIEW anomalies AS SELECT * FROM read_parquet('anomalies/**/*.parquet', hive_partitioning = true);
