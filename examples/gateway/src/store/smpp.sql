-- The messages that came by SMPP.
CREATE TABLE smpp (
    message INTEGER PRIMARY KEY REFERENCES messages (seq),
    id INTEGER NOT NULL UNIQUE,         -- the message id, as a number: `messages.id` in decimal digits
    account TEXT NOT NULL,
    registered INTEGER NOT NULL,        -- bits 0 and 1 of registered_delivery
    addresses TEXT NOT NULL,            -- both addresses as they came, as JSON
    bundle TEXT,                        -- what the parts of one concatenated message share
    error INTEGER,                      -- the code of the network
    due_at INTEGER                      -- the end of the validity, until the receipt is there
);
CREATE INDEX smpp_due ON smpp (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX smpp_by_bundle ON smpp (bundle) WHERE bundle IS NOT NULL;
