-- Sites that hold the most memory at the peak (or :at start, reserved-peak, end, oom:N)
-- :at a stored moment, :device one device only, :top rows (20). For other moments: --named at
SELECT l.device,
       format_bytes(sum(l.bytes)) AS size,
       sum(l.bytes) AS bytes,
       round(100.0 * sum(l.bytes) / sum(sum(l.bytes)) OVER (PARTITION BY l.device), 1) AS "%",
       sum(l.count) AS allocations,
       CASE WHEN l.origin <> 'trace' AND s.kind = 'empty' THEN '[before recording]' ELSE s.site END AS site
FROM live_stacks AS l LEFT JOIN stacks AS s USING (stack_id)
WHERE l.moment = coalesce(:at, 'peak') AND (:device IS NULL OR l.device = :device)
GROUP BY l.device, 6
ORDER BY l.device, bytes DESC
LIMIT coalesce(:top, 20);
