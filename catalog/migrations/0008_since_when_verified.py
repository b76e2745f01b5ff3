from typing import Any

from django.db import migrations, models
from django.db.models.expressions import OrderBy

VERIFIED = 3


def from_levels(apps: Any, schema_editor: Any) -> None:
    """What is verified today became so when it rose the last time: nothing earlier is known."""
    apps.get_model("catalog", "Tool").objects.filter(level__gte=VERIFIED).update(verified_at=models.F("level_since"))


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0007_levels_and_reach"),
    ]

    operations = [
        migrations.AddField(
            model_name="tool", name="verified_at", field=models.DateTimeField(editable=False, null=True)
        ),
        migrations.AddField(
            model_name="tool", name="unverified_at", field=models.DateTimeField(editable=False, null=True)
        ),
        migrations.RunPython(from_levels, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="tool", name="tool_recently_verified"),
        migrations.AddIndex(
            model_name="tool",
            index=models.Index(
                OrderBy(
                    models.Case(models.When(level__gte=VERIFIED, then=models.F("verified_at"))),
                    descending=True,
                    nulls_last=True,
                ),
                models.F("slug"),
                name="tool_recently_verified",
            ),
        ),
    ]
