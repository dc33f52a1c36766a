-- Version 3. Releases that know version 2 alone find no key whose name has no row, and refuse the store. docs/03-formats-at-rest.md
-- explains every column.

-- A name has a row from the first delete of one of its keys on, and no longer from its first key on (decision 0011).
ALTER TABLE key_incarnation DROP CONSTRAINT IF EXISTS key_incarnation_name_fkey;

-- Who holds a slot knows the newest store key, and whoever makes another one the newest takes every slot.
ALTER TABLE change_slot ADD COLUMN IF NOT EXISTS store_key_id BYTEA NOT NULL DEFAULT '';

UPDATE change_slot SET store_key_id = newest.store_key_id
FROM (SELECT store_key_id FROM store_key ORDER BY created_ms DESC, store_key_id DESC LIMIT 1) AS newest;
