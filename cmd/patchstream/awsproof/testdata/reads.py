"""Every operation that reads, by what it answers of the fleet of the story."""
from datetime import datetime, timezone

from proof import *

ssm = client(VIEWER)
BASELINE = ssm.describe_instance_patch_states(InstanceIds=["web-1"])["InstancePatchStates"][0]["BaselineId"]


def by(items, key):
    return {i[key]: i for i in items}


def test_the_counts_of_hosts_are_theirs():
    states = ssm.describe_instance_patch_states(InstanceIds=["web-2", "web-1", "db-1", "ghost-1", "old-1", "nobody"])["InstancePatchStates"]
    equal([s["InstanceId"] for s in states], ["db-1", "web-1", "web-2"])  # nothing is known of the others, or they are gone
    web = by(states, "InstanceId")["web-1"]
    equal({k: v for k, v in web.items() if k.endswith("Count") and v}, {"FailedCount": 1, "MissingCount": 2, "InstalledOtherCount": web["InstalledOtherCount"], "SecurityNonCompliantCount": 3} if web["InstalledOtherCount"] else
          {"FailedCount": 1, "MissingCount": 2, "InstalledCount": 1, "SecurityNonCompliantCount": 3})
    equal(sum(v for k, v in web.items() if k in ("InstalledCount", "InstalledOtherCount", "MissingCount", "FailedCount")), 4)
    equal((web["PatchGroup"], web["Operation"]), ("web", "Install"))
    assert web["OperationStartTime"] <= web["OperationEndTime"] <= datetime.now(timezone.utc)
    equal(by(states, "InstanceId")["web-2"]["Operation"], "Scan")
    assert BASELINE.startswith("pb-") and len(BASELINE) == 20, BASELINE


def test_a_group_is_asked_by_its_counts():
    def names(*filters, group="web"):
        states = ssm.describe_instance_patch_states_for_patch_group(PatchGroup=group, Filters=[{"Key": k, "Type": t, "Values": [v]} for k, t, v in filters])
        return [s["InstanceId"] for s in states["InstancePatchStates"]]
    equal(names(), ["web-1", "web-2"])
    equal(names(group="db"), ["db-1"])
    equal(names(group="none"), [])
    equal(names(("MissingCount", "Equal", "2")), ["web-1"])
    equal(names(("MissingCount", "NotEqual", "2")), ["web-2"])
    equal(names(("MissingCount", "LessThan", "1")), ["web-2"])
    equal(names(("MissingCount", "GreaterThan", "1"), ("FailedCount", "Equal", "1")), ["web-1"])
    equal(names(("MissingCount", "GreaterThan", "1"), ("FailedCount", "Equal", "0")), [])
    equal(names(("UnreportedNotApplicableCount", "Equal", "0")), ["web-1", "web-2"])
    equal(names(("UnreportedNotApplicableCount", "GreaterThan", "0")), [])


def test_a_group_is_added_up():
    web = ssm.describe_patch_group_state(PatchGroup="web")
    equal({k: v for k, v in web.items() if k.startswith("Instances") and v and "Installed" not in k},
          {"Instances": 2, "InstancesWithMissingPatches": 1, "InstancesWithFailedPatches": 1, "InstancesWithSecurityNonCompliantPatches": 1})
    equal(ssm.describe_patch_group_state(PatchGroup="none")["Instances"], 0)


def test_the_patches_of_a_host_are_theirs():
    patches = by(ssm.describe_instance_patches(InstanceId="web-1")["Patches"], "KBId")
    equal({k: p["State"] for k, p in patches.items() if not p["State"].startswith("Installed")},
          {"bash.amd64": "Missing", "curl.amd64": "Missing", "openssl.amd64": "Failed"})
    equal(list(patches), ["bash.amd64", "curl.amd64", "openssl.amd64", "zlib.amd64"])
    equal((patches["bash.amd64"]["Title"], patches["bash.amd64"]["Classification"]), ("bash.amd64:6", "Security"))
    equal(patches["zlib.amd64"]["Title"], "zlib.amd64:1")
    equal(patches["bash.amd64"]["InstalledTime"], datetime.fromtimestamp(0, timezone.utc))

    def names(*filters):
        return [p["KBId"] for p in ssm.describe_instance_patches(InstanceId="web-1", Filters=[{"Key": k, "Values": v} for k, v in filters])["Patches"]]
    equal(names(("State", ["MISSING"])), ["bash.amd64", "curl.amd64"])
    equal(names(("State", ["missing", "Failed"]), ("KBId", ["openssl.amd64", "curl.amd64"])), ["curl.amd64", "openssl.amd64"])
    equal(names(("State", ["InstalledPendingReboot", "INSTALLED_REJECTED"])), [])
    equal(names(("Classification", ["security"])), [k for k, p in patches.items() if p["Classification"] == "Security"])
    equal(names(("Severity", [patches["bash.amd64"]["Severity"] or "x"])), [k for k, p in patches.items() if p["Severity"] == patches["bash.amd64"]["Severity"]])
    equal(names(("KBId", ["nothing"])), [])


def test_what_was_set_by_hand_stands():
    patches = by(ssm.describe_instance_patches(InstanceId="db-1")["Patches"], "KBId")
    equal({k: p["State"] for k, p in patches.items()}, {"openssl.amd64": "Missing", "postgresql.amd64": "Installed"})


def test_compliance_items_are_the_patches_of_a_host():
    items = ssm.list_compliance_items(ResourceIds=["web-1"], ResourceTypes=["ManagedInstance"])["ComplianceItems"]
    equal([(i["ComplianceType"], i["ResourceType"], i["ResourceId"]) for i in items], [("Patch", "ManagedInstance", "web-1")] * 4)
    equal({i["Id"]: i["Status"] for i in items}, {"bash.amd64": "NON_COMPLIANT", "curl.amd64": "NON_COMPLIANT", "openssl.amd64": "NON_COMPLIANT", "zlib.amd64": "COMPLIANT"})
    details = by(items, "Id")["openssl.amd64"]["Details"]
    equal({k: details[k] for k in ("PatchState", "PatchGroup", "PatchBaselineId", "Classification", "DocumentName", "InstalledTime")},
          {"PatchState": "Failed", "PatchGroup": "web", "PatchBaselineId": BASELINE, "Classification": "Security", "DocumentName": "", "InstalledTime": ""})

    def ids(*filters):
        return [i["Id"] for i in ssm.list_compliance_items(ResourceIds=["web-1"], Filters=[{"Key": k, "Type": t, "Values": v} for k, t, v in filters])["ComplianceItems"]]
    equal(ids(("Status", "EQUAL", ["COMPLIANT"])), ["zlib.amd64"])
    equal(ids(("Status", "NOT_EQUAL", ["COMPLIANT"]), ("PatchState", "EQUAL", ["Failed"])), ["openssl.amd64"])
    equal(ids(("Id", "BEGIN_WITH", ["b", "c"])), ["bash.amd64", "curl.amd64"])
    equal(ids(("Id", "GREATER_THAN", ["d"])), ["openssl.amd64", "zlib.amd64"])
    equal(ids(("ExecutionTime", "LESS_THAN", ["2020-01-01T00:00:00Z"])), [])
    equal(ids(("ComplianceType", "EQUAL", ["Association"])), [])
    equal(ids(("Title", "EQUAL", ["bash.amd64:6"]), ("Severity", "EQUAL", [by(items, "Id")["bash.amd64"]["Severity"]])), ["bash.amd64"])


def test_hosts_are_summed_up_one_by_one():
    items = by(ssm.list_resource_compliance_summaries()["ResourceComplianceSummaryItems"], "ResourceId")
    equal({k: i["Status"] for k, i in items.items()}, {"db-1": "NON_COMPLIANT", "ghost-1": "NON_COMPLIANT", "web-1": "NON_COMPLIANT", "web-2": "COMPLIANT"})
    equal(items["ghost-1"]["OverallSeverity"], "UNSPECIFIED")
    web = items["web-1"]
    equal((web["CompliantSummary"]["CompliantCount"], web["NonCompliantSummary"]["NonCompliantCount"]), (1, 3))
    equal(sum(web["NonCompliantSummary"]["SeveritySummary"].values()), 3)

    def names(*filters):
        return [i["ResourceId"] for i in ssm.list_resource_compliance_summaries(Filters=[{"Key": k, "Type": t, "Values": v} for k, t, v in filters])["ResourceComplianceSummaryItems"]]
    equal(names(("Status", "EQUAL", ["COMPLIANT"])), ["web-2"])
    equal(names(("Status", "NOT_EQUAL", ["compliant"])), ["db-1", "ghost-1", "web-1"])
    equal(names(("OverallSeverity", "EQUAL", [web["OverallSeverity"]])), [k for k, i in items.items() if i["OverallSeverity"] == web["OverallSeverity"]])
    equal(names(("ResourceId", "EQUAL", ["web-1", "nobody"])), ["web-1"])
    equal(names(("PatchGroup", "EQUAL", ["db"]), ("ComplianceType", "EQUAL", ["Patch"])), ["db-1"])
    equal(names(("ComplianceType", "EQUAL", ["Association"])), [])


def test_the_fleet_is_summed_up():
    summary = by(ssm.list_compliance_summaries()["ComplianceSummaryItems"], "ComplianceType")["Patch"]
    equal((summary["CompliantSummary"]["CompliantCount"], summary["NonCompliantSummary"]["NonCompliantCount"]), (1, 3))
    equal(summary["NonCompliantSummary"]["SeveritySummary"]["UnspecifiedCount"] >= 1, True)
    equal(sum(summary["NonCompliantSummary"]["SeveritySummary"].values()), 3)
    web = ssm.list_compliance_summaries(Filters=[{"Key": "PatchGroup", "Values": ["web"]}])["ComplianceSummaryItems"][0]
    equal((web["CompliantSummary"]["CompliantCount"], web["NonCompliantSummary"]["NonCompliantCount"]), (1, 1))


def test_what_a_baseline_makes_of_the_patches_that_hosts_know():
    patches = {p["Patch"]["Title"]: p for p in ssm.describe_effective_patches_for_patch_baseline(BaselineId=BASELINE)["EffectivePatches"]}
    equal({t: p["PatchStatus"]["DeploymentStatus"] for t, p in patches.items()}, {t: "APPROVED" for t in
          ("bash.amd64:6", "curl.amd64:8", "openssl.amd64:2", "postgresql.amd64:17", *(t for t in patches if t == "zlib.amd64:1"))})
    bash = patches["bash.amd64:6"]["Patch"]
    equal((bash["Id"], bash["Name"], bash["Arch"], bash["Version"], bash["Epoch"], bash["Classification"]), ("bash.amd64:6", "bash", "amd64", "6", 0, "Security"))
    wanda = client(WEB_ONLY).describe_effective_patches_for_patch_baseline(BaselineId=BASELINE)["EffectivePatches"]
    equal([p["Patch"]["Name"] for p in wanda], [p["Patch"]["Name"] for p in patches.values() if p["Patch"]["Name"] != "postgresql"])


def test_hosts_say_who_they_are():
    hosts = by(ssm.describe_instance_information()["InstanceInformationList"], "InstanceId")
    equal({k: h["PingStatus"] for k, h in hosts.items()}, {"db-1": "Online", "ghost-1": "ConnectionLost", "old-1": "Inactive", "web-1": "Online", "web-2": "Online"})
    web = hosts["web-1"]
    equal((web["PlatformType"], web["PlatformName"], web["PlatformVersion"], web["ComputerName"], web["ResourceType"]), ("Linux", "Ubuntu", "22.04", "web-1", "ManagedInstance"))
    assert web["LastPingDateTime"] <= datetime.now(timezone.utc)
    assert "PlatformType" not in hosts["ghost-1"]

    def names(*filters, older=False):
        if older:
            answer = ssm.describe_instance_information(InstanceInformationFilterList=[{"key": k, "valueSet": v} for k, v in filters])
        else:
            answer = ssm.describe_instance_information(Filters=[{"Key": k, "Values": v} for k, v in filters])
        return [h["InstanceId"] for h in answer["InstanceInformationList"]]
    for older in (False, True):
        equal(names(("PingStatus", ["Online"]), older=older), ["db-1", "web-1", "web-2"])
        equal(names(("PingStatus", ["ConnectionLost", "Inactive"]), older=older), ["ghost-1", "old-1"])
        equal(names(("InstanceIds", ["web-1", "nobody"]), older=older), ["web-1"])
        equal(names(("PlatformTypes", ["Linux", "Windows"]), older=older), ["db-1", "web-1", "web-2"])
        equal(names(("PlatformTypes", ["Windows"]), older=older), [])
        equal(names(("ResourceType", ["EC2Instance"]), older=older), [])
    equal(names(("tag:Patch Group", ["db"])), ["db-1"])


def test_a_key_that_is_limited_to_a_group_sees_its_hosts_alone():
    wanda = client(WEB_ONLY)
    equal([s["InstanceId"] for s in wanda.describe_instance_patch_states(InstanceIds=["web-1", "db-1"])["InstancePatchStates"]], ["web-1"])
    equal(wanda.describe_instance_patch_states_for_patch_group(PatchGroup="db")["InstancePatchStates"], [])
    equal(wanda.describe_patch_group_state(PatchGroup="db")["Instances"], 0)
    fails("InvalidInstanceId", wanda.describe_instance_patches, InstanceId="db-1")
    fails("InvalidResourceId", wanda.list_compliance_items, ResourceIds=["db-1"])
    equal([i["ResourceId"] for i in wanda.list_resource_compliance_summaries()["ResourceComplianceSummaryItems"]], ["web-1", "web-2"])
    equal(wanda.list_compliance_summaries()["ComplianceSummaryItems"][0]["NonCompliantSummary"]["NonCompliantCount"], 1)
    equal([i["InstanceId"] for i in wanda.describe_instance_information()["InstanceInformationList"]], ["web-1", "web-2"])  # of one that is retired no group is known


main(globals())
