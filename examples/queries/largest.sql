-- The largest single allocations
-- :at only those that are live at a moment, :device one device only, :top rows (20)
SELECT device_name(a.device) AS device,
       a.idx,
       format_bytes(a.size) AS size,
       a.size AS bytes,
       a.alloc_event AS alloc,
       a.end_event AS "end",
       coalesce(a.alloc_event, -1) <= d.peak_event AND (a.end_event IS NULL OR a.end_event > d.peak_event) AS at_peak,
       a.origin,
       s.op,
       s.site
FROM (SELECT * FROM allocations WHERE :device IS NULL OR device = :device
      ORDER BY size DESC, device, idx LIMIT coalesce(:top, 20)) AS a
JOIN devices AS d USING (device)
LEFT JOIN stacks AS s USING (stack_id)
ORDER BY a.size DESC, 1, a.idx;
