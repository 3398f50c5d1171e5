"""What schemathesis can't know of a request that is right: what only the service knows, or what makes the run worthless."""

import atexit
import collections
import json
import os
import random

import schemathesis
from check import request
from hypothesis import strategies

# Not the run's own key: without it everything would be answered 401, which no check minds.
KEY_ID = os.environ["BERTH_API_KEY_ID"]
BUCKET = os.environ["BERTH_BUCKET"]
KEYS = "/berth/v1/api-keys"

seen = {"usernames": [], "tokens": {}}
answers = collections.defaultdict(collections.Counter)
choose = random.Random(0)


# Without this no header is tried that has more than letters and digits in it.
TAG = strategies.from_regex(r'\A(W/)?"[!#-~]*"\Z')
TAGS = strategies.lists(TAG, min_size=1, max_size=3).map(", ".join)
schemathesis.openapi.format("entity-tags", strategies.just("*") | TAGS)


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def is_stateful(case):
    return case.meta is not None and case.meta.phase.name.value == "stateful"


def list_of(case):
    """Each user has a list of passwords."""
    return case.operation.path, str((case.path_parameters or {}).get("username"))


def spare_key():
    """A key that may be deleted. An id that no key has won't do: what is changed here, schemathesis takes for an id that an
    earlier request gave, and a 404 for a key that is lost."""
    wanted = {"name": "spare", "rights": ["users:read"]}
    return json.loads(request(os.environ["BERTH_API"], os.environ["BERTH_API_KEY"], "POST", KEYS, wanted))["id"]


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.path_parameters
    if case.operation.path == KEYS + "/{id}" and path and str(path.get("id")) == KEY_ID:
        path["id"] = spare_key()
    if not is_positive(case):
        return
    # Half of the users are some that exist. In a sequence of requests the names are those that belong to it.
    if path and "username" in path and seen["usernames"] and not is_stateful(case) and choose.random() < 0.5:
        path["username"] = choose.choice(seen["usernames"])
    # A token is right for the list that gave it.
    query = case.query
    tokens = seen["tokens"].get(list_of(case), [])
    if query and "pageToken" in query and query["pageToken"] not in tokens:
        if tokens:
            query["pageToken"] = choose.choice(tokens)
        else:
            del query["pageToken"]
    body = case.body
    if isinstance(body, dict):
        if isinstance(body.get("bucketName"), str):
            body["bucketName"] = BUCKET
        if case.operation.path == KEYS:
            if isinstance(body.get("expiresAt"), str):
                body["expiresAt"] = "2099-12-31T23:59:59.999999999Z"
            if isinstance(body.get("name"), str):
                body["name"] = "".join(c if c.isprintable() and c != "\ufffd" else "x" for c in body["name"])


@schemathesis.hook
def after_call(context, case, response):
    answers[case.operation.label][response.status_code] += 1
    try:
        body = json.loads(response.content)
    except ValueError:
        return
    if not isinstance(body, dict):
        return
    if response.status_code == 201 and "username" in body:
        seen["usernames"] = [*seen["usernames"][-9:], body["username"]]
    if response.status_code == 200 and "nextPageToken" in body:
        tokens = seen["tokens"].setdefault(list_of(case), [])
        tokens[:] = [*tokens[-9:], body["nextPageToken"]]


@atexit.register
def report():
    with open(os.environ["BERTH_OPENAPI_ANSWERS"], "w") as file:
        json.dump(answers, file)
