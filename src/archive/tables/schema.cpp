// A change here needs the same change in the functions that write the rows and in docs/archive-format.md, and
// a new k_schema_version.
//
// There are no indexes except the primary keys. Measured on a trace of 1.8 million allocations, an index on
// allocations(stack_id) alone made the database 10 % larger and writing it a quarter slower, and the usual
// queries (totals, peaks, live stacks) use the precomputed tables instead. ANALYZE would not change any query
// plan, because each table has only one key.
#include "archive/tables/tables.hpp"

namespace snapq::archive::tables {

// Ids count from 0 in the order of first appearance. NULL: the key was absent in the input. *_bytes are
// bytes, *_us are microseconds since the Unix epoch, *_timestep are animation steps of allocations.json, and
// *_event are indexes in the trace of the device.
std::string_view schema_sql() {
    return R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE devices(
  device INTEGER PRIMARY KEY, -- -1: pinned host memory
  event_count INTEGER NOT NULL,
  allocation_count INTEGER NOT NULL,
  timesteps INTEGER NOT NULL,
  has_trace INTEGER NOT NULL, -- 0: no trace, or a single entry
  complete INTEGER NOT NULL, -- 0: events are known to be missing; peaks are lower bounds
  preexisting_bytes INTEGER NOT NULL,
  peak_requested_bytes INTEGER NOT NULL,
  peak_event INTEGER NOT NULL, -- -1: before the first event
  peak_timestep INTEGER,
  peak_time_us INTEGER,
  peak_stack_id INTEGER,
  reserved_at_peak_bytes INTEGER,
  peak_reserved_bytes INTEGER,
  peak_reserved_event INTEGER,
  end_requested_bytes INTEGER NOT NULL,
  end_allocated_bytes INTEGER,
  end_active_bytes INTEGER,
  end_reserved_bytes INTEGER,
  unfreed_bytes INTEGER NOT NULL,
  pending_bytes INTEGER NOT NULL,
  oom_events INTEGER NOT NULL,
  first_time_us INTEGER,
  last_time_us INTEGER,
  kind TEXT NOT NULL DEFAULT 'cuda'); -- cuda: any accelerator; host

CREATE TABLE strings(id INTEGER PRIMARY KEY, text TEXT NOT NULL);

CREATE TABLE frames(
  frame_id INTEGER PRIMARY KEY,
  filename TEXT NOT NULL,
  line INTEGER NOT NULL, -- -1: unknown
  name TEXT NOT NULL,
  fx_node_op TEXT,
  fx_node_name TEXT,
  fx_node_target TEXT,
  fx_original_trace TEXT);

CREATE TABLE stacks(
  stack_id INTEGER PRIMARY KEY,
  depth INTEGER NOT NULL,
  stack_hash INTEGER NOT NULL, -- of the content, the same in every archive
  kind TEXT NOT NULL, -- python, cpp, mixed, empty, forward
  site TEXT,
  site_frame_id INTEGER,
  user_frame_id INTEGER,
  op TEXT,
  backward_node TEXT,
  callstack TEXT NOT NULL, -- "(0) file:line:name" a line, innermost first
  forward_stack_id INTEGER, -- of the forward call, for work in the backward pass
  phase TEXT); -- forward, backward, optimizer, …; NULL: no frames

CREATE TABLE stack_frames(
  stack_id INTEGER NOT NULL,
  depth INTEGER NOT NULL, -- 0: innermost
  frame_id INTEGER NOT NULL,
  PRIMARY KEY(stack_id, depth)) WITHOUT ROWID;

CREATE TABLE allocations(
  device INTEGER NOT NULL,
  idx INTEGER NOT NULL, -- row of allocations.json
  size INTEGER NOT NULL, -- requested bytes
  start_timestep INTEGER NOT NULL,
  end_timestep INTEGER NOT NULL,
  address INTEGER NOT NULL, -- modulo 2^64, signed
  stream INTEGER,
  pool_id TEXT,
  category TEXT NOT NULL, -- parameter, gradient, activation, …: see meta, category_basis
  origin TEXT NOT NULL, -- trace, preexisting_freed, preexisting_kept
  stack_id INTEGER, -- of the alloc; of the free for preexisting_freed; of the block for preexisting_kept
  free_stack_id INTEGER,
  alloc_event INTEGER,
  free_requested_event INTEGER,
  free_completed_event INTEGER,
  end_event INTEGER, -- event after which it is no longer live; NULL: live at the end
  alloc_time_us INTEGER,
  free_requested_time_us INTEGER,
  free_completed_time_us INTEGER,
  compile_context_id INTEGER,
  user_metadata_id INTEGER,
  forward_frames_id INTEGER,
  irregular INTEGER NOT NULL DEFAULT 0, -- bits 1 alloc, 2 free_requested, 4 free_completed: see other_events
  category_id INTEGER, -- what profile_plot takes the tensor for
  PRIMARY KEY(device, idx)) WITHOUT ROWID;

CREATE TABLE other_events(
  device INTEGER NOT NULL,
  event INTEGER NOT NULL,
  action TEXT NOT NULL,
  address INTEGER,
  size INTEGER,
  stream INTEGER,
  pool_id TEXT,
  time_us INTEGER,
  stack_id INTEGER,
  device_free INTEGER,
  compile_context_id INTEGER,
  user_metadata_id INTEGER,
  forward_frames_id INTEGER,
  PRIMARY KEY(device, event)) WITHOUT ROWID;

CREATE TABLE segments(
  segment_id INTEGER PRIMARY KEY,
  device INTEGER NOT NULL,
  address INTEGER NOT NULL,
  total_size INTEGER NOT NULL,
  allocated_size INTEGER,
  active_size INTEGER,
  requested_size INTEGER,
  stream INTEGER,
  segment_type TEXT,
  pool_id TEXT,
  is_expandable INTEGER,
  stack_id INTEGER,
  forward_frames_id INTEGER);

CREATE TABLE blocks(
  segment_id INTEGER NOT NULL,
  block INTEGER NOT NULL,
  address INTEGER NOT NULL,
  size INTEGER NOT NULL,
  requested_size INTEGER,
  state TEXT NOT NULL,
  stack_id INTEGER,
  forward_frames_id INTEGER,
  PRIMARY KEY(segment_id, block)) WITHOUT ROWID;

CREATE TABLE annotations(annotation INTEGER PRIMARY KEY, device INTEGER, name TEXT, stage TEXT, time_us INTEGER);

CREATE TABLE spans(
  device INTEGER NOT NULL,
  name TEXT NOT NULL,
  depth INTEGER NOT NULL,
  cut INTEGER NOT NULL, -- half of the pair is missing
  start_event INTEGER,
  end_event INTEGER,
  start_time_us INTEGER,
  end_time_us INTEGER,
  start_bytes INTEGER,
  peak_bytes INTEGER,
  peak_event INTEGER,
  end_bytes INTEGER);

CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;

CREATE TABLE extra(owner TEXT NOT NULL, owner_key TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL);

CREATE TABLE anomalies(device INTEGER, kind TEXT NOT NULL, count INTEGER NOT NULL, first_event INTEGER);

CREATE TABLE timeline(
  device INTEGER NOT NULL,
  event INTEGER NOT NULL, -- -1: before the trace
  timestep INTEGER,
  time_us INTEGER,
  requested_bytes INTEGER NOT NULL,
  reserved_bytes INTEGER,
  PRIMARY KEY(device, event)) WITHOUT ROWID;

CREATE TABLE stack_totals(
  device INTEGER NOT NULL,
  stack_id INTEGER,
  origin TEXT NOT NULL,
  allocations INTEGER NOT NULL,
  total_bytes INTEGER NOT NULL,
  min_size INTEGER,
  max_size INTEGER,
  peak_bytes INTEGER NOT NULL,
  peak_count INTEGER NOT NULL,
  max_bytes INTEGER NOT NULL,
  max_event INTEGER,
  end_bytes INTEGER NOT NULL,
  end_count INTEGER NOT NULL,
  unfreed_tenths TEXT);

CREATE TABLE live_stacks(
  device INTEGER NOT NULL,
  moment TEXT NOT NULL, -- peak, reserved-peak, start, end, oom:N
  stack_id INTEGER,
  origin TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  count INTEGER NOT NULL,
  category TEXT NOT NULL); -- a stack has a row for each of its categories

CREATE TABLE stream_totals(
  device INTEGER NOT NULL,
  stream INTEGER,
  pool_id TEXT,
  allocations INTEGER NOT NULL,
  total_bytes INTEGER NOT NULL,
  peak_bytes INTEGER NOT NULL,
  max_bytes INTEGER NOT NULL,
  end_bytes INTEGER NOT NULL);

CREATE TABLE pending(
  device INTEGER NOT NULL,
  moment TEXT NOT NULL, -- peak, reserved-peak, start, end, oom:N
  bytes INTEGER NOT NULL, -- freed by the program, still in use by another stream
  count INTEGER NOT NULL,
  first_event INTEGER, -- the earliest of these frees
  stack_id INTEGER, -- of its allocation
  free_stack_id INTEGER);

CREATE TABLE leaks(
  device INTEGER NOT NULL,
  stack_id INTEGER,
  bytes INTEGER NOT NULL, -- allocated in the trace and live at its end
  count INTEGER NOT NULL,
  steps INTEGER NOT NULL, -- that left some of it
  first_event INTEGER NOT NULL, -- alloc events
  last_event INTEGER NOT NULL,
  basis TEXT NOT NULL); -- how steps were found: spans, period

CREATE TABLE steps(
  device INTEGER NOT NULL,
  step INTEGER NOT NULL,
  start_event INTEGER NOT NULL,
  end_event INTEGER NOT NULL, -- the last one of the step
  start_bytes INTEGER NOT NULL, -- before start_event
  peak_bytes INTEGER NOT NULL,
  peak_event INTEGER NOT NULL,
  end_bytes INTEGER NOT NULL,
  allocated_bytes INTEGER NOT NULL, -- by the allocs of the step
  PRIMARY KEY(device, step)) WITHOUT ROWID;

CREATE TABLE category_totals(
  device INTEGER NOT NULL,
  moment TEXT NOT NULL, -- peak, reserved-peak, start, end, oom:N
  category TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  count INTEGER NOT NULL,
  older_bytes INTEGER NOT NULL, -- of these, from before the trace
  older_count INTEGER NOT NULL);

CREATE TABLE category_timeline(
  device INTEGER NOT NULL,
  event INTEGER NOT NULL, -- -1: before the trace
  category TEXT NOT NULL,
  bytes INTEGER NOT NULL, -- categories without a row have nothing
  PRIMARY KEY(device, category, event)) WITHOUT ROWID;

CREATE TABLE fragmentation(
  device INTEGER NOT NULL,
  moment TEXT NOT NULL, -- start, peak, reserved-peak, end, oom:N
  estimated INTEGER NOT NULL,
  reserved_bytes INTEGER,
  requested_bytes INTEGER,
  rounding_bytes INTEGER,
  cached_bytes INTEGER,
  stranded_bytes INTEGER,
  segments INTEGER,
  cached_segments INTEGER,
  holes INTEGER, -- free ranges inside segments in use
  largest_hole_bytes INTEGER,
  largest_cached_segment_bytes INTEGER,
  PRIMARY KEY(device, moment)) WITHOUT ROWID;

CREATE TABLE pool_fragmentation(
  device INTEGER NOT NULL,
  moment TEXT NOT NULL, -- those of fragmentation, and event:N at even distances
  event INTEGER NOT NULL,
  pool_id TEXT,
  stream INTEGER,
  segment_type TEXT NOT NULL, -- small, large
  is_expandable INTEGER NOT NULL,
  estimated INTEGER NOT NULL,
  reserved_bytes INTEGER,
  requested_bytes INTEGER,
  rounding_bytes INTEGER,
  cached_bytes INTEGER,
  stranded_bytes INTEGER,
  segments INTEGER,
  cached_segments INTEGER,
  holes INTEGER,
  largest_hole_bytes INTEGER,
  largest_cached_segment_bytes INTEGER);

CREATE TABLE oom(
  device INTEGER NOT NULL,
  event INTEGER NOT NULL,
  time_us INTEGER,
  requested_bytes INTEGER,
  device_free_bytes INTEGER,
  live_bytes INTEGER,
  reserved_bytes INTEGER,
  short_bytes INTEGER,
  largest_hole_bytes INTEGER,
  fits_without_fragmentation INTEGER,
  stack_id INTEGER,
  site TEXT,
  op TEXT,
  stream INTEGER,
  pool_id TEXT,
  pool_inferred INTEGER NOT NULL, -- 1: the event does not have it
  segment_bytes INTEGER, -- what the driver was asked for
  usable_bytes INTEGER, -- free memory of the segments that could serve this request
  usable_largest_bytes INTEGER,
  verdict_lacks TEXT, -- why fits_without_fragmentation is NULL
  PRIMARY KEY(device, event)) WITHOUT ROWID;

CREATE TABLE oom_unusable(
  device INTEGER NOT NULL,
  event INTEGER NOT NULL,
  reason TEXT NOT NULL, -- pool, stream, size_class, max_split_size, rest_of_block, pending
  pool_id TEXT,
  stream INTEGER,
  bytes INTEGER NOT NULL,
  largest_bytes INTEGER NOT NULL);

CREATE VIEW allocs AS -- the viewer device as SnapViewer knows it
  SELECT idx, size, start_timestep AS start_time, end_timestep AS end_time,
    coalesce((SELECT callstack FROM stacks WHERE stacks.stack_id = allocations.stack_id), '') AS callstack
  FROM allocations WHERE device = (SELECT value FROM meta WHERE key = 'viewer_device');

CREATE VIEW live_at_peak AS SELECT a.* FROM devices d JOIN allocations a ON a.device = d.device
  WHERE coalesce(a.alloc_event, -1) <= d.peak_event AND (a.end_event IS NULL OR a.end_event > d.peak_event);

CREATE VIEW peak_stacks AS SELECT l.device, l.stack_id, s.site, s.op, sum(l.bytes) AS bytes, sum(l.count) AS count,
    s.callstack
  FROM live_stacks l LEFT JOIN stacks s USING(stack_id) WHERE l.moment = 'peak'
  GROUP BY l.device, l.stack_id ORDER BY l.device, bytes DESC;

CREATE VIEW unfreed AS SELECT * FROM allocations WHERE origin = 'trace' AND end_event IS NULL;

CREATE VIEW events AS -- unordered: ask for ORDER BY device, event
  SELECT device, alloc_event AS event, 'alloc' AS action, address, size, stream, pool_id, alloc_time_us AS time_us,
      stack_id, NULL AS device_free, compile_context_id, user_metadata_id, forward_frames_id
    FROM allocations WHERE alloc_event IS NOT NULL AND NOT irregular & 1
  UNION ALL SELECT device, free_requested_event, 'free_requested', address, size, stream, pool_id,
      free_requested_time_us, free_stack_id, NULL, compile_context_id, user_metadata_id, forward_frames_id
    FROM allocations WHERE free_requested_event IS NOT NULL AND NOT irregular & 2
  UNION ALL SELECT device, free_completed_event, 'free_completed', address, size, stream, pool_id,
      free_completed_time_us, free_stack_id, NULL, compile_context_id, user_metadata_id, forward_frames_id
    FROM allocations WHERE free_completed_event IS NOT NULL AND NOT irregular & 4
  UNION ALL SELECT device, event, action, address, size, stream, pool_id, time_us, stack_id, device_free,
      compile_context_id, user_metadata_id, forward_frames_id
    FROM other_events;
)sql";
}

}  // namespace snapq::archive::tables
