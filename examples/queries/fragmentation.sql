-- Where reserved bytes go: requested, lost to rounding, cached (empty segments), stranded (holes between blocks)
-- "estimated" moments are rebuilt from the trace, the end is exact.
-- :at one moment only, :device one device only
SELECT device_name(device) AS device,
       moment,
       CASE estimated WHEN 1 THEN 'yes' ELSE 'no' END AS estimated,
       format_bytes(reserved_bytes) AS reserved,
       format_bytes(requested_bytes) AS requested,
       format_bytes(rounding_bytes) AS rounding,
       format_bytes(cached_bytes) AS cached,
       format_bytes(stranded_bytes) AS stranded,
       round(100.0 * stranded_bytes / nullif(reserved_bytes, 0), 1) AS "% stranded",
       segments,
       cached_segments,
       format_bytes(largest_cached_segment_bytes) AS largest_cached,
       holes,
       format_bytes(largest_hole_bytes) AS largest_hole
FROM fragmentation
WHERE :device IS NULL OR device = :device
ORDER BY 1, moment;
