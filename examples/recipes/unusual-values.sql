-- Values that the user stored in the snapshot: all keys that PyTorch itself does not write
SELECT e.key, j.key AS inner_key, j.value
FROM extra AS e JOIN json_tree(e.value) AS j
WHERE e.owner = 'snapshot' AND j.atom IS NOT NULL
ORDER BY e.key, j.id;
