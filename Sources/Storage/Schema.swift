/// The tables. Those of the journal hold canonical bytes with a checksum each; those of the readable model repeat committed state in
/// columns for people with `sqlite3`, and nothing reads them back.
enum Schema {
  /// The format's number, in `user_version`.
  static let version = 2

  static let journal = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE own_votes (
      number INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, view INTEGER NOT NULL, kind INTEGER NOT NULL,
      statement BLOB NOT NULL, checksum INTEGER NOT NULL, UNIQUE (epoch, view, kind));
    CREATE TABLE evidence (
      epoch INTEGER NOT NULL, view INTEGER NOT NULL, member TEXT NOT NULL, evidence BLOB NOT NULL,
      checksum INTEGER NOT NULL, PRIMARY KEY (epoch, view, member)) WITHOUT ROWID;
    CREATE TABLE entered_view (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, view INTEGER NOT NULL);
    CREATE TABLE certificates (
      epoch INTEGER NOT NULL, kind INTEGER NOT NULL, view INTEGER NOT NULL, certificate BLOB NOT NULL,
      checksum INTEGER NOT NULL, PRIMARY KEY (epoch, kind, view)) WITHOUT ROWID;
    CREATE TABLE blocks (
      digest BLOB PRIMARY KEY, height INTEGER NOT NULL, epoch INTEGER NOT NULL, view INTEGER NOT NULL,
      outline BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX blocks_by_height ON blocks (height);
    CREATE TABLE chain (
      height INTEGER PRIMARY KEY, digest BLOB NOT NULL, time_ms INTEGER NOT NULL, time TEXT NOT NULL,
      epoch INTEGER NOT NULL, view INTEGER NOT NULL, proposer TEXT NOT NULL, transactions INTEGER NOT NULL,
      state_root TEXT NOT NULL, certified INTEGER NOT NULL, certified_view INTEGER NOT NULL, closes INTEGER NOT NULL,
      outcomes BLOB NOT NULL, checksum INTEGER NOT NULL);
    CREATE TABLE tails (height INTEGER PRIMARY KEY, tail BLOB NOT NULL, checksum INTEGER NOT NULL);
    CREATE TABLE freezes (epoch INTEGER PRIMARY KEY, statement BLOB NOT NULL, checksum INTEGER NOT NULL);
    CREATE TABLE epoch_links (epoch INTEGER PRIMARY KEY, link BLOB NOT NULL, checksum INTEGER NOT NULL);
    CREATE TABLE transactions (
      number INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, type TEXT NOT NULL, signer TEXT NOT NULL, docket TEXT,
      statement BLOB NOT NULL, checksum INTEGER NOT NULL, pooled INTEGER NOT NULL DEFAULT 0, height INTEGER, result TEXT);
    CREATE INDEX transactions_waiting ON transactions (number) WHERE height IS NULL;
    CREATE INDEX transactions_by_docket ON transactions (docket, height) WHERE docket IS NOT NULL;
    CREATE TABLE snapshots (height INTEGER PRIMARY KEY, snapshot BLOB NOT NULL, checksum INTEGER NOT NULL);
    """

  static let readable = """
    CREATE TABLE floor_tables (
      version INTEGER PRIMARY KEY, effective_at TEXT NOT NULL, row_count INTEGER NOT NULL, docket TEXT);
    CREATE TABLE floor_rows (
      version INTEGER NOT NULL, item TEXT NOT NULL, floor_usd_per_kg TEXT NOT NULL, floor_micro_usd INTEGER NOT NULL,
      mode TEXT NOT NULL, effective_at TEXT NOT NULL, basis_docket TEXT NOT NULL, carried INTEGER NOT NULL,
      lapses_at TEXT, on_lapse TEXT NOT NULL, authority TEXT NOT NULL, status TEXT NOT NULL, members INTEGER NOT NULL,
      weight INTEGER NOT NULL, total_weight INTEGER NOT NULL, screened TEXT NOT NULL, result_usd_per_kg TEXT NOT NULL,
      residual_usd_per_kg TEXT NOT NULL, PRIMARY KEY (version, item)) WITHOUT ROWID;
    CREATE TABLE pending_rows (
      item TEXT PRIMARY KEY, floor_usd_per_kg TEXT NOT NULL, floor_micro_usd INTEGER NOT NULL, mode TEXT NOT NULL,
      effective_at TEXT NOT NULL, basis_docket TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE dockets (
      docket TEXT PRIMARY KEY, kind TEXT NOT NULL, opened_at TEXT NOT NULL, opened_by TEXT NOT NULL,
      title TEXT NOT NULL, state TEXT NOT NULL, items TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE lots (
      docket TEXT NOT NULL, lot INTEGER NOT NULL, items TEXT NOT NULL, phase TEXT NOT NULL, round INTEGER NOT NULL,
      call INTEGER NOT NULL, closes_at TEXT, PRIMARY KEY (docket, lot)) WITHOUT ROWID;
    CREATE TABLE ballots (
      docket TEXT NOT NULL, lot INTEGER NOT NULL, round INTEGER NOT NULL, call INTEGER NOT NULL, member TEXT NOT NULL,
      choice TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (docket, lot, round, call, member)) WITHOUT ROWID;
    CREATE TABLE results (
      docket TEXT NOT NULL, item TEXT NOT NULL, round INTEGER NOT NULL, status TEXT NOT NULL, result_usd_per_kg TEXT,
      floor_usd_per_kg TEXT, outcome TEXT NOT NULL, reason TEXT, PRIMARY KEY (docket, item, round)) WITHOUT ROWID;
    """
}
