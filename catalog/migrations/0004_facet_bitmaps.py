"""Every written or deleted index row is noted under a serial, so that processes that count in memory stay in step.

As with the change log (0002) the turn is taken before a serial is drawn and lasts until commit: whoever has seen a
serial has seen all smaller ones. The sequence belongs to no column, so that TRUNCATE ... RESTART IDENTITY leaves it.
"""

from django.db import migrations, models

FORWARD = """
CREATE SEQUENCE catalog_indexed_serial;
CREATE FUNCTION catalog_toolindex_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written bigint := 0;  -- TRUNCATE: all of them
BEGIN
    IF TG_OP = 'DELETE' THEN
        written := OLD.tool_id;
    ELSIF TG_OP <> 'TRUNCATE' THEN
        written := NEW.tool_id;
    END IF;
    INSERT INTO catalog_indexed (tool_id, serial) VALUES (written, nextval('catalog_indexed_serial'))
        ON CONFLICT (tool_id) DO UPDATE SET serial = EXCLUDED.serial;
    RETURN NULL;
END $$;
CREATE TRIGGER catalog_toolindex_in_turn BEFORE INSERT OR UPDATE OR DELETE ON catalog_toolindex
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_change_in_turn();
CREATE TRIGGER catalog_toolindex_written AFTER INSERT OR DELETE ON catalog_toolindex
    FOR EACH ROW EXECUTE FUNCTION catalog_toolindex_written();
CREATE TRIGGER catalog_toolindex_rewritten AFTER UPDATE ON catalog_toolindex FOR EACH ROW
    WHEN (OLD.facets IS DISTINCT FROM NEW.facets OR OLD.launched_on IS DISTINCT FROM NEW.launched_on)
    EXECUTE FUNCTION catalog_toolindex_written();
CREATE TRIGGER catalog_toolindex_emptied AFTER TRUNCATE ON catalog_toolindex
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_toolindex_written();
"""
BACKWARD = """
DROP TRIGGER catalog_toolindex_emptied ON catalog_toolindex;
DROP TRIGGER catalog_toolindex_rewritten ON catalog_toolindex;
DROP TRIGGER catalog_toolindex_written ON catalog_toolindex;
DROP TRIGGER catalog_toolindex_in_turn ON catalog_toolindex;
DROP FUNCTION catalog_toolindex_written();
DROP SEQUENCE catalog_indexed_serial;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_words_and_filing")]
    operations = [
        migrations.CreateModel(
            name="Indexed",
            fields=[
                ("tool_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("serial", models.BigIntegerField(unique=True)),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
