//! The journal of the pool, in the database: a snapshot and the records after it.

use rusqlite::params;

use super::Tx;

impl Tx<'_> {
    /// The journal as one log.
    pub(crate) fn journal(&self) -> rusqlite::Result<Vec<u8>> {
        let mut query = self.connection.prepare("SELECT bytes FROM journal ORDER BY id")?;
        let rows = query.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
        let mut log = Vec::new();
        for bytes in rows {
            log.extend(bytes?);
        }
        Ok(log)
    }

    /// Appends records.
    pub(crate) fn append_journal(&self, records: &[u8]) -> rusqlite::Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        self.connection
            .prepare_cached("INSERT INTO journal (bytes) VALUES (?)")?
            .execute(params![records])?;
        Ok(())
    }

    /// Replaces the journal by a snapshot.
    pub(crate) fn replace_journal(&self, snapshot: &[u8]) -> rusqlite::Result<()> {
        self.connection.execute("DELETE FROM journal", [])?;
        self.append_journal(snapshot)
    }
}
