-- What the memory is made of at the peak (or at a stored moment: --param at=oom:0, start, end, reserved-peak): parameters, gradients, …
-- "older" is the part from before the recording. No rows: an earlier version of snapq wrote the archive.
-- :at one of these moments (peak), :device one device only
SELECT device_name(t.device) AS device,
       t.category,
       format_bytes(t.bytes) AS size,
       t.bytes,
       round(100.0 * t.bytes / sum(t.bytes) OVER (PARTITION BY t.device), 1) AS "%",
       t.count AS allocations,
       format_bytes(t.older_bytes) AS older
FROM category_totals AS t
WHERE t.moment = coalesce(:at, 'peak') AND (:device IS NULL OR t.device = :device)
ORDER BY 1, t.bytes DESC;
