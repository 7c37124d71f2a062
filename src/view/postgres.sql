-- The view's tables and statements on PostgreSQL 15. docs/format/view.md says what they mean; sqlite.sql is its twin.
-- A statement begins after a line "-- @name" and ends before the next one.

-- @schema
CREATE TABLE meta (one BIGINT PRIMARY KEY CHECK (one = 1), version BIGINT NOT NULL, names BIGINT NOT NULL);
CREATE TABLE origin (no BIGINT PRIMARY KEY, origin TEXT COLLATE "C" NOT NULL UNIQUE, next BIGINT NOT NULL, kept BIGINT NOT NULL,
  passed BIGINT NOT NULL, unreadable BIGINT NOT NULL, erased BIGINT NOT NULL);
CREATE TABLE crossing (at BIGINT NOT NULL, written BIGINT NOT NULL, rung BIGINT NOT NULL, class BIGINT NOT NULL,
  tag BIGINT NOT NULL, id BYTEA NOT NULL, advice BYTEA NOT NULL, advised BIGINT NOT NULL, time BIGINT NOT NULL,
  date BIGINT NOT NULL, direction BIGINT NOT NULL, outcome BIGINT NOT NULL, referral BIGINT NOT NULL,
  reason TEXT COLLATE "C" NOT NULL, post TEXT COLLATE "C" NOT NULL, lane TEXT COLLATE "C" NOT NULL,
  officer TEXT COLLATE "C" NOT NULL, supervisor TEXT COLLATE "C" NOT NULL, plate TEXT COLLATE "C" NOT NULL,
  plate_key TEXT COLLATE "C" NOT NULL, exempt BIGINT NOT NULL, person BYTEA NOT NULL,
  voyage TEXT COLLATE "C" NOT NULL, voyage_key TEXT COLLATE "C" NOT NULL, imported TEXT COLLATE "C" NOT NULL,
  trip BYTEA NOT NULL, booking TEXT COLLATE "C" NOT NULL, PRIMARY KEY (at, written)) PARTITION BY RANGE (written);
CREATE INDEX crossing_person ON crossing (person);
CREATE INDEX crossing_time ON crossing (time, at);
CREATE INDEX crossing_post ON crossing (post, time, at);
CREATE INDEX crossing_plate ON crossing (plate_key, time) WHERE plate_key <> '';
CREATE INDEX crossing_voyage ON crossing (voyage_key, time, at) WHERE voyage_key <> '';
CREATE INDEX crossing_trip ON crossing (trip) WHERE trip <> '\x'::bytea;
CREATE INDEX crossing_booking ON crossing (booking, time) WHERE booking <> '';
CREATE TABLE decision (at BIGINT NOT NULL, written BIGINT NOT NULL, rung BIGINT NOT NULL, class BIGINT NOT NULL,
  tag BIGINT NOT NULL, id BYTEA NOT NULL, time BIGINT NOT NULL, date BIGINT NOT NULL, direction BIGINT NOT NULL,
  verdict BIGINT NOT NULL, discreet BIGINT NOT NULL, rules TEXT COLLATE "C" NOT NULL, post TEXT COLLATE "C" NOT NULL,
  lane TEXT COLLATE "C" NOT NULL, officer TEXT COLLATE "C" NOT NULL, plate TEXT COLLATE "C" NOT NULL,
  person BYTEA NOT NULL, PRIMARY KEY (at, written)) PARTITION BY RANGE (written);
CREATE INDEX decision_person ON decision (person);
CREATE TABLE access (at BIGINT NOT NULL, written BIGINT NOT NULL, rung BIGINT NOT NULL, class BIGINT NOT NULL,
  tag BIGINT NOT NULL, id BYTEA NOT NULL, time BIGINT NOT NULL, purpose BIGINT NOT NULL, shown BIGINT NOT NULL,
  record BYTEA NOT NULL, subject BYTEA NOT NULL, officer TEXT COLLATE "C" NOT NULL, post TEXT COLLATE "C" NOT NULL,
  lane TEXT COLLATE "C" NOT NULL, reason TEXT COLLATE "C" NOT NULL, far BIGINT NOT NULL,
  PRIMARY KEY (at, written)) PARTITION BY RANGE (written);
CREATE INDEX access_subject ON access (subject) WHERE subject <> '\x'::bytea;
CREATE INDEX access_record ON access (record) WHERE far = 1;
CREATE TABLE case_step (at BIGINT NOT NULL, written BIGINT NOT NULL, rung BIGINT NOT NULL, class BIGINT NOT NULL,
  tag BIGINT NOT NULL, id BYTEA NOT NULL, case_id BYTEA NOT NULL, time BIGINT NOT NULL, act BIGINT NOT NULL,
  kind BIGINT NOT NULL, direction BIGINT NOT NULL, outcome BIGINT NOT NULL, ground TEXT COLLATE "C" NOT NULL,
  post TEXT COLLATE "C" NOT NULL, lane TEXT COLLATE "C" NOT NULL, officer TEXT COLLATE "C" NOT NULL,
  second TEXT COLLATE "C" NOT NULL, words TEXT COLLATE "C" NOT NULL, item TEXT COLLATE "C" NOT NULL,
  list TEXT COLLATE "C" NOT NULL, edition TEXT COLLATE "C" NOT NULL, entry TEXT COLLATE "C" NOT NULL,
  crossing BYTEA NOT NULL, person BYTEA NOT NULL, PRIMARY KEY (at, written)) PARTITION BY RANGE (written);
CREATE INDEX case_step_case ON case_step (case_id);
CREATE INDEX case_step_person ON case_step (person) WHERE person <> '\x'::bytea;
CREATE TABLE sheet (at BIGINT NOT NULL, written BIGINT NOT NULL, rung BIGINT NOT NULL, class BIGINT NOT NULL,
  tag BIGINT NOT NULL, id BYTEA NOT NULL, pack BIGINT NOT NULL, first BIGINT NOT NULL, count BIGINT NOT NULL,
  state BIGINT NOT NULL, turn BIGINT NOT NULL, time BIGINT NOT NULL, said BIGINT NOT NULL, direction BIGINT NOT NULL,
  outcome BIGINT NOT NULL,
  post TEXT COLLATE "C" NOT NULL, officer TEXT COLLATE "C" NOT NULL, second TEXT COLLATE "C" NOT NULL,
  crossing BYTEA NOT NULL, person BYTEA NOT NULL, PRIMARY KEY (at, written)) PARTITION BY RANGE (written);
CREATE INDEX sheet_pack ON sheet (pack, first);
CREATE INDEX sheet_person ON sheet (person) WHERE person <> '\x'::bytea;
CREATE TABLE late (at BIGINT NOT NULL, written BIGINT NOT NULL, rung BIGINT NOT NULL, class BIGINT NOT NULL,
  tag BIGINT NOT NULL, id BYTEA NOT NULL, crossing BYTEA NOT NULL, time BIGINT NOT NULL, crossed BIGINT NOT NULL,
  crossed_rung BIGINT NOT NULL, direction BIGINT NOT NULL, score BIGINT NOT NULL, published BIGINT NOT NULL,
  in_force BIGINT NOT NULL, discreet BIGINT NOT NULL, post TEXT COLLATE "C" NOT NULL, list TEXT COLLATE "C" NOT NULL,
  entry TEXT COLLATE "C" NOT NULL, asks TEXT COLLATE "C" NOT NULL, person BYTEA NOT NULL,
  PRIMARY KEY (at, written)) PARTITION BY RANGE (written);
CREATE INDEX late_time ON late (time);
CREATE INDEX late_person ON late (person) WHERE person <> '\x'::bytea;
CREATE TABLE late_other PARTITION OF late DEFAULT;
CREATE TABLE sheet_other PARTITION OF sheet DEFAULT;
CREATE TABLE case_step_other PARTITION OF case_step DEFAULT;
CREATE TABLE crossing_other PARTITION OF crossing DEFAULT;
CREATE TABLE decision_other PARTITION OF decision DEFAULT;
CREATE TABLE access_other PARTITION OF access DEFAULT;
CREATE TABLE permit (at BIGINT PRIMARY KEY, written BIGINT NOT NULL, rung BIGINT NOT NULL, class BIGINT NOT NULL,
  tag BIGINT NOT NULL, id BYTEA NOT NULL, kind BIGINT NOT NULL, issuer TEXT COLLATE "C" NOT NULL, number TEXT COLLATE "C" NOT NULL,
  status BIGINT NOT NULL, first_day BIGINT NOT NULL, last_day BIGINT NOT NULL, days BIGINT NOT NULL, entries BIGINT NOT NULL,
  used BIGINT NOT NULL, imported TEXT COLLATE "C" NOT NULL, person BYTEA NOT NULL);
CREATE INDEX permit_number ON permit (number);
CREATE INDEX permit_person ON permit (person);
CREATE TABLE correction (at BIGINT PRIMARY KEY, written BIGINT NOT NULL, rung BIGINT NOT NULL, class BIGINT NOT NULL,
  tag BIGINT NOT NULL, id BYTEA NOT NULL, time BIGINT NOT NULL, crossing BYTEA NOT NULL, post TEXT COLLATE "C" NOT NULL, officer TEXT COLLATE "C" NOT NULL,
  second TEXT COLLATE "C" NOT NULL, reason TEXT COLLATE "C" NOT NULL, direction BIGINT NOT NULL, day BIGINT NOT NULL, one BYTEA NOT NULL, other BYTEA NOT NULL,
  one_person BYTEA NOT NULL, other_person BYTEA NOT NULL);
CREATE INDEX correction_one ON correction (one);
CREATE INDEX correction_other ON correction (other) WHERE other <> '\x'::bytea;
CREATE TABLE identity (at BIGINT PRIMARY KEY, written BIGINT NOT NULL, rung BIGINT NOT NULL, class BIGINT NOT NULL,
  tag BIGINT NOT NULL, id BYTEA NOT NULL, time BIGINT NOT NULL, act BIGINT NOT NULL, joining BYTEA NOT NULL,
  post TEXT COLLATE "C" NOT NULL, officer TEXT COLLATE "C" NOT NULL, second TEXT COLLATE "C" NOT NULL, lessens BIGINT NOT NULL,
  reason TEXT COLLATE "C" NOT NULL, one BYTEA NOT NULL, other BYTEA NOT NULL, one_person BYTEA NOT NULL, other_person BYTEA NOT NULL);
CREATE INDEX identity_id ON identity (id);
CREATE INDEX identity_one ON identity (one);
CREATE INDEX identity_other ON identity (other);
CREATE INDEX identity_joining ON identity (joining) WHERE joining <> '\x'::bytea;
CREATE TABLE other (at BIGINT PRIMARY KEY, written BIGINT NOT NULL, class BIGINT NOT NULL, tag BIGINT NOT NULL,
  kind BIGINT NOT NULL, state BIGINT NOT NULL);
CREATE INDEX other_unreadable ON other (at) WHERE state = 2;
CREATE INDEX other_paper ON other (at) WHERE kind IN (15, 16, 17) AND state > 1;
CREATE TABLE person (key BYTEA PRIMARY KEY, number TEXT COLLATE "C" NOT NULL, issuer TEXT COLLATE "C" NOT NULL,
  birth BIGINT NOT NULL, cbor BYTEA NOT NULL);
CREATE INDEX person_number ON person (number, issuer) WHERE number <> '';
CREATE TABLE form (id BIGINT PRIMARY KEY, sound BYTEA NOT NULL, spelling TEXT COLLATE "C" NOT NULL, part BYTEA NOT NULL);
CREATE INDEX form_sound ON form (sound);
CREATE TABLE form_key (key BIGINT NOT NULL, form BIGINT NOT NULL, PRIMARY KEY (key, form));
CREATE TABLE part (form BIGINT NOT NULL, birth BIGINT NOT NULL, person BYTEA NOT NULL, PRIMARY KEY (form, birth, person));
-- A month's own partitions, from its first millisecond to the next month's.
CREATE FUNCTION view_month(name TEXT, first BIGINT, after BIGINT) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  parent TEXT;
BEGIN
  FOREACH parent IN ARRAY ARRAY['crossing', 'decision', 'access', 'case_step', 'sheet', 'late'] LOOP
    IF to_regclass(parent || '_' || name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', parent || '_' || name, parent,
        first, after);
    END IF;
  END LOOP;
END
$body$;

-- @drop
DROP TABLE IF EXISTS meta;
DROP TABLE IF EXISTS origin;
DROP TABLE IF EXISTS crossing;
DROP TABLE IF EXISTS decision;
DROP TABLE IF EXISTS access;
DROP TABLE IF EXISTS case_step;
DROP TABLE IF EXISTS sheet;
DROP TABLE IF EXISTS late;
DROP TABLE IF EXISTS permit;
DROP TABLE IF EXISTS identity; DROP TABLE IF EXISTS correction;
DROP TABLE IF EXISTS other;
DROP TABLE IF EXISTS person;
DROP TABLE IF EXISTS form;
DROP TABLE IF EXISTS form_key;
DROP TABLE IF EXISTS part;
DROP FUNCTION IF EXISTS view_month(TEXT, BIGINT, BIGINT);

-- @learn
ANALYZE

-- @fold
-- its log is the operator's to expire
SELECT 1;

-- @has_meta
SELECT (CASE WHEN to_regclass('meta') IS NULL THEN 0 ELSE 1 END)::bigint

-- @get_meta
SELECT version, names FROM meta WHERE one = 1

-- @put_meta
INSERT INTO meta (one, version, names) VALUES (1, $1, $2)

-- @get_origins
SELECT no, origin, next, kept, passed, unreadable, erased FROM origin ORDER BY no

-- @put_origin
INSERT INTO origin (no, origin, next, kept, passed, unreadable, erased) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (no) DO UPDATE SET next = $3, kept = $4, passed = $5, unreadable = $6, erased = $7

-- @put_crossing
-- by COPY
SELECT 1

-- @put_decision
-- by COPY
SELECT 1

-- @put_access
-- by COPY
SELECT 1

-- @put_case
INSERT INTO case_step (at, written, rung, class, tag, id, case_id, time, act, kind, direction, outcome, ground, post, lane, officer,
  second, words, item, list, edition, entry, crossing, person)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)

-- @put_sheet
-- by COPY
SELECT 1

-- @put_late
-- by COPY
SELECT 1

-- @put_permit
-- by COPY
SELECT 1

-- @put_correction
-- by COPY
SELECT 1

-- @put_identity
-- by COPY
SELECT 1

-- @put_other
-- by COPY
SELECT 1

-- @put_person
INSERT INTO person SELECT * FROM person_in ON CONFLICT DO NOTHING

-- @put_form
INSERT INTO form SELECT * FROM form_in ON CONFLICT DO NOTHING

-- @put_form_key
INSERT INTO form_key SELECT * FROM form_key_in ON CONFLICT DO NOTHING

-- @put_part
INSERT INTO part SELECT * FROM part_in ON CONFLICT DO NOTHING

-- @get_entry
SELECT tag, 1::bigint, 0::bigint, person FROM crossing WHERE at = $1
  UNION ALL SELECT tag, 2, 0, person FROM decision WHERE at = $1
  UNION ALL SELECT tag, 3, 0, '\x'::bytea FROM access WHERE at = $1
  UNION ALL SELECT tag, 20, 0, person FROM case_step WHERE at = $1
  UNION ALL SELECT tag, 16, 0, person FROM sheet WHERE at = $1
  UNION ALL SELECT tag, 27, 0, person FROM late WHERE at = $1
  UNION ALL SELECT tag, 30, 0, person FROM permit WHERE at = $1
  UNION ALL SELECT tag, 36, 0, '\x'::bytea FROM identity WHERE at = $1
  UNION ALL SELECT tag, 39, 0, '\x'::bytea FROM correction WHERE at = $1
  UNION ALL SELECT tag, kind, state, '\x'::bytea FROM other WHERE at = $1

-- @get_unreadable
SELECT at FROM other WHERE state = 2 AND at >= $1 AND at < $2 ORDER BY at LIMIT 1

-- @digest_crossing
SELECT at, written, class, rung, tag, id, advice, advised, time, date, direction, outcome, referral, reason, post, lane,
  officer, supervisor, plate, plate_key, exempt, person, voyage, voyage_key, imported,
  trip, booking
  FROM crossing WHERE at >= $1 AND at < $2 ORDER BY at

-- @digest_decision
SELECT at, written, class, rung, tag, id, time, date, direction, verdict, discreet, rules, post, lane, officer, plate,
  person
  FROM decision WHERE at >= $1 AND at < $2 ORDER BY at

-- @digest_access
SELECT at, written, class, rung, tag, id, time, purpose, shown, record, subject, officer, post, lane, reason
  FROM access WHERE at >= $1 AND at < $2 ORDER BY at

-- @digest_case
SELECT at, written, class, rung, tag, id, case_id, time, act, kind, direction, outcome, ground, post, lane, officer,
  second, words, item, list, edition, entry, crossing, person
  FROM case_step WHERE at >= $1 AND at < $2 ORDER BY at

-- @digest_sheet
SELECT at, written, class, rung, tag, id, pack, first, count, state, turn, time, said, direction, outcome, post, officer,
  second, crossing, person
  FROM sheet WHERE at >= $1 AND at < $2 ORDER BY at

-- @digest_correction
SELECT at, written, class, rung, tag, id, time, crossing, post, officer, second, reason, direction, day, one, other,
  one_person, other_person
  FROM correction WHERE at >= $1 AND at < $2 ORDER BY at

-- @digest_identity
SELECT at, written, class, rung, tag, id, time, act, joining, post, officer, second, lessens, reason, one, other, one_person,
  other_person
  FROM identity WHERE at >= $1 AND at < $2 ORDER BY at

-- @digest_late
SELECT at, written, class, rung, tag, id, crossing, time, crossed, crossed_rung, direction, score, published, in_force,
  discreet, post, list, entry, asks, person
  FROM late WHERE at >= $1 AND at < $2 ORDER BY at

-- @digest_permit
SELECT at, written, class, rung, tag, id, kind, issuer, number, status, first_day, last_day, days, entries, used, imported, person
  FROM permit WHERE at >= $1 AND at < $2 ORDER BY at

-- @digest_person
SELECT key, number, issuer, birth, cbor FROM person WHERE key > $1 ORDER BY key LIMIT $2

-- @get_places
SELECT at FROM crossing WHERE person = $1 UNION ALL SELECT at FROM decision WHERE person = $1
  UNION ALL SELECT at FROM case_step WHERE person = $1 UNION ALL SELECT at FROM sheet WHERE person = $1
  UNION ALL SELECT at FROM late WHERE person = $1 UNION ALL SELECT at FROM permit WHERE person = $1

-- @find_time
SELECT c.at, c.written, c.rung, c.id, c.advice, c.advised, c.time, c.date, c.direction, c.outcome, c.referral, c.reason,
  c.post, c.lane, c.officer, c.supervisor, c.plate, c.exempt, c.person, p.cbor, c.voyage, c.imported, c.trip, c.booking
  FROM crossing c JOIN person p ON p.key = c.person
  WHERE (c.time, c.at) < ($1, $2) AND c.time >= $3 ORDER BY c.time DESC, c.at DESC LIMIT $4

-- @find_stretch
SELECT c.at, c.written, c.rung, c.id, c.advice, c.advised, c.time, c.date, c.direction, c.outcome, c.referral, c.reason,
  c.post, c.lane, c.officer, c.supervisor, c.plate, c.exempt, c.person, p.cbor, c.voyage, c.imported, c.trip, c.booking
  FROM crossing c JOIN person p ON p.key = c.person
  WHERE c.at >= $1 AND c.at < $2 AND c.time >= $3 ORDER BY c.at LIMIT $4

-- @find_post
SELECT c.at, c.written, c.rung, c.id, c.advice, c.advised, c.time, c.date, c.direction, c.outcome, c.referral, c.reason,
  c.post, c.lane, c.officer, c.supervisor, c.plate, c.exempt, c.person, p.cbor, c.voyage, c.imported, c.trip, c.booking
  FROM crossing c JOIN person p ON p.key = c.person
  WHERE (c.time, c.at) < ($1, $2) AND c.time >= $3 AND c.post = $4 ORDER BY c.time DESC, c.at DESC LIMIT $5

-- @find_plate
SELECT c.at, c.written, c.rung, c.id, c.advice, c.advised, c.time, c.date, c.direction, c.outcome, c.referral, c.reason,
  c.post, c.lane, c.officer, c.supervisor, c.plate, c.exempt, c.person, p.cbor, c.voyage, c.imported, c.trip, c.booking
  FROM crossing c JOIN person p ON p.key = c.person
  WHERE (c.time, c.at) < ($1, $2) AND c.time >= $3 AND ($4 = '' OR c.post = $4) AND c.plate_key = $5 AND c.plate_key <> '' ORDER BY c.time DESC, c.at DESC LIMIT $6

-- @find_voyage
SELECT c.at, c.written, c.rung, c.id, c.advice, c.advised, c.time, c.date, c.direction, c.outcome, c.referral, c.reason,
  c.post, c.lane, c.officer, c.supervisor, c.plate, c.exempt, c.person, p.cbor, c.voyage, c.imported, c.trip, c.booking
  FROM crossing c JOIN person p ON p.key = c.person
  WHERE (c.time, c.at) < ($1, $2) AND c.time >= $3 AND ($4 = '' OR c.post = $4)
  AND c.voyage_key >= $5 AND c.voyage_key < $6 AND c.voyage_key <> '' ORDER BY c.voyage_key DESC, c.time DESC, c.at DESC LIMIT $7

-- @find_sheet
SELECT s.at, s.pack, s.first, s.count, s.state, s.time, s.said, s.direction, s.outcome, s.post, s.officer, s.second, s.person,
  coalesce(p.cbor, '\x'::bytea)
  FROM sheet s LEFT JOIN person p ON p.key = s.person
  WHERE s.pack = $1 AND s.first <= $2 AND s.first + s.count > $2 AND ($3 = '' OR s.post = $3)
  ORDER BY s.time DESC, s.at DESC LIMIT $4

-- @find_packs
-- in what became of each pack's sheets, pack by pack as the ledgers have it
SELECT at, pack, first, count, state, turn, time, length(crossing)::bigint, post FROM sheet ORDER BY at >> 40, pack, at

-- @count_shut
-- of each ledger's entries of paper those that nobody reads any more, or yet
SELECT min(at), count(*) FROM other WHERE kind IN (15, 16, 17) AND state > 1 GROUP BY at >> 40 ORDER BY 1

-- @find_late
SELECT l.at, l.id, l.crossing, l.time, l.crossed, l.crossed_rung, l.direction, l.score, l.published, l.in_force, l.discreet,
  l.post, l.list, l.entry, l.asks, l.person, coalesce(p.cbor, '\x'::bytea),
  (SELECT count(*) FROM case_step c WHERE c.case_id = l.crossing),
  coalesce((SELECT c.outcome FROM case_step c WHERE c.case_id = l.crossing AND c.act IN (7, 8)
    ORDER BY c.time DESC, c.at DESC LIMIT 1), 0::bigint)
  FROM late l LEFT JOIN person p ON p.key = l.person
  WHERE (l.time, l.at) < ($1, $2) AND ($3 = '' OR l.post = $3) AND ($4::bigint = 1 OR l.discreet = 0)
  ORDER BY l.time DESC, l.at DESC LIMIT $5

-- @count_late
SELECT count(*), coalesce(sum(CASE WHEN l.discreet = 0 AND NOT EXISTS (
    SELECT 1 FROM case_step c WHERE c.case_id = l.crossing) THEN 1 ELSE 0 END), 0)::bigint, coalesce(max(l.time), 0::bigint),
  (SELECT count(*) FROM case_step WHERE case_id IN (SELECT crossing FROM late))
  FROM late l WHERE $1::bigint = 1 OR l.discreet = 0

-- @find_document
SELECT c.at, c.written, c.rung, c.id, c.advice, c.advised, c.time, c.date, c.direction, c.outcome, c.referral, c.reason,
  c.post, c.lane, c.officer, c.supervisor, c.plate, c.exempt, c.person, p.cbor, c.voyage, c.imported, c.trip, c.booking
  FROM crossing c JOIN person p ON p.key = c.person
  WHERE (c.time, c.at) < ($1, $2) AND c.time >= $3 AND ($4 = '' OR c.post = $4)
  AND c.person IN (SELECT key FROM person WHERE number = $5 AND number <> '' AND ($6 = '' OR issuer = $6)) ORDER BY c.time DESC, c.at DESC LIMIT $7

-- @find_person
SELECT c.at, c.written, c.rung, c.id, c.advice, c.advised, c.time, c.date, c.direction, c.outcome, c.referral, c.reason,
  c.post, c.lane, c.officer, c.supervisor, c.plate, c.exempt, c.person, p.cbor, c.voyage, c.imported, c.trip, c.booking
  FROM crossing c JOIN person p ON p.key = c.person
  WHERE (c.time, c.at) < ($1, $2) AND c.time >= $3 AND ($4 = '' OR c.post = $4) AND c.person = $5 ORDER BY c.time DESC, c.at DESC LIMIT $6

-- @find_subject
SELECT c.at, c.written, c.rung, c.id, c.advice, c.advised, c.time, c.date, c.direction, c.outcome, c.referral, c.reason,
  c.post, c.lane, c.officer, c.supervisor, c.plate, c.exempt, c.person, p.cbor, c.voyage, c.imported, c.trip, c.booking
  FROM crossing c JOIN person p ON p.key = c.person
  WHERE (c.time, c.at) < ($1, $2) AND c.time >= $3
  AND c.person IN (SELECT key FROM person WHERE number = $4 AND number <> '' AND issuer = $5 AND birth = $6) ORDER BY c.time DESC, c.at DESC LIMIT $7

-- @find_company
-- of one crossing: place, trip, booking, post, lane, time, written
SELECT c.link, c.at, c.id, c.time, c.direction, c.person, p.cbor FROM (
    SELECT 1::bigint AS link, at, id, time, direction, person FROM (SELECT at, id, time, direction, person FROM crossing
      WHERE trip = $2 AND trip <> '\x'::bytea AND at <> $1 AND written > $7::bigint - 604800000 AND written < $7::bigint + 604800000
      ORDER BY at LIMIT 200) AS t
    UNION ALL SELECT 2::bigint, at, id, time, direction, person FROM (SELECT at, id, time, direction, person FROM crossing
      WHERE booking = $3 AND booking <> '' AND time > $6::bigint - 259200000 AND time < $6::bigint + 259200000 AND at <> $1
      AND (trip = '\x'::bytea OR trip <> $2) AND written > $7::bigint - 604800000 AND written < $7::bigint + 604800000
      ORDER BY time, at LIMIT 100) AS b
    UNION ALL SELECT 3::bigint, at, id, time, direction, person FROM (SELECT at, id, time, direction, person FROM crossing
      WHERE post = $4 AND time > $6::bigint - 60000 AND time < $6::bigint + 60000 AND lane = $5 AND lane <> '' AND at <> $1
      AND (trip = '\x'::bytea OR trip <> $2) AND (booking = '' OR booking <> $3)
      AND written > $7::bigint - 604800000 AND written < $7::bigint + 604800000
      ORDER BY time, at LIMIT 40) AS l) AS c JOIN person p ON p.key = c.person

-- @find_shared
WITH named AS (SELECT key FROM person WHERE number = $1 AND number <> '' AND issuer = $2),
  seen (key, at, time, crossed) AS (
    SELECT person, at, time, 1 FROM crossing WHERE person IN (SELECT key FROM named)
    UNION ALL SELECT person, at, time, 0 FROM decision WHERE person IN (SELECT key FROM named))
  SELECT s.key, p.cbor, s.at, s.time, s.crossings FROM (
    SELECT key, at, time, (sum(crossed) OVER (PARTITION BY key))::bigint AS crossings,
      row_number() OVER (PARTITION BY key ORDER BY crossed DESC, time DESC, at DESC) AS n FROM seen) AS s
    JOIN person p ON p.key = s.key WHERE s.n = 1 ORDER BY s.time DESC, s.key LIMIT $3

-- @last_crossings
SELECT person, time, direction FROM (
    SELECT c.person, c.time, c.direction, row_number() OVER (PARTITION BY c.person ORDER BY c.time DESC, c.at DESC) AS n
    FROM crossing c WHERE c.time >= $1 AND c.time < $2 AND ($3 = '' OR c.post = $3) AND c.person IN (
      $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
      $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47,
      $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65, $66, $67)) AS each
  WHERE n = 1

-- @find_decisions_person
SELECT at, id, time, date, direction, verdict, discreet, rules, post, lane, officer FROM decision
  WHERE person = $1 ORDER BY time DESC, at DESC LIMIT $2

-- @find_decisions_subject
SELECT at, id, time, date, direction, verdict, discreet, rules, post, lane, officer FROM decision
  WHERE person IN (SELECT key FROM person WHERE number = $1 AND number <> '' AND issuer = $2 AND birth = $3)
  ORDER BY time DESC, at DESC LIMIT $4

-- @find_accesses
WITH named (at, id) AS (
    SELECT d.at, d.id FROM person p JOIN decision d ON d.person = p.key
      WHERE p.number = $2 AND p.number <> '' AND p.issuer = $3 AND p.birth = $4
    UNION ALL SELECT c.at, c.id FROM person p JOIN crossing c ON c.person = p.key
      WHERE p.number = $2 AND p.number <> '' AND p.issuer = $3 AND p.birth = $4)
  SELECT at, time, purpose, shown, officer, post, lane, reason FROM access WHERE at IN (
    SELECT at FROM access WHERE subject = $1 AND subject <> '\x'::bytea
    UNION SELECT a.at FROM named n JOIN access a ON a.at > n.at - 64 AND a.at < n.at + 64 AND a.record = n.id
      AND a.record <> '\x'::bytea
    UNION SELECT at FROM access WHERE far = 1 AND record IN (SELECT id FROM named))
  ORDER BY time DESC, at DESC LIMIT $5

-- @find_cases_person
SELECT at, case_id, time, act, kind, outcome, ground, post, officer, second, words, item, list, edition, entry FROM case_step
  WHERE case_id IN (SELECT case_id FROM case_step WHERE person = $1 AND person <> '\x'::bytea) ORDER BY time DESC, at DESC LIMIT $2

-- @find_cases_subject
SELECT at, case_id, time, act, kind, outcome, ground, post, officer, second, words, item, list, edition, entry FROM case_step
  WHERE case_id IN (SELECT case_id FROM case_step WHERE person <> '\x'::bytea AND person IN (
    SELECT key FROM person WHERE number = $1 AND number <> '' AND issuer = $2 AND birth = $3))
  ORDER BY time DESC, at DESC LIMIT $4

-- @find_permits_person
SELECT at, id, kind, issuer, number, status, first_day, last_day, days, entries, used, imported FROM permit
  WHERE person = $1 ORDER BY written DESC, at DESC LIMIT $2

-- @find_permits_subject
SELECT at, id, kind, issuer, number, status, first_day, last_day, days, entries, used, imported FROM permit
  WHERE person IN (SELECT key FROM person WHERE number = $1 AND number <> '' AND issuer = $2 AND birth = $3)
  ORDER BY written DESC, at DESC LIMIT $4

-- @find_corrections
SELECT at, id, time, crossing, post, officer, second, reason, direction, day, one_person, other_person
  FROM correction WHERE at IN (SELECT at FROM correction WHERE one = $1
    UNION SELECT at FROM correction WHERE other = $1 AND other <> '\x'::bytea)
  ORDER BY time DESC, at DESC LIMIT $2

-- @find_identities
SELECT i.at, i.id, i.time, i.act, i.joining, i.post, i.officer, i.second, i.lessens, i.reason, i.one, i.other, i.one_person, i.other_person,
  (CASE WHEN i.act = 1 AND NOT EXISTS (SELECT 1 FROM identity p WHERE p.joining = i.id AND p.joining <> '\x'::bytea) THEN 1 ELSE 0 END)::bigint
  FROM identity i WHERE i.at IN (SELECT at FROM identity WHERE one = $1 UNION SELECT at FROM identity WHERE other = $1)
  ORDER BY i.time DESC, i.at DESC LIMIT $2

-- @get_joining
SELECT i.at, i.id, i.time, i.act, i.joining, i.post, i.officer, i.second, i.lessens, i.reason, i.one, i.other, i.one_person, i.other_person,
  (CASE WHEN i.act = 1 AND NOT EXISTS (SELECT 1 FROM identity p WHERE p.joining = i.id AND p.joining <> '\x'::bytea) THEN 1 ELSE 0 END)::bigint
  FROM identity i WHERE i.id = $1 AND i.act = 1 ORDER BY i.at LIMIT 1

-- @joined_of_keys
SELECT j.who, count(*) FROM (
    SELECT one AS who, id FROM identity WHERE act = 1 AND one IN (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47,
    $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64)
    UNION SELECT other, id FROM identity WHERE act = 1 AND other IN (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47,
    $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64)) AS j
  WHERE NOT EXISTS (SELECT 1 FROM identity p WHERE p.joining = j.id AND p.joining <> '\x'::bytea) GROUP BY j.who

-- @subject_ends
-- what the person was told of: admitted, refused, handed over for protection
SELECT at, time, ground, outcome, post FROM case_step
  WHERE case_id IN (SELECT case_id FROM case_step WHERE act = 1 AND person <> '\x'::bytea AND person IN (
    SELECT key FROM person WHERE number = $1 AND number <> '' AND issuer = $2 AND birth = $3))
  AND act = 7 AND outcome IN (1, 2, 3) AND (time, at) < ($4, $5) ORDER BY time DESC, at DESC LIMIT $6

-- @subject_looks
-- but for reports on discreet checks
WITH named (at, id) AS (
    SELECT d.at, d.id FROM person p JOIN decision d ON d.person = p.key
      WHERE p.number = $1 AND p.number <> '' AND p.issuer = $2 AND p.birth = $3
    UNION ALL SELECT c.at, c.id FROM person p JOIN crossing c ON c.person = p.key
      WHERE p.number = $1 AND p.number <> '' AND p.issuer = $2 AND p.birth = $3)
  SELECT at, time, purpose, officer, post, lane FROM access WHERE at IN (
    SELECT at FROM access WHERE subject = $4 AND subject <> '\x'::bytea
    UNION SELECT a.at FROM named n JOIN access a ON a.at > n.at - 64 AND a.at < n.at + 64 AND a.record = n.id
      AND a.record <> '\x'::bytea
    UNION SELECT at FROM access WHERE far = 1 AND record IN (SELECT id FROM named))
  AND purpose <> 5 AND (time, at) < ($5, $6) ORDER BY time DESC, at DESC LIMIT $7

-- @find_looks
-- a lane's look names the advice that stands right before it
SELECT a.at, a.time, a.purpose, a.shown, a.record, a.subject, a.officer, a.post, a.lane, a.reason,
  coalesce(p.number, ''), coalesce(p.issuer, ''), coalesce(p.birth, 0::bigint)
  FROM access a
  LEFT JOIN decision d ON a.subject = '\x'::bytea AND a.record <> '\x'::bytea AND d.at > a.at - 9 AND d.at < a.at AND d.id = a.record
  LEFT JOIN person p ON p.key = d.person
  WHERE a.at >= $1 AND a.at < $2 ORDER BY a.at DESC LIMIT $3

-- @find_answers
SELECT advice FROM crossing WHERE at >= $1 AND at < $2 AND advice <> '\x'::bytea

-- @persons_of_number
SELECT key FROM person WHERE number = $1 AND number <> '' AND ($2 = '' OR issuer = $2)
  UNION SELECT person FROM permit WHERE number = $1 AND ($2 = '' OR issuer = $2) ORDER BY 1 LIMIT $3

-- @persons_of_keys
SELECT key, cbor FROM person WHERE key IN (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
    $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44,
    $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64) ORDER BY key

-- @forms_of_keys
SELECT id, part FROM form WHERE id IN (SELECT form FROM form_key WHERE key IN (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46,
    $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65, $66, $67, $68,
    $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79, $80, $81, $82, $83, $84, $85, $86, $87, $88, $89, $90,
    $91, $92, $93, $94, $95, $96))

-- @forms_of_sound
SELECT id, spelling, part FROM form WHERE sound >= $1 AND sound < $2 ORDER BY sound LIMIT $3

-- @persons_of_forms
SELECT form, person FROM part WHERE form IN (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) AND birth >= $17 AND birth <= $18 LIMIT $19

-- @drop_crossing
DELETE FROM crossing WHERE at = $1

-- @drop_decision
DELETE FROM decision WHERE at = $1

-- @drop_access
DELETE FROM access WHERE at = $1

-- @drop_case
DELETE FROM case_step WHERE at = $1

-- @drop_sheet
DELETE FROM sheet WHERE at = $1

-- @drop_late
DELETE FROM late WHERE at = $1

-- @drop_permit
DELETE FROM permit WHERE at = $1

-- @drop_correction
DELETE FROM correction WHERE at = $1

-- @drop_identity
DELETE FROM identity WHERE at = $1

-- @drop_other
DELETE FROM other WHERE at = $1

-- @is_person_used
SELECT (CASE WHEN EXISTS (SELECT 1 FROM crossing WHERE person = $1) OR EXISTS (SELECT 1 FROM decision WHERE person = $1)
  OR EXISTS (SELECT 1 FROM case_step WHERE person = $1) OR EXISTS (SELECT 1 FROM sheet WHERE person = $1)
  OR EXISTS (SELECT 1 FROM late WHERE person = $1) OR EXISTS (SELECT 1 FROM permit WHERE person = $1)
  THEN 1 ELSE 0 END)::bigint

-- @get_person
SELECT cbor FROM person WHERE key = $1

-- @drop_person
DELETE FROM person WHERE key = $1

-- @drop_part
DELETE FROM part WHERE form = $1 AND birth = $2 AND person = $3

-- @is_form_used
SELECT (CASE WHEN EXISTS (SELECT 1 FROM part WHERE form = $1) THEN 1 ELSE 0 END)::bigint

-- @drop_form
DELETE FROM form WHERE id = $1

-- @drop_form_key
DELETE FROM form_key WHERE key = $1 AND form = $2
