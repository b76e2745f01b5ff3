from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

# As in 0002, and further: who reported something decides nothing about it, and appeals are decided by somebody who has
# nothing to do with the case, either.
UP = """
CREATE FUNCTION submissions_has_interest(
    reviewer bigint, of_submission bigint, of_tool bigint, of_report bigint, of_domain text
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM submissions_submission s WHERE s.id = of_submission AND s.submitter_id = reviewer)
    OR EXISTS (SELECT FROM submissions_report r WHERE r.id = of_report AND r.by_id = reviewer)
    OR (of_domain <> '' AND EXISTS (
        SELECT FROM submissions_affiliation a WHERE a.user_id = reviewer AND a.domain = of_domain))
    OR (of_domain <> '' AND EXISTS (
        SELECT FROM verification_ownershipclaim c
        WHERE c.account_id = reviewer AND c.state IN ('verified', 'stale')
          AND (c.name = of_domain OR right(c.name, length(of_domain) + 1) = '.' || of_domain)))
    OR EXISTS (
        SELECT FROM submissions_maintainer m
        WHERE m.tool_id = of_tool AND m.user_id = reviewer AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL)
$$;
CREATE OR REPLACE FUNCTION submissions_refuse_own_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reviewer bigint;
BEGIN
    FOREACH reviewer IN ARRAY ARRAY[NEW.decided_by_id, NEW.second_by_id] LOOP
        CONTINUE WHEN reviewer IS NULL;
        IF submissions_has_interest(reviewer, NEW.submission_id, NEW.tool_id, NEW.report_id, NEW.domain) THEN
            RAISE EXCEPTION 'nobody decides about their own tool' USING ERRCODE = 'check_violation',
                CONSTRAINT = 'decision_by_somebody_else';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE FUNCTION submissions_refuse_own_appeal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.decided_by_id IS NOT NULL AND (NEW.decided_by_id = NEW.by_id OR EXISTS (
        SELECT FROM submissions_decision d WHERE d.id = NEW.decision_id AND (
            NEW.decided_by_id IN (d.decided_by_id, d.second_by_id)
            OR submissions_has_interest(NEW.decided_by_id, d.submission_id, d.tool_id, d.report_id, d.domain))))
    THEN
        RAISE EXCEPTION 'somebody else decides about an appeal' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'appeal_by_somebody_else';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appeal_by_somebody_else BEFORE INSERT OR UPDATE OF decided_by_id
    ON submissions_appeal FOR EACH ROW EXECUTE FUNCTION submissions_refuse_own_appeal();
"""
DOWN = """
DROP TRIGGER appeal_by_somebody_else ON submissions_appeal;
DROP FUNCTION submissions_refuse_own_appeal();
CREATE OR REPLACE FUNCTION submissions_refuse_own_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RETURN NEW; END $$;
DROP FUNCTION submissions_has_interest(bigint, bigint, bigint, bigint, text);
"""
ACCOUNT = settings.AUTH_USER_MODEL


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("submissions", "0004_owners_hand_over_and_reply"),
    ]
    operations = [
        migrations.AddField("decision", "confirm_by", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "decision",
            "ended_at",
            models.DateTimeField(blank=True, help_text="since when it has no effect any more", null=True),
        ),
        migrations.AddField("report", "reply", models.TextField(blank=True, default="", max_length=4000), False),
        migrations.AddField("report", "replied_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "report",
            "replied_by",
            models.ForeignKey(ACCOUNT, models.SET_NULL, null=True, blank=True, related_name="+"),
        ),
        migrations.AddIndex(
            "decision",
            models.Index(
                condition=Q(confirm_by__isnull=False, seconded_at=None, ended_at=None),
                fields=["confirm_by", "id"],
                name="decision_unconfirmed",
            ),
        ),
        migrations.RunSQL(UP, DOWN),
    ]
