"""Of the address of a session only its network is kept, whoever writes the row.

/24 for IPv4, /48 for IPv6, as `core.clients.coarse` tells it. A trigger, because the rows are written by a library.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_privacy"), ("usersessions", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION accounts_network_of_session() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.ip <<= '::ffff:0:0/96' THEN  -- an IPv4 address inside IPv6 is that address
                    NEW.ip := regexp_replace(host(NEW.ip), '^.*:', '');
                END IF;
                NEW.ip := host(network(set_masklen(NEW.ip, CASE family(NEW.ip) WHEN 4 THEN 24 ELSE 48 END)));
                RETURN NEW;
            END $$;
            CREATE TRIGGER accounts_network BEFORE INSERT OR UPDATE OF ip ON usersessions_usersession
                FOR EACH ROW EXECUTE FUNCTION accounts_network_of_session();
            UPDATE usersessions_usersession SET ip = ip;
            """,
            """
            DROP TRIGGER accounts_network ON usersessions_usersession;
            DROP FUNCTION accounts_network_of_session();
            """,
        ),
    ]
