-- Memory by user_metadata, the text that the program set for its allocations; late texts (annotate) are included
-- :at any moment (peak), :device one device only, :top rows (20)
SELECT device_name(a.device) AS device,
       format_bytes(sum(a.size)) AS size,
       sum(a.size) AS bytes,
       count(*) AS allocations,
       coalesce(nullif(m.text, ''), '[no metadata]') AS metadata
FROM devices AS d
JOIN alive_at(d.device, coalesce(:at, 'peak')) AS a
LEFT JOIN strings AS m ON m.id = a.user_metadata_id
WHERE event_of(d.device, coalesce(:at, 'peak')) IS NOT NULL AND (:device IS NULL OR d.device = :device)
GROUP BY a.device, 5
ORDER BY 1, bytes DESC
LIMIT coalesce(:top, 20);
