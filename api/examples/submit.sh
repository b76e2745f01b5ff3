curl -s http://127.0.0.1:8000/api/v1/submissions/validate \
  -H "Authorization: Bearer $CATALOG_KEY" -H 'Content-Type: application/json' \
  -d '{"record": {"name": "Example Notes", "homepage": "https://example.com"}}'
