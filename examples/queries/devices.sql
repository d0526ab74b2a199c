-- Each device's figures: events, peak, reserved, what is live at the start and the end
SELECT device_name(device) AS device,
       event_count AS events,
       allocation_count AS allocations,
       CASE WHEN has_trace = 0 THEN 'no trace' WHEN complete THEN 'yes' ELSE 'no' END AS complete,
       format_bytes(preexisting_bytes) AS preexisting,
       format_bytes(peak_requested_bytes) AS peak,
       peak_event,
       format_bytes(peak_reserved_bytes) AS peak_reserved,
       format_bytes(end_requested_bytes) AS "end",
       format_bytes(end_reserved_bytes) AS end_reserved,
       format_bytes(unfreed_bytes) AS unfreed,
       format_bytes(end_requested_bytes - preexisting_bytes) AS growth,
       oom_events AS ooms
FROM devices
ORDER BY 1;
