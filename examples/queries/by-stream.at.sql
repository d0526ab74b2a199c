-- CUDA streams: what each holds at a moment
-- :at any moment, :device one device only
SELECT device_name(a.device) AS device,
       CASE WHEN a.stream = 0 THEN '0 (default)' WHEN a.stream IS NULL THEN '[not recorded]' ELSE address(a.stream) END AS stream,
       count(*) AS allocations,
       format_bytes(sum(a.size)) AS size,
       sum(a.size) AS bytes
FROM devices AS d JOIN alive_at(d.device, :at) AS a
WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, :at) IS NOT NULL
GROUP BY a.device, a.stream
ORDER BY 1, bytes DESC;
