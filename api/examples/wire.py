import json
from urllib.request import urlopen

TOOL = "http://127.0.0.1:8000/api/v1/tools/deepseek"

with urlopen(f"{TOOL}/interfaces") as answer:
    interfaces = json.load(answer)["results"]
for one in interfaces:
    print(one["kind"], one["base_url"] or one["url"] or one["install"])
    print("  sign in by:", one["auth"] or "not known", "- key in:", one["env"] or "not known")
    now = one["works"]  # healthy, degraded, unreachable or unknown
    if now["state"] == "unknown":
        print("  whether it answers now: not known, so try it before you rely on it")
    else:
        print("  now:", now["state"], "since", now["since"], "- last look:", now["looked_at"])
with urlopen(f"{TOOL}/verification") as answer:
    seen = json.load(answer)
print("level", seen["level"], seen["name"], "- checked:", seen["checked_at"] or "never")
