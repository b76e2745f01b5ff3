import json
from urllib.request import urlopen

TOOL = "http://127.0.0.1:8000/api/v1/tools/ollama"

with urlopen(f"{TOOL}/interfaces") as answer:
    for interface in json.load(answer)["results"]:
        print(interface["kind"], interface["url"], interface["auth"])
with urlopen(f"{TOOL}/verification") as answer:
    seen = json.load(answer)
print("level", seen["level"])
