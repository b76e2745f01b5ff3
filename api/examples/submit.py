import json
import os
from urllib.request import Request, urlopen

API = "http://127.0.0.1:8000/api/v1"
HEADERS = {"Authorization": f"Bearer {os.environ['CATALOG_KEY']}", "Content-Type": "application/json"}
record = {"name": "Example Notes", "homepage": "https://notes.example.com", "kind": "app"}
body = json.dumps({"record": record}).encode()

with urlopen(Request(f"{API}/submissions/validate", body, HEADERS)) as answer:  # writes nothing
    for problem in json.load(answer)["problems"]:
        print(problem["pointer"], problem["detail"])
with urlopen(Request(f"{API}/submissions", body, HEADERS)) as answer:  # a draft that only you see
    print("draft at", answer.headers["Location"])
