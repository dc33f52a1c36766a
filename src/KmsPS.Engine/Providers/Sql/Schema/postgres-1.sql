-- Version 1. docs/03-formats-at-rest.md explains every column. Times are Unix epoch milliseconds, UTC. COLLATE "C" compares bytes, as
-- SQLite does, and does not change with the system's locale data.

CREATE TABLE store (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    schema_version INTEGER NOT NULL,
    store_id       BYTEA   NOT NULL,
    created_ms     BIGINT  NOT NULL
);

CREATE TABLE store_key (
    store_key_id   BYTEA   PRIMARY KEY NOT NULL,
    created_ms     BIGINT  NOT NULL,
    canary         BYTEA   NOT NULL
);

-- One row for every name ever used, so that numbering goes on after a delete and after a purge.
CREATE TABLE key_name (
    name           TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    next_number    INTEGER NOT NULL,
    store_key_id   BYTEA   NOT NULL,
    seal           BYTEA   NOT NULL
);

CREATE TABLE key_incarnation (
    incarnation    BIGINT  PRIMARY KEY NOT NULL,
    name           TEXT COLLATE "C" NOT NULL REFERENCES key_name (name),
    deleted_order  BIGINT,
    store_key_id   BYTEA   NOT NULL,
    sealed         BYTEA   NOT NULL
);

CREATE UNIQUE INDEX key_in_use ON key_incarnation (name) WHERE deleted_order IS NULL;
CREATE INDEX key_deleted ON key_incarnation (deleted_order, name) WHERE deleted_order IS NOT NULL;

CREATE TABLE key_version (
    name           TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    incarnation    BIGINT  NOT NULL REFERENCES key_incarnation (incarnation),
    number         INTEGER NOT NULL,
    created_ms     BIGINT  NOT NULL,
    store_key_id   BYTEA   NOT NULL,
    sealed         BYTEA   NOT NULL,
    UNIQUE (incarnation, number)
);

CREATE TABLE state_record (
    kind           TEXT COLLATE "C" NOT NULL,
    id             TEXT COLLATE "C" NOT NULL,
    revision       BIGINT  NOT NULL,
    expires_ms     BIGINT,
    store_key_id   BYTEA   NOT NULL,
    sealed         BYTEA   NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE INDEX state_expiry ON state_record (kind, expires_ms) WHERE expires_ms IS NOT NULL;

CREATE TABLE sequence (
    name           TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    value          BIGINT  NOT NULL
);

-- Change counters: a key's write moves its slot's first, which also makes writers of one key wait for each other.
CREATE TABLE change_slot (
    slot           INTEGER PRIMARY KEY,
    stamp          BIGINT  NOT NULL
) WITH (fillfactor = 50);

INSERT INTO change_slot (slot, stamp) SELECT slot, 0 FROM generate_series(0, 1023) AS slot;
