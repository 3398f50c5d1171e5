"""The OpenAPI document of a running berthd, checked and used: check.py BASE SECONDS [SEED]

BERTH_API_KEY is a key with the right admin. openapi-spec-validator reads the document; then schemathesis makes requests from
it for so many seconds, with all of its checks. Nothing but the document and the hooks beside this program tells it what to
send. Each operation must have been done at least once, or the checks would have had nothing to look at.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

HERE = pathlib.Path(__file__).parent
MAY_BE_UNDONE = {
    # These take more than requests to the API: an open session, failed logins, and two passwords at the right moment.
    "DELETE /berth/v1/sessions/{id}",
    "DELETE /berth/v1/blocks/{address}",
    "DELETE /berth/v1/users/{username}/passwords/{id}",
    # Schemathesis leaves out what it has the document from.
    "GET /openapi.json",
}


def request(base, key, method, path, body=None):
    head = {"Authorization": "Key " + key, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(base + path, data, head, method=method), timeout=20) as answer:
        return answer.read()


def run(base, key, seconds, seed, answers):
    user = {"homeDirectory": "/openapi", "description": "openapi"}
    made = json.loads(request(base, key["apiKey"], "POST", "/2022-04-01/users", user))
    environment = dict(
        os.environ,
        BERTH_API=base,
        BERTH_API_KEY=key["apiKey"],
        BERTH_API_KEY_ID=key["id"],
        BERTH_BUCKET=made["bucketName"],
        BERTH_OPENAPI_ANSWERS=answers,
        BERTH_OPENAPI_HOOKS=str(HERE / "hooks.py"),
        NO_PROXY="*",
        PYTHONDONTWRITEBYTECODE="1",
        # The hooks make requests of their own, with what is here.
        PYTHONPATH=str(HERE),
    )
    command = [
        str(pathlib.Path(sys.executable).parent / "schemathesis"),
        f"--config-file={HERE / 'schemathesis.toml'}",
        "run",
        f"--max-time={seconds}",
        "--checks=all",
        "--generation-database=none",
        "--no-color",
        # Of what an operation with one short parameter could be asked, much is soon tried.
        "--suppress-health-check=filter_too_much",
        *([f"--seed={seed}"] if seed else []),
        base + "/openapi.json",
    ]
    return subprocess.run(command, env=environment, cwd=pathlib.Path(answers).parent).returncode


def main(base, seconds, seed=None):
    document = json.loads(request(base, "", "GET", "/openapi.json"))
    validate(document, cls=OpenAPIV31SpecValidator)
    print(f"valid: OpenAPI {document['openapi']}, {len(document['paths'])} paths", flush=True)
    # A key of the run's own, whose id is known: the hooks keep it from being deleted.
    wanted = {"name": "openapi", "rights": ["admin"]}
    key = json.loads(request(base, os.environ["BERTH_API_KEY"], "POST", "/berth/v1/api-keys", wanted))
    with tempfile.TemporaryDirectory() as directory:
        answers = os.path.join(directory, "answers.json")
        status = run(base, key, seconds, seed, answers)
        counts = json.loads(pathlib.Path(answers).read_text())
    # The key has lived through it, and the service answers.
    request(base, key["apiKey"], "GET", "/berth/v1/status")
    undone = []
    for path, item in document["paths"].items():
        for method in item:
            label = f"{method.upper()} {path}"
            found = counts.get(label, {})
            print(f"{label}: " + ", ".join(f"{count} × {code}" for code, count in sorted(found.items())))
            if label not in MAY_BE_UNDONE and not any(code.startswith("2") for code in found):
                undone.append(label)
    if undone:
        print("never done: " + ", ".join(undone))
    return 1 if status or undone else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
