-- Version 3. Releases that know version 2 alone find no key whose name has no row, and refuse the store. docs/03-formats-at-rest.md
-- explains every column.

-- A name has a row from the first delete of one of its keys on, and no longer from its first key on (decision 0011). The text of the table
-- changes and no row of it: SOURCE: https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes".
PRAGMA writable_schema = ON;
UPDATE sqlite_master SET sql = replace(sql, ' REFERENCES key_name (name)', '') WHERE type = 'table' AND name = 'key_incarnation';
PRAGMA writable_schema = RESET;

-- Connections that are open read the schema anew.
CREATE TABLE schema_changed (id INTEGER);
DROP TABLE schema_changed;
