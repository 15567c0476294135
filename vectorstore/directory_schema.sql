CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE departments (code TEXT PRIMARY KEY, name TEXT NOT NULL, region TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE communes (
  id INTEGER PRIMARY KEY,
  insee TEXT NOT NULL,        -- a déléguée may share the code of its commune
  name TEXT NOT NULL,         -- with its article
  kind TEXT NOT NULL,         -- commune, deleguee, associee, arrondissement
  department TEXT NOT NULL REFERENCES departments(code),
  population INTEGER NOT NULL,
  parent TEXT,                -- INSEE code of the commune as a whole
  parent_name TEXT,
  latitude REAL,
  longitude REAL
);
CREATE INDEX communes_insee ON communes(insee);

CREATE TABLE postal_codes (code TEXT NOT NULL, insee TEXT NOT NULL, PRIMARY KEY (code, insee)) WITHOUT ROWID;

CREATE TABLE offices (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,       -- the key of "about" that names its origin
  name TEXT NOT NULL,
  insee TEXT NOT NULL,        -- where it stands
  address TEXT NOT NULL,      -- lines
  phone TEXT NOT NULL,
  phone_note TEXT NOT NULL,
  email TEXT NOT NULL,
  site TEXT NOT NULL,
  page TEXT NOT NULL,         -- its page of the official directory
  week TEXT NOT NULL,         -- JSON: [day, opens, closes, comment]
  hours_note TEXT NOT NULL,
  updated TEXT NOT NULL,      -- ISO date, or empty
  latitude REAL,
  longitude REAL
);

CREATE TABLE office_pivots (
  pivot TEXT NOT NULL, office INTEGER NOT NULL REFERENCES offices(id), PRIMARY KEY (pivot, office)
) WITHOUT ROWID;

CREATE TABLE served (
  insee TEXT NOT NULL, pivot TEXT NOT NULL, office INTEGER NOT NULL REFERENCES offices(id),
  PRIMARY KEY (insee, pivot, office)
) WITHOUT ROWID;
