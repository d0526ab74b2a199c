-- What each step of the program costs: bytes at its start, its peak, its end, and what it allocated
-- "basis" says how steps were found: spans of the profiler or of the optimizer, runs of the optimizer, other spans, or a
-- period of the allocations. --at step:N is the peak of a step.
-- :device one device only, :top the largest steps only, ordered by their peaks
SELECT device_name(device) AS device,
       step,
       start_event,
       end_event,
       format_bytes(start_bytes) AS start,
       format_bytes(peak_bytes) AS peak,
       peak_bytes,
       peak_event,
       format_bytes(end_bytes) AS "end",
       format_bytes(end_bytes - start_bytes) AS growth,
       format_bytes(allocated_bytes) AS allocated,
       (SELECT value FROM meta WHERE key = 'step_basis') AS basis
FROM steps
WHERE :device IS NULL OR steps.device = :device
ORDER BY 1, CASE WHEN :top IS NULL THEN step ELSE -peak_bytes END, step
LIMIT coalesce(:top, -1);
