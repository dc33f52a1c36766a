-- Version 3. Releases that know version 2 alone find no key whose name has no row, and refuse the store. docs/03-formats-at-rest.md
-- explains every column.

-- A name has a row from the first delete of one of its keys on, and no longer from its first key on (decision 0011).
ALTER TABLE key_incarnation DROP CONSTRAINT IF EXISTS key_incarnation_name_fkey;

-- Who holds a slot knows the newest store key, and whoever makes another one the newest takes every slot.
ALTER TABLE change_slot ADD COLUMN IF NOT EXISTS store_key_id BYTEA NOT NULL DEFAULT '';

UPDATE change_slot SET store_key_id = newest.store_key_id
FROM (SELECT store_key_id FROM store_key ORDER BY created_ms DESC, store_key_id DESC LIMIT 1) AS newest;

-- Makes a key whose name was never used, in the transaction that calls it, and gives its slot's new stamp. Gives nothing, and makes nothing, where
-- that takes a closer look: the slot is held by another write, or behind what the caller saw of it, or names another store key; a key of that name is there or
-- was deleted. Each statement in it sees what was committed before it began: nothing is looked at before the slot is taken.
CREATE OR REPLACE FUNCTION make_key(
    of_slot INTEGER, seen BIGINT, key TEXT, under BYTEA, new_incarnation BIGINT, record BYTEA, version TEXT, made_ms BIGINT, material BYTEA
) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    moved BIGINT;
BEGIN
    PERFORM FROM change_slot WHERE slot = of_slot AND stamp >= seen AND store_key_id = under FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    INSERT INTO key_incarnation (incarnation, name, deleted_order, store_key_id, sealed)
    SELECT new_incarnation, key, NULL, under, record WHERE NOT EXISTS (SELECT FROM key_name WHERE name = key)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    INSERT INTO key_version (name, incarnation, number, created_ms, store_key_id, sealed)
    VALUES (version, new_incarnation, 0, made_ms, under, material);
    UPDATE change_slot SET stamp = stamp + 1 WHERE slot = of_slot RETURNING stamp INTO moved;
    RETURN moved;
END
$$;
