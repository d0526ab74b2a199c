-- Memory by user_metadata, the text that the program set for its allocations; late texts (annotate) are included
-- :at any moment (peak), :device one device only, :top rows (20)
-- Grouped by the number of the text, because it can be long, and would be sorted for each allocation.
WITH sums AS (
    SELECT a.device, a.user_metadata_id, sum(a.size) AS bytes, count(*) AS allocations
    FROM devices AS d
    JOIN alive_at(d.device, coalesce(:at, 'peak')) AS a
    WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, coalesce(:at, 'peak')) IS NOT NULL
    GROUP BY a.device, a.user_metadata_id
)
SELECT device_name(s.device) AS device,
       format_bytes(sum(s.bytes)) AS size,
       sum(s.bytes) AS bytes,
       sum(s.allocations) AS allocations,
       coalesce(nullif(m.text, ''), '[no metadata]') AS metadata
FROM sums AS s LEFT JOIN strings AS m ON m.id = s.user_metadata_id
GROUP BY s.device, 5
ORDER BY 1, bytes DESC
LIMIT coalesce(:top, 20);
