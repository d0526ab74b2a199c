-- What was allocated in the trace and is still live at its end, by stack
-- "% of its": share of the stack's allocations that are still live; "when": their number for each tenth of the trace.
-- :at what is live at a moment instead of the end, :device one device only, :top rows (20)
SELECT device_name(t.device) AS device,
       t.stack_id,
       format_bytes(t.end_bytes) AS size,
       t.end_bytes AS bytes,
       t.end_count AS allocations,
       round(100.0 * t.end_count / t.allocations, 1) AS "% of its",
       replace(replace(replace(t.unfreed_tenths, ',', ' '), '[', ''), ']', '') AS "when",
       s.op,
       s.site
FROM stack_totals AS t LEFT JOIN stacks AS s USING (stack_id)
WHERE t.origin = 'trace' AND t.end_bytes > 0 AND (:device IS NULL OR t.device = :device)
ORDER BY 1, bytes DESC
LIMIT coalesce(:top, 20);
