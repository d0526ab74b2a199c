-- Every function on the stacks live at the peak, by the memory below it (a stack counts once for each of its functions)
-- The outermost functions hold everything; look for the first one that does not.
-- :at any moment (peak), :device one device only, :top rows (40)
-- function_id: the lowest frame_id of a function, because a name can be a long text, which would be sorted for each stack
WITH live AS (
    SELECT l.device, l.stack_id, sum(l.bytes) AS bytes, sum(l.count) AS count
    FROM devices AS d JOIN live_at(d.device, coalesce(:at, 'peak')) AS l
    WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, coalesce(:at, 'peak')) IS NOT NULL
    GROUP BY l.device, l.stack_id
), functions AS MATERIALIZED (
    SELECT frame_id, min(frame_id) OVER (PARTITION BY filename, name) AS function_id
    FROM frames WHERE filename LIKE '%.py'
), below AS (
    SELECT DISTINCT l.device, l.stack_id, l.bytes, l.count, n.function_id
    FROM live AS l JOIN stack_frames AS k USING (stack_id) JOIN functions AS n USING (frame_id)
), sums AS (
    SELECT device, function_id, sum(bytes) AS bytes, sum(count) AS allocations
    FROM below GROUP BY device, function_id
)
SELECT device_name(s.device) AS device,
       format_bytes(s.bytes) AS size,
       s.bytes,
       s.allocations,
       f.name AS function,
       f.filename AS file
FROM sums AS s JOIN frames AS f ON f.frame_id = s.function_id
ORDER BY 1, s.bytes DESC, file, function
LIMIT coalesce(:top, 40);
