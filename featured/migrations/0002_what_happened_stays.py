from django.db import migrations

# Moves of bookings and entries of the ledger say what happened: they are written once.
UP = """
CREATE FUNCTION featured_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON featured_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION featured_is_append_only();
CREATE TRIGGER moves_are_append_only BEFORE UPDATE OR DELETE ON featured_bookingmove
    FOR EACH ROW EXECUTE FUNCTION featured_is_append_only();
"""
DOWN = """
DROP TRIGGER ledger_is_append_only ON featured_ledgerentry;
DROP TRIGGER moves_are_append_only ON featured_bookingmove;
DROP FUNCTION featured_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("featured", "0001_bookings_orders_and_delivery")]
    operations = [migrations.RunSQL(UP, DOWN)]
