-- The messages that came from the queue of several hosts.
CREATE TABLE queue_messages (
    message INTEGER PRIMARY KEY REFERENCES messages (seq),
    elsewhere INTEGER NOT NULL DEFAULT 0  -- another host has it now, or none
);

CREATE TABLE queue_parts (
    message INTEGER NOT NULL REFERENCES messages (seq),
    part INTEGER NOT NULL,
    token TEXT,                           -- the claim that this host has begun or holds
    dirty INTEGER NOT NULL DEFAULT 0,     -- the server does not have the state of `parts` yet
    PRIMARY KEY (message, part)
) WITHOUT ROWID;
CREATE INDEX queue_dirty ON queue_parts (message) WHERE dirty;

-- Received messages for webhooks that the server does not have yet.
CREATE TABLE queue_received (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id TEXT NOT NULL,
    lane TEXT NOT NULL,
    data TEXT NOT NULL
);
