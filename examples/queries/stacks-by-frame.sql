-- Every function on the stacks live at the peak, by the memory below it (a stack counts once for each of its functions)
-- The outermost functions hold everything; look for the first one that does not.
-- :at any moment (peak), :device one device only, :top rows (40)
WITH live AS (
    SELECT l.device, l.stack_id, sum(l.bytes) AS bytes, sum(l.count) AS count
    FROM devices AS d JOIN live_at(d.device, coalesce(:at, 'peak')) AS l
    WHERE event_of(d.device, coalesce(:at, 'peak')) IS NOT NULL AND (:device IS NULL OR d.device = :device)
    GROUP BY l.device, l.stack_id
), below AS (
    SELECT DISTINCT l.device, l.stack_id, l.bytes, l.count, f.filename, f.name
    FROM live AS l JOIN stack_frames AS k USING (stack_id) JOIN frames AS f USING (frame_id)
    WHERE f.filename LIKE '%.py'
)
SELECT device_name(device) AS device,
       format_bytes(sum(bytes)) AS size,
       sum(bytes) AS bytes,
       sum(count) AS allocations,
       name AS function,
       filename AS file
FROM below
GROUP BY device, filename, name
ORDER BY 1, bytes DESC
LIMIT coalesce(:top, 40);
