-- What does the second training step hold at its peak that the first did not?
WITH first AS (
    SELECT stack_id, sum(size) AS bytes FROM alive_at(0, (SELECT peak_event FROM spans WHERE name = 'ProfilerStep#2'))
    GROUP BY stack_id
), second AS (
    SELECT stack_id, sum(size) AS bytes FROM alive_at(0, (SELECT peak_event FROM spans WHERE name = 'ProfilerStep#3'))
    GROUP BY stack_id
)
SELECT s.site, format_bytes(coalesce(f.bytes, 0)) AS first, format_bytes(n.bytes) AS second,
       format_bytes(n.bytes - coalesce(f.bytes, 0)) AS more
FROM second AS n LEFT JOIN first AS f USING (stack_id) JOIN stacks AS s USING (stack_id)
WHERE n.bytes <> coalesce(f.bytes, 0)
ORDER BY n.bytes - coalesce(f.bytes, 0) DESC;
