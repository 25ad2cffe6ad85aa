"""What the themes share: clients, requests as they are made by hand, and the model of the service to which every answer is held."""
import gzip, http.client, json, os, re, subprocess, sys, traceback
from datetime import datetime, timezone
from urllib.parse import urlsplit

import boto3
import botocore.loaders
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

ABOUT = json.loads(os.environ["PROOF"])
URL, KEYS = ABOUT["url"], ABOUT["keys"]
REGION = "eu-central-1"
OPERATOR, VIEWER, WEB_ONLY = "olga", "vera", "wanda"
MODEL = botocore.loaders.create_loader().load_service_model("ssm", "service-2")
SHAPES, OPERATIONS = MODEL["shapes"], MODEL["operations"]

# What the service says otherwise than its model does, or what is ours to say otherwise (docs/aws.md).
STATES = {"Installed", "InstalledOther", "InstalledPendingReboot", "InstalledRejected", "Missing", "Failed", "NotApplicable", "AvailableSecurityUpdate"}
UNCHECKED = {
    "PatchComplianceDataState",  # upper case in the model alone
    "InstanceId",                # a host's name
    "InstancePatchStatesList",   # at most 5 in the model, and pages have at least 10
    "InstancePatchStateList",
}
EMPTY = {"PatchGroup"}  # of a host that is in none
# What the service has got since the model was written that Debian carries.
NEWER = {"AvailableSecurityUpdateCount", "InstancesWithAvailableSecurityUpdates", "AvailableSecurityUpdatesComplianceStatus", "ALMA_LINUX", "AMAZON_LINUX_2023"}


def conforms(shape, value, at):
    """holds a value, as it came over the wire, to a shape of the model"""
    s = SHAPES[shape]
    kind = s["type"]
    if kind == "structure":
        assert isinstance(value, dict), f"{at}: {value!r} is no structure"
        for name in s.get("required", []):
            assert name in value, f"{at}: {name} is required"
        for name, one in value.items():
            if name in NEWER and name not in s["members"]:
                continue
            assert name in s["members"], f"{at}: {shape} has no {name}"
            assert one is not None, f"{at}.{name}: null"
            conforms(s["members"][name]["shape"], one, f"{at}.{name}")
    elif kind == "list":
        assert isinstance(value, list), f"{at}: {value!r} is no list"
        if shape not in UNCHECKED:
            bounded(s, len(value), at)
        for i, one in enumerate(value):
            conforms(s["member"]["shape"], one, f"{at}[{i}]")
    elif kind == "map":
        assert isinstance(value, dict), f"{at}: {value!r} is no map"
        for key, one in value.items():
            conforms(s["key"]["shape"], key, f"{at} key")
            conforms(s["value"]["shape"], one, f"{at}.{key}")
    elif kind == "string":
        assert isinstance(value, str), f"{at}: {value!r} is no string"
        if shape == "PatchComplianceDataState":
            assert value in STATES, f"{at}: {value}"
        if shape in UNCHECKED or shape in EMPTY and value == "":
            return
        bounded(s, len(value), at)
        assert "enum" not in s or value in s["enum"] or value in NEWER, f"{at}: {value!r} is none of {s['enum']}"
        pattern = s.get("pattern", "").replace("\\p{L}\\p{Z}\\p{N}", "\\w ")
        assert not pattern or re.fullmatch(pattern, value), f"{at}: {value!r} is not as {s['pattern']}"
    elif kind in ("integer", "long"):
        assert type(value) is int, f"{at}: {value!r} is no whole number"
        bounded(s, value, at)
    elif kind == "boolean":
        assert type(value) is bool, f"{at}: {value!r} is no boolean"
    elif kind == "timestamp":
        assert type(value) in (int, float), f"{at}: {value!r} is no time"
    else:
        raise AssertionError(f"{at}: {kind} is not checked")


def bounded(s, n, at):
    assert s.get("min", n) <= n <= s.get("max", n), f"{at}: {n} is not within {s.get('min')} and {s.get('max')}"


def client(key=OPERATOR, validate=True, retries=1):
    """a client of boto3, each of whose answers is held to the model"""
    c = boto3.client("ssm", endpoint_url=URL, region_name=REGION, aws_access_key_id=KEYS[key]["access"], aws_secret_access_key=KEYS[key]["secret"],
                     config=Config(parameter_validation=validate, retries={"max_attempts": retries, "mode": "standard"}))
    seen = set()

    def received(response_dict, model=None, event_name="", **_):
        name = event_name.rsplit(".", 1)[-1]
        status, body = response_dict["status_code"], json.loads(response_dict["body"])
        answered(name, status, response_dict["headers"], body)
        seen.add(name)

    c.meta.events.register("response-received.ssm", received)
    c.seen = seen
    return c


def answered(operation, status, headers, body):
    assert headers.get("x-amzn-requestid") or headers.get("X-Amzn-Requestid"), f"{operation}: no id of the request"
    if status == 200:
        output = OPERATIONS[operation].get("output")
        if output:
            conforms(output["shape"], body, operation)
        return
    assert status in (400, 500, 503), f"{operation}: {status}"
    assert body.get("__type") and body.get("message") and body["message"] == body.get("Message"), f"{operation}: {body}"


def raw(operation, body, key=OPERATOR, at=None, headers=None, secret=None, sign=True, change=None, service="ssm", method="POST", path="/"):
    """asks by a request that is made by hand; change may change it once it is signed. Returns the status and the body"""
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    r = AWSRequest(method=method, url=URL + path, data=text, headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM." + operation, **(headers or {})})
    if sign:
        signer = SigV4Auth(Credentials(KEYS[key]["access"], secret or KEYS[key]["secret"]), service, REGION)
        if at is None:
            signer.add_auth(r)
        else:
            import botocore.auth

            class then(datetime):
                @classmethod
                def utcnow(cls):
                    return at
            real, module = datetime, botocore.auth.datetime
            botocore.auth.datetime = type("module", (), {"datetime": then}) if not isinstance(module, type) else then
            try:
                signer.add_auth(r)
            finally:
                botocore.auth.datetime = module
    sent = {k: v for k, v in r.headers.items()}
    if change:
        sent, text = change(sent, text)
    split = urlsplit(URL)
    c = http.client.HTTPConnection(split.hostname, split.port, timeout=60)
    c.request(method, path, text, sent)
    response = c.getresponse()
    answer = json.loads(response.read() or b"{}")
    if path == "/" and method == "POST" and (response.status != 200 or operation in OPERATIONS):
        answered(operation, response.status, {k.lower(): v for k, v in response.getheaders()}, answer)
    return response.status, answer


def fails(code, call, *args, **kwargs):
    """calls, and wants an error of AWS's by this name"""
    try:
        got = call(*args, **kwargs)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, f"{e}: want {code}"
        assert e.response["Error"]["Message"], e
        return e.response["Error"]["Message"]
    if isinstance(got, tuple):
        status, body = got
        assert status == 400 and body.get("__type") == code, f"{status} {body}: want {code}"
        return body["message"]
    raise AssertionError(f"{call}: got {got}, want {code}")


def aws(*args, key=OPERATOR, code=0):
    """runs Debian's aws command, and returns what it prints as JSON; of one that should fail, what it says"""
    env = dict(os.environ, AWS_ACCESS_KEY_ID=KEYS[key]["access"], AWS_SECRET_ACCESS_KEY=KEYS[key]["secret"], AWS_DEFAULT_REGION=REGION, AWS_PAGER="")
    done = subprocess.run(["/usr/bin/aws", "--endpoint-url", URL, "--output", "json", "ssm", *args], env=env, capture_output=True, text=True)
    assert done.returncode == code, f"aws {' '.join(args)}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stderr if code else json.loads(done.stdout or "{}")


def equal(got, want):
    assert got == want, f"got  {got!r}\nwant {want!r}"


def main(names):
    """runs every function of a theme that is called test_…, in the order of the file"""
    failed = 0
    for name, test in list(names.items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
            print("ok  ", name)
        except Exception:
            failed += 1
            print("FAIL", name)
            traceback.print_exc(file=sys.stdout)
    sys.exit(1 if failed else 0)
