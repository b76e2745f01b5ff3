"""The audit log: its tables, the chain, and the refusal of every change.

Each event's hash covers the hash of the event before it. The trigger takes one lock for all writers, which lasts
until their transaction ends: so serials have no gap and follow the order of commits. What is hashed are netstrings
(length in bytes, colon, text, comma) of the format's version and the columns; core/audit_chain.py does the same.

ENABLE ALWAYS: the triggers also act where session_replication_role switches ordinary ones off. SECURITY DEFINER: a
role that may only insert is chained all the same; the search path is fixed, and the table is named by its number, so
that no temporary table can stand in for it.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

FORWARD = """
CREATE TABLE core_auditevent (
    serial bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    actor varchar(40) NOT NULL CHECK (actor <> ''),
    action varchar(60) NOT NULL CHECK (action ~ '^[a-z][a-z0-9_]*([.][a-z0-9_]+)+$'),
    object_type varchar(100) NOT NULL DEFAULT '',
    object_id varchar(300) NOT NULL DEFAULT '',
    detail text NOT NULL DEFAULT '{}'
        CHECK (octet_length(detail) <= 16384 AND jsonb_typeof(detail::jsonb) = 'object'),
    prev varchar(64) NOT NULL,
    hash varchar(64) NOT NULL
);
CREATE INDEX audit_at ON core_auditevent (at);
CREATE INDEX audit_actor ON core_auditevent (actor, serial);
CREATE INDEX audit_action ON core_auditevent (action varchar_pattern_ops, serial);
CREATE INDEX audit_object ON core_auditevent (object_type, object_id, serial);

CREATE TABLE core_audithead (
    serial bigint PRIMARY KEY,
    hash varchar(64) NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION core_audit_chain() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last_serial bigint;
    last_at timestamptz;
    last_hash text;
    part text;
    said text := '';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('core_auditevent'));
    EXECUTE format('SELECT serial, at, hash FROM %s ORDER BY serial DESC LIMIT 1', TG_RELID::regclass)
        INTO last_serial, last_at, last_hash;
    NEW.serial := coalesce(last_serial, 0) + 1;
    NEW.at := greatest(clock_timestamp(), last_at);
    NEW.prev := coalesce(last_hash, repeat('0', 64));
    FOREACH part IN ARRAY ARRAY[
        '1', NEW.prev, NEW.serial::text, to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        NEW.actor, NEW.action, NEW.object_type, NEW.object_id, NEW.detail
    ] LOOP
        said := said || octet_length(convert_to(part, 'UTF8')) || ':' || part || ',';
    END LOOP;
    NEW.hash := encode(sha256(convert_to(said, 'UTF8')), 'hex');
    RETURN NEW;
END $$;
CREATE TRIGGER core_audit_chain BEFORE INSERT ON core_auditevent FOR EACH ROW EXECUTE FUNCTION core_audit_chain();

CREATE FUNCTION core_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER core_audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON core_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION core_audit_is_append_only();
CREATE TRIGGER core_audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON core_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION core_audit_is_append_only();

ALTER TABLE core_auditevent ENABLE ALWAYS TRIGGER core_audit_chain;
ALTER TABLE core_auditevent ENABLE ALWAYS TRIGGER core_audit_is_append_only;
ALTER TABLE core_audithead ENABLE ALWAYS TRIGGER core_audit_is_append_only;
"""
BACKWARD = """
DROP TABLE core_auditevent;
DROP TABLE core_audithead;
DROP FUNCTION core_audit_chain();
DROP FUNCTION core_audit_is_append_only();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("serial", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=40)),
                ("action", models.CharField(max_length=60)),
                ("object_type", models.CharField(blank=True, max_length=100)),
                ("object_id", models.CharField(blank=True, max_length=300)),
                ("detail", models.TextField()),
                ("prev", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={"verbose_name": "audit event", "db_table": "core_auditevent", "managed": False},
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("serial", models.BigIntegerField(primary_key=True, serialize=False)),
                ("hash", models.CharField(max_length=64)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name": "published head of the audit log",
                "db_table": "core_audithead",
                "managed": False,
            },
        ),
    ]
