import json
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

filters = {"pricing": "free-tier", "has_api": "yes", "limit": 3}
try:
    with urlopen("http://127.0.0.1:8000/api/v1/tools?" + urlencode(filters)) as answer:
        page = json.load(answer)
except HTTPError as error:  # a problem says which parameter is wrong, and what it may be
    raise SystemExit(json.load(error)["detail"]) from error
print(page["count"], "tools with a free tier and an API")
for tool in page["results"]:
    print(tool["name"], tool["url"])
