"""Serials of the change log follow the order of commits, and rows are never changed.

The lock is taken by a statement trigger, before the serial of any row is drawn from its sequence, and lasts until
the transaction ends: a later serial is always committed later.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION catalog_change_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('catalog_change'));
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_change_in_turn BEFORE INSERT ON catalog_change
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_change_in_turn();

CREATE FUNCTION catalog_change_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the change log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER catalog_change_is_append_only BEFORE UPDATE OR DELETE ON catalog_change
    FOR EACH ROW EXECUTE FUNCTION catalog_change_is_append_only();
"""
BACKWARD = """
DROP TRIGGER catalog_change_is_append_only ON catalog_change;
DROP FUNCTION catalog_change_is_append_only();
DROP TRIGGER catalog_change_in_turn ON catalog_change;
DROP FUNCTION catalog_change_in_turn();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
