PRAGMA synchronous = FULL;

CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY, state TEXT, saved_at INTEGER);

-- `session_id` is the identifier in the session; NULL: not enqueued yet.
-- `attempted` is 1 from the first confirmed attempt.
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, recipient TEXT, text TEXT, session_id INTEGER UNIQUE,
    attempted INTEGER DEFAULT 0, outcome TEXT, error TEXT, parts INTEGER);

-- The final status reports, one for each part.
CREATE TABLE IF NOT EXISTS reports (
    session_id INTEGER, part INTEGER, delivered INTEGER, PRIMARY KEY (session_id, part));

CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY, sender TEXT, text TEXT, time TEXT, pdus TEXT UNIQUE);

-- A message is queued until it has an outcome; the reports on its parts refine the outcome.
CREATE VIEW IF NOT EXISTS message_json AS
    SELECT id, json_object('id', id, 'to', recipient, 'text', text, 'error', error, 'status',
        CASE WHEN outcome IS NULL THEN 'queued'
            WHEN min(delivered) = 0 THEN 'undelivered'
            WHEN count(delivered) = parts THEN 'delivered'
            ELSE outcome END) AS json
    FROM messages LEFT JOIN reports USING (session_id) GROUP BY id;

CREATE VIEW IF NOT EXISTS inbox_json AS
    SELECT json_group_array(json_object(
        'id', id, 'from', sender, 'text', text, 'time', time, 'pdus', pdus) ORDER BY id) AS json
    FROM inbox;
