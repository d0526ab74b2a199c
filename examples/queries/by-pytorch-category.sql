-- Memory by PyTorch's own category (parameter, activation, gradient, …), which recordings of profile_plot have
-- :at any moment (peak), :device one device only
SELECT device_name(a.device) AS device,
       format_bytes(sum(a.size)) AS size,
       sum(a.size) AS bytes,
       count(*) AS allocations,
       coalesce((SELECT c.text FROM allocations AS x JOIN strings AS c ON c.id = category_id
                 WHERE x.device = a.device AND x.idx = a.idx),
                CASE WHEN a.origin <> 'trace' THEN '[before recording]' ELSE '[no category]' END) AS category
FROM (SELECT NULL AS category_id) AS in_old_archives -- those of version 0.1.0 do not have the column
JOIN devices AS d
JOIN alive_at(d.device, coalesce(:at, 'peak')) AS a
WHERE event_of(d.device, coalesce(:at, 'peak')) IS NOT NULL AND (:device IS NULL OR d.device = :device)
GROUP BY a.device, 5
ORDER BY 1, bytes DESC;
