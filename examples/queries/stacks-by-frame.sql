-- Every function on the stacks live at the peak, by the memory below it (a stack counts once for each of its functions)
-- The outermost functions hold everything; look for the first one that does not. :device one device only, :top rows (40)
WITH live AS (
    SELECT device, stack_id, sum(bytes) AS bytes, sum(count) AS count FROM live_stacks
    WHERE moment = 'peak' AND (:device IS NULL OR device = :device) GROUP BY device, stack_id
), below AS (
    SELECT DISTINCT l.device, l.stack_id, l.bytes, l.count, f.filename, f.name
    FROM live AS l JOIN stack_frames AS k USING (stack_id) JOIN frames AS f USING (frame_id)
    WHERE f.filename LIKE '%.py'
)
SELECT device,
       format_bytes(sum(bytes)) AS size,
       sum(bytes) AS bytes,
       sum(count) AS allocations,
       name AS function,
       filename AS file
FROM below
GROUP BY device, filename, name
ORDER BY device, bytes DESC
LIMIT coalesce(:top, 40);
