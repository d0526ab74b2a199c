-- Annotated spans (record_function, optimizer and profiler steps): memory at the start, at the peak and at the end
-- A span's peak is a moment, which the last column shows: --at span:NAME#2. :device one device only
-- Inner spans are indented by at most 32 levels, because in a damaged recording all spans can lie in one another.
-- The spaces are a blob because substr counts the characters of a text one after the other.
-- Table spans is in the order of their starts, outer spans first, which is the order of its rowids.
SELECT device_name(device) AS device,
       concat(substr(CAST(printf('%64s', '') AS BLOB), 1, min(depth, 32) * 2), name, CASE cut WHEN 1 THEN ' (cut off)' END) AS span,
       (end_time_us - start_time_us) / 1000.0 AS ms,
       start_event,
       end_event,
       format_bytes(start_bytes) AS "start",
       format_bytes(peak_bytes) AS peak,
       format_bytes(end_bytes) AS "end",
       format_bytes(end_bytes - start_bytes) AS kept,
       peak_event,
       CASE WHEN peak_event IS NOT NULL THEN concat('span:', name, '#' || span_number(rowid)) END AS moment
FROM spans
WHERE :device IS NULL OR device = :device
ORDER BY rowid;
