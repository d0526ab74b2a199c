-- Sites that hold the most memory at the peak (or at any moment: --param at=oom:0, event:100, …), with their shares
-- before_recording: memory that is older than the recording; without a stack of its own, it is listed under the line that freed it
-- :at any moment (peak), :device one device only, :top rows (20)
SELECT device_name(l.device) AS device,
       format_bytes(sum(l.bytes)) AS size,
       sum(l.bytes) AS bytes,
       round(100.0 * sum(l.bytes) / sum(sum(l.bytes)) OVER (PARTITION BY l.device), 1) AS "%",
       sum(l.count) AS allocations,
       format_bytes(sum(l.bytes) FILTER (WHERE l.origin <> 'trace')) AS before_recording,
       CASE WHEN l.origin <> 'trace' AND s.kind = 'empty' THEN '[before recording]' ELSE s.site END AS site
FROM devices AS d JOIN live_at(d.device, coalesce(:at, 'peak')) AS l LEFT JOIN stacks AS s USING (stack_id)
WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, coalesce(:at, 'peak')) IS NOT NULL
GROUP BY l.device, 7
ORDER BY 1, bytes DESC
LIMIT coalesce(:top, 20);
