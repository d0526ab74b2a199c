-- The largest single allocations that are live at a moment
-- :at any moment, :device one device only, :top rows (20)
SELECT device_name(a.device) AS device,
       a.idx,
       format_bytes(a.size) AS size,
       a.size AS bytes,
       a.alloc_event AS alloc,
       a.end_event AS "end",
       coalesce(a.alloc_event, -1) <= a.peak_event AND (a.end_event IS NULL OR a.end_event > a.peak_event) AS at_peak,
       a.origin,
       s.op,
       s.site
FROM (SELECT l.*, d.peak_event FROM devices AS d JOIN alive_at(d.device, :at) AS l
      WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, :at) IS NOT NULL
      ORDER BY l.size DESC, l.device, l.idx LIMIT coalesce(:top, 20)) AS a
LEFT JOIN stacks AS s USING (stack_id)
ORDER BY a.size DESC, 1, a.idx;
