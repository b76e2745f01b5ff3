import json
from urllib.request import urlopen

TOOL = "http://127.0.0.1:8000/api/v1/tools/ollama"

with urlopen(f"{TOOL}/interfaces") as answer:
    for one in json.load(answer)["results"]:
        address = one["base_url"] or one["url"] or one["install"]
        print(one["kind"], address, "auth:", one["auth"], "key in:", one["env"], "now:", one["works"]["state"])
with urlopen(f"{TOOL}/verification") as answer:
    seen = json.load(answer)
print("level", seen["level"], seen["name"], "- last look", seen["checked_at"], "-", seen["seen"])
