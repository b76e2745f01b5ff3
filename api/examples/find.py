import json
from urllib.parse import urlencode
from urllib.request import urlopen

address = "http://127.0.0.1:8000/api/v1/tools?" + urlencode({"q": "speech to text", "limit": 50})
while address:
    with urlopen(address) as answer:
        page = json.load(answer)
    for tool in page["results"]:
        print(tool["slug"], "-", tool["tagline"])
    address = page["next"]  # follow this as it is; null on the last page
