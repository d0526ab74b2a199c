-- Allocations of the trace that lived longest before they were freed
-- :min bytes of an allocation (1 MiB), :device one device only, :top rows (20)
SELECT device_name(a.device) AS device,
       a.idx,
       format_bytes(a.size) AS size,
       round((coalesce(a.free_completed_time_us, a.free_requested_time_us) - a.alloc_time_us) / 1000.0, 3) AS ms,
       a.end_event - a.alloc_event AS events,
       a.alloc_event AS alloc,
       a.end_event AS "end",
       s.op,
       s.site
FROM (SELECT * FROM allocations
      WHERE origin = 'trace' AND end_event IS NOT NULL AND size >= coalesce(:min, 1048576)
        AND (:device IS NULL OR device = :device)
      ORDER BY end_event - alloc_event DESC, size DESC LIMIT coalesce(:top, 20)) AS a
LEFT JOIN stacks AS s USING (stack_id)
ORDER BY events DESC, a.size DESC;
