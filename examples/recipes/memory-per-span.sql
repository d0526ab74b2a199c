-- How much does each annotated span add at its peak?
SELECT name, count(*) AS times, format_bytes(max(peak_bytes - start_bytes)) AS adds_at_most,
       format_bytes(max(end_bytes - start_bytes)) AS keeps_at_most
FROM spans WHERE cut = 0
GROUP BY name
ORDER BY max(peak_bytes - start_bytes) DESC, name;
