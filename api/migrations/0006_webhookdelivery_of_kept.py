from django.db import migrations, models

TOLD = "made while it was told of kept tools: which, is private"


class Migration(migrations.Migration):
    """Of deliveries from before it is not known: they count as private for the 30 days that they are kept."""

    dependencies = [("api", "0005_hooks")]

    operations = [
        migrations.AddField("webhookdelivery", "of_kept", models.BooleanField(default=True, help_text=TOLD)),
        migrations.AlterField("webhookdelivery", "of_kept", models.BooleanField(default=False, help_text=TOLD)),
    ]
