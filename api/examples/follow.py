import json
from urllib.request import urlopen

serial, more = 0, True  # keep the serial in a file or a row between runs
while more:
    with urlopen(f"http://127.0.0.1:8000/api/v1/changes?since={serial}&limit=1000") as answer:
        page = json.load(answer)
    for change in page["changes"]:
        print(change["serial"], change["action"], change["tool"])
    serial, more = page["last_serial"], page["has_more"]
print("next time ask since", serial)
