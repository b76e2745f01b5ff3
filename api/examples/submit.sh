(set -eu
SITE=http://127.0.0.1:8000
: "${AICATALOG_KEY:?is not set. Make a key at $SITE/portal/keys/new/ and export it.}"
ANSWER=$(mktemp)

ask() {
  curl -sS -o "$ANSWER" -X "$@" -H "Authorization: Bearer $AICATALOG_KEY" -H 'Content-Type: application/json'
  need '.status == null' '(.errors[]? | "\(.pointer // "") \(.detail)"), .detail'
}
need() { jq -e "$1" "$ANSWER" > /dev/null || { jq -r "$2" "$ANSWER" >&2; exit 1; }; }

API=$SITE/api/v1/submissions
ask POST "$API/validate" -d @submission.json
need .valid '(.problems[] | "\(.pointer) \(.detail)"), .listed_already // "Nothing was made."'
ask POST "$API" -d @submission.json
DRAFT=$API/$(jq -r .key "$ANSWER")
jq -r '"draft: \(.url)"' "$ANSWER"
ask POST "$DRAFT/checks"
while jq -e '.state == "running"' "$ANSWER" > /dev/null; do
  sleep 2
  ask GET "$DRAFT/checks"
done
need '[.steps[] | select(.verdict == "fail")] == []' \
  '(.steps[] | select(.verdict == "fail") | "\(.title): \(.sentence)"), "It was not sent."'
ask POST "$DRAFT/send"
jq -r '"now it is \(.state)"' "$ANSWER")
