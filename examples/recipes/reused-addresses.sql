-- Which addresses are used most often, and by how many different sites?
SELECT address(a.address) AS address, count(*) AS allocations, count(DISTINCT s.site) AS sites,
       format_bytes(max(a.size)) AS largest
FROM allocations AS a JOIN stacks AS s USING (stack_id)
GROUP BY a.address
ORDER BY allocations DESC, a.address
LIMIT 8;
