API=http://127.0.0.1:8000/api/v1
KEY="Authorization: Bearer $CATALOG_KEY"
BODY='{"record": {"name": "Example Notes", "homepage": "https://notes.example.com", "kind": "app"}}'

# what is still missing or wrong; writes nothing
curl -s $API/submissions/validate -H "$KEY" -H 'Content-Type: application/json' -d "$BODY"
# a draft that only you see: Location is its address, for changes, checks and sending
curl -si $API/submissions -H "$KEY" -H 'Content-Type: application/json' -d "$BODY"
