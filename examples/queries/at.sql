-- Sites that hold the most memory at any moment: --param at=event:100, +83s, span:NAME, …
-- before_recording: memory that is older than the recording; without a stack of its own, it is listed under the line that freed it
-- :at any moment (peak), :device one device only, :top rows (20)
SELECT device_name(a.device) AS device,
       format_bytes(sum(a.bytes)) AS size,
       sum(a.bytes) AS bytes,
       sum(a.count) AS allocations,
       format_bytes(sum(a.bytes) FILTER (WHERE a.origin <> 'trace')) AS before_recording,
       CASE WHEN a.origin <> 'trace' AND s.kind = 'empty' THEN '[before recording]' ELSE s.site END AS site
FROM devices AS d
JOIN live_at(d.device, coalesce(:at, 'peak')) AS a
LEFT JOIN stacks AS s USING (stack_id)
WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, coalesce(:at, 'peak')) IS NOT NULL
GROUP BY a.device, 6
ORDER BY 1, bytes DESC
LIMIT coalesce(:top, 20);
