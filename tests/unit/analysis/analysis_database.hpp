// A database with the tables that analysis reads, filled by a test's own SQL.
#pragma once

#include <string>

#include "archive/archive_reader.hpp"
#include "support/archive_fixture.hpp"

namespace snapq::tests {

// Frames: 0 is the operator, 1 and 2 are lines of the program, 3 is in an installed package. Stacks: 0 is
// empty, 1 and 2 have the same line and different callers, 3 is in the package and called by user code, 4 is
// of the autograd engine.
inline const std::string k_analysis_sql = R"(
    CREATE TABLE frames(frame_id INTEGER PRIMARY KEY, filename TEXT NOT NULL, line INTEGER NOT NULL, name TEXT NOT NULL);
    INSERT INTO frames VALUES(0, '??', 0, 'at::_ops::mul::call'), (1, '/home/ada/job/model.py', 7, 'forward'),
      (2, 'D:\job\train.py', -1, 'step'), (3, '/opt/venv/lib/site-packages/peft/layer.py', 30, 'adapt');
    CREATE TABLE stacks(stack_id INTEGER PRIMARY KEY, depth INTEGER NOT NULL, stack_hash INTEGER NOT NULL, kind TEXT NOT NULL,
      site TEXT, site_frame_id INTEGER, user_frame_id INTEGER, op TEXT, backward_node TEXT, callstack TEXT NOT NULL);
    INSERT INTO stacks VALUES(0, 0, 99, 'empty', '[no stack]', NULL, NULL, NULL, NULL, ''),
      (1, 2, 17, 'mixed', '/home/ada/job/model.py:7 forward', 1, 1, 'mul', NULL, 'x'),
      (2, 2, -1, 'mixed', '/home/ada/job/model.py:7 forward', 1, 1, 'add', NULL, 'x'),
      (3, 2, 18, 'mixed', '/opt/venv/lib/site-packages/peft/layer.py:30 adapt', 3, 2, NULL, NULL, 'x'),
      (4, 1, 19, 'cpp', '[backward] MmBackward0', NULL, NULL, 'mm', 'MmBackward0', 'x');
    CREATE TABLE stack_frames(stack_id INTEGER NOT NULL, depth INTEGER NOT NULL, frame_id INTEGER NOT NULL,
      PRIMARY KEY(stack_id, depth)) WITHOUT ROWID;
    INSERT INTO stack_frames VALUES(1, 0, 0), (1, 1, 1), (3, 0, 3), (3, 1, 2);
    CREATE TABLE allocations(device INTEGER NOT NULL, idx INTEGER NOT NULL, size INTEGER NOT NULL, stream INTEGER,
      pool_id TEXT, origin TEXT NOT NULL, stack_id INTEGER, alloc_event INTEGER, end_event INTEGER,
      PRIMARY KEY(device, idx)) WITHOUT ROWID;
    CREATE TABLE live_stacks(device INTEGER NOT NULL, moment TEXT NOT NULL, stack_id INTEGER, origin TEXT NOT NULL,
      bytes INTEGER NOT NULL, count INTEGER NOT NULL);
    CREATE TABLE stack_totals(device INTEGER NOT NULL, stack_id INTEGER, origin TEXT NOT NULL, max_bytes INTEGER NOT NULL);
    CREATE TABLE stream_totals(device INTEGER NOT NULL, stream INTEGER, pool_id TEXT, max_bytes INTEGER NOT NULL);
    CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO meta VALUES('format_version', 1);
    CREATE TABLE devices(device INTEGER PRIMARY KEY);
)";

class AnalysisDatabase {
public:
    explicit AnalysisDatabase(const std::string& sql = {}) : m_archive(k_analysis_sql + sql) {}
    [[nodiscard]] archive::Database open() const { return m_archive.open_database(); }

private:
    SqlArchive m_archive;
};

}  // namespace snapq::tests
