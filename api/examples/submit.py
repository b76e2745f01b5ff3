import json
import os
import sys
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

SITE = "http://127.0.0.1:8000"
if not os.environ.get("AICATALOG_KEY"):
    sys.exit(f"AICATALOG_KEY is not set. Make a key at {SITE}/portal/keys/new/ and export it.")
HEADERS = {"Authorization": f"Bearer {os.environ['AICATALOG_KEY']}", "Content-Type": "application/json"}


def ask(method, path, body=None):
    try:
        with urlopen(Request(f"{SITE}/api/v1/submissions{path}", body, HEADERS, method=method)) as answer:
            return json.load(answer)
    except HTTPError as error:
        problem = json.load(error)
        stop(problem.get("errors", []), problem["detail"])


def stop(problems, sentence):
    sys.exit("\n".join([*(f"{one.get('pointer', '')} {one['detail']}" for one in problems), sentence]))


with open("submission.json", "rb") as file:
    submission = file.read()
judged = ask("POST", "/validate", submission)  # writes nothing
if not judged["valid"]:
    stop(judged["problems"], judged["listed_already"] or "Nothing was made.")
draft = ask("POST", "", submission)  # only you see it
print("draft:", draft["url"])
checks = ask("POST", f"/{draft['key']}/checks")  # of the real addresses
while checks["state"] == "running":
    time.sleep(2)
    checks = ask("GET", f"/{draft['key']}/checks")
if failed := [one for one in checks["steps"] if one["verdict"] == "fail"]:
    stop([{"pointer": f"{one['title']}:", "detail": one["sentence"]} for one in failed], "It was not sent.")
print("now it is", ask("POST", f"/{draft['key']}/send")["state"])
