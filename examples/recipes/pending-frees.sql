-- Frees that waited for another stream: how long between the request and its completion?
SELECT CASE WHEN stream = 0 THEN 'default' ELSE 'other' END AS stream, count(*) AS frees,
       max(free_completed_event - free_requested_event) AS most_events_between,
       round(max(free_completed_time_us - free_requested_time_us) / 1000.0, 3) AS longest_ms
FROM allocations
WHERE free_completed_event IS NOT NULL AND free_requested_event IS NOT NULL
GROUP BY 1
ORDER BY 1;
