-- Version 2, additive: releases that know version 1 alone go on working beside it. docs/03-formats-at-rest.md explains every column.

CREATE TABLE version_use (
    version        TEXT    PRIMARY KEY NOT NULL REFERENCES key_version (name) ON DELETE CASCADE,
    last_used_ms   INTEGER NOT NULL
) WITHOUT ROWID;
