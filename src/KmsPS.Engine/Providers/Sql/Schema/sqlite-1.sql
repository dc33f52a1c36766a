-- Version 1. docs/03-formats-at-rest.md explains every column. Times are Unix epoch milliseconds, UTC.

CREATE TABLE store (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    schema_version INTEGER NOT NULL,
    store_id       BLOB    NOT NULL,
    created_ms     INTEGER NOT NULL
);

CREATE TABLE store_key (
    store_key_id   BLOB    PRIMARY KEY NOT NULL,
    created_ms     INTEGER NOT NULL,
    canary         BLOB    NOT NULL
) WITHOUT ROWID;

-- One row for every name ever used, so that numbering goes on after a delete and after a purge.
CREATE TABLE key_name (
    name           TEXT    PRIMARY KEY NOT NULL,
    next_number    INTEGER NOT NULL,
    store_key_id   BLOB    NOT NULL,
    seal           BLOB    NOT NULL
) WITHOUT ROWID;

CREATE TABLE key_incarnation (
    incarnation    INTEGER PRIMARY KEY NOT NULL,
    name           TEXT    NOT NULL REFERENCES key_name (name),
    deleted_order  INTEGER,
    store_key_id   BLOB    NOT NULL,
    sealed         BLOB    NOT NULL
);

CREATE UNIQUE INDEX key_in_use ON key_incarnation (name) WHERE deleted_order IS NULL;
CREATE INDEX key_deleted ON key_incarnation (deleted_order, name) WHERE deleted_order IS NOT NULL;

CREATE TABLE key_version (
    name           TEXT    PRIMARY KEY NOT NULL,
    incarnation    INTEGER NOT NULL REFERENCES key_incarnation (incarnation),
    number         INTEGER NOT NULL,
    created_ms     INTEGER NOT NULL,
    store_key_id   BLOB    NOT NULL,
    sealed         BLOB    NOT NULL,
    UNIQUE (incarnation, number)
) WITHOUT ROWID;

CREATE TABLE state_record (
    kind           TEXT    NOT NULL,
    id             TEXT    NOT NULL,
    revision       INTEGER NOT NULL,
    expires_ms     INTEGER,
    store_key_id   BLOB    NOT NULL,
    sealed         BLOB    NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;

CREATE INDEX state_expiry ON state_record (kind, expires_ms) WHERE expires_ms IS NOT NULL;

CREATE TABLE sequence (
    name           TEXT    PRIMARY KEY NOT NULL,
    value          INTEGER NOT NULL
) WITHOUT ROWID;
