"""A client that botocore makes of the model beside this file, as it makes those of AWS.

Nothing is changed about it but that requests carry the key of this API instead of a signature. Arguments: SCENARIO BASE; the
key is in BERTH_API_KEY.
"""

import os
import pathlib
import sys

import botocore.awsrequest
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

BASE = sys.argv[2]
KEY = os.environ["BERTH_API_KEY"]
MODELS = pathlib.Path(__file__).parent / "models"


def client(key=KEY, base=BASE, checks=True, retries=None):
    """The generated client. Without `checks` it sends what its own model forbids, too."""
    session = botocore.session.Session()
    session.set_config_variable("data_path", str(MODELS))
    made = session.create_client(
        "sftp", region_name="us", endpoint_url=base,
        config=Config(
            signature_version=UNSIGNED, parameter_validation=checks,
            retries=retries or {"mode": "standard", "total_max_attempts": 1},
        ),
    )

    def authorize(request, **_):
        if key is not None:
            request.headers["Authorization"] = f"Key {key}"

    made.meta.events.register("before-sign.sftp.*", authorize)
    return made


def status(answer):
    return answer["ResponseMetadata"]["HTTPStatusCode"]


def request_id(answer):
    found = answer["ResponseMetadata"]["RequestId"]
    assert found == answer["ResponseMetadata"]["HTTPHeaders"]["x-request-id"], answer
    return found


def refused(name, code, call, *, spoil=None, **arguments):
    """Makes a call that must raise the exception of that name; its response."""
    made = call.__self__
    if spoil:
        made.meta.events.register("before-sign.sftp.*", spoil, unique_id="spoil")
    try:
        answer = call(**arguments)
    except made.exceptions.ClientError as error:
        found = error
    else:
        raise AssertionError(f"{arguments} was taken: {answer}")
    finally:
        if spoil:
            made.meta.events.unregister("before-sign.sftp.*", unique_id="spoil")
    return shown(name, code, made, found)


def shown(name, code, made, found):
    """The response of an exception, which must be the one of that name, with all that belongs to it."""
    response = found.response
    # Those that the model names have a class of their own.
    modelled = made.meta.service_model.shape_for_error_code(name)
    kind = getattr(made.exceptions, name) if modelled else made.exceptions.ClientError
    assert type(found) is kind, f"{type(found)} and not {name}: {response}"
    assert response["Error"]["Code"] == name, response
    assert response["Error"]["Message"], response
    assert status(response) == code, response
    assert response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == name, response
    assert request_id(response), response
    if modelled:
        assert response["message"] == response["Error"]["Message"], response
    return response


def wrong_fields(call, **arguments):
    """The paths of the fields that are refused; each has its message."""
    response = refused("ValidationException", 400, call, **arguments)
    assert all(field["message"] for field in response["fieldList"]), response
    return [field["path"] for field in response["fieldList"]]


def users():
    """The five operations."""
    sftp = client()
    made = sftp.create_user(homeDirectory="/p/acme", description="Acme Corp", passwordOptions={"length": 24})
    assert status(made) == 201 and len(made["password"]) == 24, made
    name = made["username"]
    assert made["ResponseMetadata"]["HTTPHeaders"]["location"] == f"/2022-04-01/users/{name}", made
    shown = {"username", "homeDirectory", "description", "bucketName", "endpoint", "port"}
    assert set(made) - {"ResponseMetadata", "password"} == shown, made
    assert isinstance(made["port"], int) and made["bucketName"].endswith("-sftp"), made

    def same(answer, **changed):
        """Whether an answer is the user as it was made, but for what changed, and without the password."""
        expected = {member: made[member] for member in shown} | changed
        return status(answer) == 200 and {k: v for k, v in answer.items() if k != "ResponseMetadata"} == expected

    assert same(sftp.read_user(username=name))
    updated = sftp.update_user(username=name, description="Acme Inc")
    assert same(updated, description="Acme Inc"), updated
    moved = sftp.update_user(username=name, homeDirectory="/p/acme-2", bucketName=made["bucketName"])
    assert same(moved, description="Acme Inc", homeDirectory="/p/acme-2"), moved
    listed = sftp.list_users()
    assert [each["username"] for each in listed["items"]] == [name] and "nextPageToken" not in listed, listed
    assert listed["items"][0]["homeDirectory"] == "/p/acme-2" and "password" not in listed["items"][0], listed
    gone = sftp.delete_user(username=name)
    assert status(gone) == 204 and set(gone) == {"ResponseMetadata"}, gone
    missing = refused("ResourceNotFoundException", 404, sftp.read_user, username=name)
    for answer in (made, updated, gone, missing):
        print(request_id(answer))


def pages():
    """The paginator, whole and in parts."""
    sftp = client()
    names = [sftp.create_user(homeDirectory=f"/n/{n}", description="x")["username"] for n in range(17)]
    paginator = sftp.get_paginator("list_users")
    for size in (1, 7, 16, 17, 18, 50, None):
        walk = list(paginator.paginate(PaginationConfig={"PageSize": size}))
        assert [user["username"] for page in walk for user in page["items"]] == names, size
        assert all("nextPageToken" in page for page in walk[:-1]) and "nextPageToken" not in walk[-1], size
        assert len(walk) == -(-17 // (size or 25)), size
    assert list(paginator.paginate(PaginationConfig={"PageSize": 5}).search("items[].username")) == names
    # Broken off within a page, and taken up again with the token that botocore makes of ours.
    first = paginator.paginate(PaginationConfig={"PageSize": 4, "MaxItems": 10}).build_full_result()
    rest = paginator.paginate(PaginationConfig={"PageSize": 4, "StartingToken": first["NextToken"]}).build_full_result()
    assert [user["username"] for user in first["items"] + rest["items"]] == names and len(first["items"]) == 10
    # Who is there throughout is shown once, whoever comes and goes.
    seen = []
    for number, page in enumerate(paginator.paginate(PaginationConfig={"PageSize": 3})):
        seen += [user["username"] for user in page["items"]]
        if number == 0:
            sftp.delete_user(username=names[1])
            sftp.delete_user(username=names[9])
            names.append(sftp.create_user(homeDirectory="/late", description="x")["username"])
    assert seen == names[:9] + names[10:], seen


def errors():
    """Each kind of mistake comes out as the exception of its name, with its fields."""
    sftp, careless = client(), client(checks=False)
    name = sftp.create_user(homeDirectory="/a", description="x")["username"]
    create, update, read, list_users = (
        careless.create_user, careless.update_user, careless.read_user, careless.list_users)
    good = {"homeDirectory": "/a", "description": "x"}
    assert wrong_fields(create) == ["/homeDirectory", "/description"]
    assert wrong_fields(create, homeDirectory=7, description=True) == ["/homeDirectory", "/description"]
    assert wrong_fields(create, homeDirectory="/a/../b", description="a;b") == ["/homeDirectory", "/description"]
    assert wrong_fields(create, **good, passwordOptions={}) == ["/passwordOptions/length"]
    assert wrong_fields(create, **good, passwordOptions={"length": 15}) == ["/passwordOptions/length"]
    assert wrong_fields(create, **good, bucketName="other") == ["/bucketName"]
    assert wrong_fields(create, homeDirectory="a", description="", bucketName="b", passwordOptions={"length": 0}) == [
        "/homeDirectory", "/description", "/bucketName", "/passwordOptions/length"]
    assert wrong_fields(update, username=name) == ["/description"]
    assert wrong_fields(update, username=name, description="é") == ["/description"]
    assert wrong_fields(list_users, pageSize=0) == ["/pageSize"]
    assert wrong_fields(list_users, pageSize=51, pageToken="forged") == ["/pageSize", "/pageToken"]

    for stranger in ("AAAAAAAA", "a/b", "a b", "é", "%00", "?", "#"):
        for call in (read, careless.delete_user):
            refused("ResourceNotFoundException", 404, call, username=stranger)
        refused("ResourceNotFoundException", 404, update, username=stranger, description="x")
    for key in (None, "", "berth_wrong", KEY + "x"):
        response = refused("UnauthorizedException", 401, client(key).list_users)
        assert response["ResponseMetadata"]["HTTPHeaders"]["www-authenticate"] == "Key", response
    reader = client(os.environ["BERTH_READER_KEY"])
    reader.read_user(username=name)
    refused("AccessDeniedException", 403, reader.delete_user, username=name)
    # The second and last user of this daemon.
    last = sftp.create_user(homeDirectory="/b", description="x")["username"]
    refused("ServiceQuotaExceededException", 402, sftp.create_user, **good)

    def other_type(request, **_):
        request.headers["Content-Type"] = "text/plain"

    def other_method(request, **_):
        request.method = "TRACE"

    # Names that the model does not know keep their name.
    refused("UnsupportedMediaTypeException", 415, create, spoil=other_type, **good)
    refused("MethodNotAllowedException", 405, read, spoil=other_method, username=name)
    refused("RequestEntityTooLargeException", 413, create, homeDirectory="/a", description="x" * 70_000)
    refused("UnknownOperationException", 404, client(base=f"{BASE}/elsewhere").list_users)
    assert [user["username"] for user in sftp.list_users()["items"]] == [name, last]


def starting():
    """While the service starts, it is unavailable; a client that may try again gets through."""
    refused("ServiceUnavailableException", 503, client().create_user, homeDirectory="/a", description="x")
    print("unavailable", flush=True)
    patient = client(retries={"mode": "standard", "total_max_attempts": 12})
    made = patient.create_user(homeDirectory="/a", description="x")
    assert status(made) == 201 and made["ResponseMetadata"]["RetryAttempts"] > 0, made
    # What failed left nothing behind.
    assert [user["username"] for user in patient.list_users()["items"]] == [made["username"]]


def throttled():
    """An answer in the form that the contract gives to throttling is one that this client tries again after."""
    for mode in ("legacy", "standard", "adaptive"):
        patient = client(retries={"mode": mode, "total_max_attempts": 3})
        answers = []

        def throttle(request, **_):
            answers.append(request)
            if len(answers) > 1:
                return None
            body = b'{"code":"ThrottlingException","message":"Too many requests; try again in 1 second."}'
            headers = {
                "content-type": "application/json", "x-amzn-errortype": "ThrottlingException", "retry-after": "1",
                "x-request-id": "throttled", "x-amzn-requestid": "throttled",
            }
            answer = botocore.awsrequest.AWSResponse(request.url, 429, headers, None)
            answer._content = body  # pylint: disable=protected-access
            return answer

        patient.meta.events.register("before-send.sftp.*", throttle)
        listed = patient.list_users()
        assert status(listed) == 200 and listed["ResponseMetadata"]["RetryAttempts"] == 1, listed
        once = client()
        answers.clear()
        once.meta.events.register("before-send.sftp.*", throttle)
        refused("ThrottlingException", 429, once.list_users)


def too_fast():
    """The service itself says that it came too fast, and ends the connection with that: retries get through all the same."""
    once, patient = client(), client(retries={"mode": "standard", "total_max_attempts": 12})
    found, taken = None, 0
    for _ in range(50):
        try:
            once.list_users()
        except once.exceptions.ClientError as error:
            found = error
            break
        taken += 1
    assert found and taken, f"{taken} requests were taken: {found}"
    headers = shown("ThrottlingException", 429, once, found)["ResponseMetadata"]["HTTPHeaders"]
    assert headers["retry-after"] == "1" and headers["connection"] == "close", headers
    # More than are taken at once: whatever the machine, some are refused first, and what is refused makes nothing.
    made = [patient.create_user(homeDirectory=f"/n/{number}", description="x") for number in range(10)]
    assert all(status(answer) == 201 for answer in made), made
    retries = sum(answer["ResponseMetadata"]["RetryAttempts"] for answer in made)
    assert retries > 0, made
    listed = patient.list_users()
    assert [user["username"] for user in listed["items"]] == [answer["username"] for answer in made], listed
    print(f"{taken} taken at once, {retries} retries")


{each.__name__: each for each in (users, pages, errors, starting, throttled, too_fast)}[sys.argv[1]]()
