-- The allocator's settings when the snapshot was taken
SELECT key AS setting, value FROM settings ORDER BY key;
