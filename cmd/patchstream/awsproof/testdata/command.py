"""Debian's aws command, as people type it."""
from proof import *


def test_every_operation_that_reads():
    equal([s["InstanceId"] for s in aws("describe-instance-patch-states", "--instance-ids", "web-1", "web-2", key=VIEWER)["InstancePatchStates"]], ["web-1", "web-2"])
    equal([s["InstanceId"] for s in aws("describe-instance-patch-states-for-patch-group", "--patch-group", "web", "--filters", "Key=MissingCount,Values=0,Type=GreaterThan")["InstancePatchStates"]], ["web-1"])
    equal(len(aws("describe-instance-patches", "--instance-id", "web-1", "--filters", "Key=State,Values=Missing")["Patches"]), 2)
    equal(aws("describe-patch-group-state", "--patch-group", "web")["Instances"], 2)
    equal(len(aws("list-compliance-items", "--resource-ids", "web-1", "--resource-types", "ManagedInstance", "--filters", "Key=Status,Values=NON_COMPLIANT")["ComplianceItems"]), 3)
    equal(len(aws("list-compliance-summaries")["ComplianceSummaryItems"]), 1)
    equal(len(aws("list-resource-compliance-summaries", "--page-size", "1")["ResourceComplianceSummaryItems"]), 4)
    baseline = aws("describe-instance-patch-states", "--instance-ids", "web-1")["InstancePatchStates"][0]["BaselineId"]
    assert len(aws("describe-effective-patches-for-patch-baseline", "--baseline-id", baseline)["EffectivePatches"]) > 3
    equal(len(aws("describe-instance-information", "--filters", "Key=PingStatus,Values=Online")["InstanceInformationList"]), 3)


def test_errors_are_said():
    assert "(InvalidInstanceId)" in aws("describe-instance-patches", "--instance-id", "nobody", code=254)
    assert "(UnknownOperationException)" in aws("describe-maintenance-windows", code=254)
    KEYS["stranger"] = {"access": KEYS[OPERATOR]["access"], "secret": "wrong"}
    assert "(InvalidSignatureException)" in aws("list-compliance-summaries", key="stranger", code=254)


main(globals())
