from django.db import migrations

# A reviewer decides about nothing that they handed in, own, maintain, or whose company they declared to work for.
# The pages say it before (submissions/speakers.py: conflict); this holds whatever writes the row.
UP = """
CREATE FUNCTION submissions_refuse_own_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reviewer bigint;
BEGIN
    FOREACH reviewer IN ARRAY ARRAY[NEW.decided_by_id, NEW.second_by_id] LOOP
        CONTINUE WHEN reviewer IS NULL;
        IF EXISTS (SELECT FROM submissions_submission s WHERE s.id = NEW.submission_id AND s.submitter_id = reviewer)
        OR (NEW.domain <> '' AND EXISTS (
            SELECT FROM submissions_affiliation a WHERE a.user_id = reviewer AND a.domain = NEW.domain))
        OR (NEW.domain <> '' AND EXISTS (
            SELECT FROM verification_ownershipclaim c
            WHERE c.account_id = reviewer AND c.state IN ('verified', 'stale')
              AND (c.name = NEW.domain OR right(c.name, length(NEW.domain) + 1) = '.' || NEW.domain)))
        OR EXISTS (
            SELECT FROM submissions_maintainer m
            WHERE m.tool_id = NEW.tool_id AND m.user_id = reviewer AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL)
        THEN
            RAISE EXCEPTION 'nobody decides about their own tool' USING ERRCODE = 'check_violation',
                CONSTRAINT = 'decision_by_somebody_else';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER decision_by_somebody_else BEFORE INSERT OR UPDATE OF decided_by_id, second_by_id
    ON submissions_decision FOR EACH ROW EXECUTE FUNCTION submissions_refuse_own_decision();
"""
DOWN = """
DROP TRIGGER decision_by_somebody_else ON submissions_decision;
DROP FUNCTION submissions_refuse_own_decision();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0001_submissions_and_decisions"),
        ("verification", "0003_over_time_ownership_and_proposals"),
    ]
    operations = [migrations.RunSQL(UP, DOWN)]
