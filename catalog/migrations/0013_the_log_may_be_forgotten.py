"""Let what is older than 400 days be deleted from the change log (catalog/forgetting.py); the rest stays append-only."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION catalog_change_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {old}
    RAISE EXCEPTION 'the change log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
"""
OLD = "IF TG_OP = 'DELETE' AND OLD.at < now() - interval '400 days' THEN RETURN OLD; END IF;"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0012_reach")]
    operations = [migrations.RunSQL(FUNCTION.format(old=OLD), FUNCTION.format(old=""))]
