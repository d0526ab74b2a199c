-- When each device reached its peak, and the allocation that reached it
SELECT device_name(d.device) AS device,
       format_bytes(d.peak_requested_bytes) AS peak,
       format_bytes(d.reserved_at_peak_bytes) AS reserved,
       d.peak_event AS event,
       d.peak_timestep AS timestep,
       round((d.peak_time_us - d.first_time_us) / 1000.0, 3) AS ms,
       format_bytes(a.size) AS last_allocation,
       s.op,
       s.site
FROM devices AS d
LEFT JOIN allocations AS a ON a.device = d.device AND a.alloc_event = d.peak_event
LEFT JOIN stacks AS s ON s.stack_id = d.peak_stack_id
ORDER BY 1;
