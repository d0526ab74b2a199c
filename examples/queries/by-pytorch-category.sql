-- Memory by PyTorch's own category (parameter, activation, gradient, …), which recordings of profile_plot have
-- :at any moment (peak), :device one device only
-- Grouped by the number of the text, because it can be long, and would be sorted for each allocation.
WITH alive AS (
    SELECT a.device, a.size, a.origin,
           (SELECT category_id FROM allocations AS x WHERE x.device = a.device AND x.idx = a.idx) AS category_id
    FROM (SELECT NULL AS category_id) AS in_old_archives -- those of version 0.1.0 do not have the column
    JOIN devices AS d
    JOIN alive_at(d.device, coalesce(:at, 'peak')) AS a
    WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, coalesce(:at, 'peak')) IS NOT NULL
), sums AS (
    SELECT device, category_id, origin <> 'trace' AS is_older, sum(size) AS bytes, count(*) AS allocations
    FROM alive GROUP BY 1, 2, 3
)
SELECT device_name(s.device) AS device,
       format_bytes(sum(s.bytes)) AS size,
       sum(s.bytes) AS bytes,
       sum(s.allocations) AS allocations,
       coalesce(c.text, CASE WHEN s.is_older THEN '[before recording]' ELSE '[no category]' END) AS category
FROM sums AS s LEFT JOIN strings AS c ON c.id = s.category_id
GROUP BY s.device, 5
ORDER BY 1, bytes DESC;
