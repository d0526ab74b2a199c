-- Requested and reserved bytes over the trace, with a bar
-- The row of event -1 has the bytes before the first event, each other row the highest bytes in a slice of the events that
-- begins there. :slices rows for each device (40), :device one device only
WITH slices AS (
    SELECT t.device,
           CASE t.event WHEN -1 THEN -1 ELSE t.event * coalesce(:slices, 40) / max(d.event_count, 1) END AS slice,
           min(t.event) AS event,
           min(t.time_us) AS time_us,
           max(t.requested_bytes) AS requested,
           max(t.reserved_bytes) AS reserved
    FROM timeline AS t JOIN devices AS d USING (device)
    WHERE :device IS NULL OR t.device = :device
    GROUP BY t.device, slice
)
SELECT device_name(s.device) AS device,
       s.event,
       round((s.time_us - d.first_time_us) / 1000.0, 3) AS ms,
       format_bytes(s.requested) AS requested,
       format_bytes(s.reserved) AS reserved,
       s.requested AS requested_bytes,
       substr('████████████████████████████████████████', 1, 40 * s.requested / max(d.peak_requested_bytes, 1)) AS bar
FROM slices AS s JOIN devices AS d USING (device)
ORDER BY 1, s.slice;
