-- Times are milliseconds since 1970, UTC.
CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    body TEXT NOT NULL,                 -- what was posted, as JSON: see `Outgoing`
    coding TEXT NOT NULL,
    parts INTEGER NOT NULL,
    send_at INTEGER,
    expires_at INTEGER,
    final_at INTEGER NOT NULL,          -- the time at which an unknown outcome stays unknown
    wants_report INTEGER NOT NULL,
    client_reference TEXT,
    resend_of TEXT,
    status TEXT NOT NULL,
    reason TEXT,
    pool_id INTEGER UNIQUE              -- the number in the journal of the pool
);
CREATE INDEX messages_by_reference ON messages (client_reference) WHERE client_reference IS NOT NULL;
CREATE INDEX messages_by_status ON messages (status, seq);

-- The claims. One row is changed only by `UPDATE ... WHERE rev = ?`.
CREATE TABLE parts (
    message INTEGER NOT NULL REFERENCES messages (seq),
    part INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    state TEXT NOT NULL,
    holder TEXT,
    member TEXT,
    sim TEXT,                           -- the SIM of the last claim
    claimed_at INTEGER,
    reference INTEGER,
    reason TEXT,
    PRIMARY KEY (message, part)
) WITHOUT ROWID;

-- For status reports without a reference of ours.
CREATE INDEX parts_by_sim ON parts (sim, claimed_at) WHERE sim IS NOT NULL;

CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES messages (seq),
    at INTEGER NOT NULL,
    status TEXT NOT NULL,
    part INTEGER,
    member TEXT,
    reason TEXT
);
CREATE INDEX history_by_message ON history (message, id);

CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,            -- derived from the message: see `inbox_id`
    received_at INTEGER NOT NULL,
    sender TEXT NOT NULL,
    member TEXT NOT NULL,
    body TEXT NOT NULL                  -- the message as JSON: see `Incoming`
);

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL
);

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL,
    lane TEXT NOT NULL,                 -- deliveries of one lane go in order
    webhook_id TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    dead INTEGER NOT NULL DEFAULT 0,
    error TEXT
);
CREATE INDEX deliveries_waiting ON deliveries (endpoint, dead, lane, id);

-- Endpoints that have answered 410.
CREATE TABLE disabled (endpoint TEXT PRIMARY KEY, at INTEGER NOT NULL, url TEXT NOT NULL);

CREATE TABLE idempotency (
    key BLOB PRIMARY KEY,               -- SHA-256 of the API key's name and the Idempotency-Key
    body BLOB NOT NULL,                 -- SHA-256 of the request
    message INTEGER NOT NULL REFERENCES messages (seq),
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- The journal of the pool. The first row is a snapshot.
CREATE TABLE journal (id INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL);
