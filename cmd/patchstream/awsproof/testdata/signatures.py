"""Who is let in: only what was signed now, whole, by a key that there is."""
from datetime import datetime, timedelta

from proof import *

OPERATION, ASKED = "DescribeInstancePatchStates", {"InstanceIds": ["web-1"]}


def header(name, value):
    def change(headers, text):
        headers = {k: v for k, v in headers.items() if k.lower() != name.lower()}
        return ({**headers, name: value} if value is not None else headers), text
    return change


def test_what_is_signed_is_answered():
    for key in (OPERATOR, VIEWER, WEB_ONLY):
        status, body = raw(OPERATION, ASKED, key=key)
        equal((status, [s["InstanceId"] for s in body["InstancePatchStates"]]), (200, ["web-1"]))


def test_a_wrong_secret_is_refused():
    fails("InvalidSignatureException", raw, OPERATION, ASKED, secret="wrong")
    fails("InvalidSignatureException", raw, OPERATION, ASKED, key=VIEWER, secret=KEYS[OPERATOR]["secret"])


def test_an_unknown_key_is_refused():
    KEYS["nobody"] = {"access": "PSAKNOBODY", "secret": "x"}
    fails("UnrecognizedClientException", raw, OPERATION, ASKED, key="nobody")


def test_a_changed_body_is_refused():
    fails("InvalidSignatureException", raw, OPERATION, ASKED, change=lambda h, text: (h, text.replace("web-1", "web-2")))


def test_a_changed_operation_is_refused():
    fails("InvalidSignatureException", raw, OPERATION, ASKED, change=header("X-Amz-Target", "AmazonSSM.DescribeInstancePatches"))


def test_an_old_date_is_refused():
    for minutes, within in ((-6, False), (-4, True), (4, True), (6, False)):
        at = datetime.utcnow() + timedelta(minutes=minutes)
        if within:
            equal(raw(OPERATION, ASKED, at=at)[0], 200)
        else:
            fails("InvalidSignatureException", raw, OPERATION, ASKED, at=at)


def test_another_service_is_refused():
    assert "ssm" in fails("InvalidSignatureException", raw, OPERATION, ASKED, service="s3")


def test_no_signature_is_refused():
    fails("MissingAuthenticationTokenException", raw, OPERATION, ASKED, sign=False)
    fails("IncompleteSignatureException", raw, OPERATION, ASKED, change=header("Authorization", "Bearer " + KEYS[OPERATOR]["token"]))
    fails("IncompleteSignatureException", raw, OPERATION, ASKED, change=header("X-Amz-Date", None))


def test_an_unsigned_body_is_refused():
    for hash in ("UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
        fails("InvalidSignatureException", raw, OPERATION, ASKED, headers={"X-Amz-Content-SHA256": hash})


def test_a_session_token_is_none_of_ours():
    fails("UnrecognizedClientException", raw, OPERATION, ASKED, headers={"X-Amz-Security-Token": "x"})


main(globals())
