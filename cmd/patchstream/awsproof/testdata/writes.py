"""Every operation about baselines, patch groups, tags and compliance items, by what it does and by each of its errors."""
import time
import uuid

from proof import *

ssm, unchecked = client(), client(validate=False)
NOBODYS = "pb-00000000000000000"


def eventually(what, holds):
    """waits until what was decided has acted"""
    until = time.time() + 30
    while not holds():
        assert time.time() < until, what
        time.sleep(0.1)


def rules(*values, **more):
    return {"PatchRules": [{"PatchFilterGroup": {"PatchFilters": [{"Key": "PRIORITY", "Values": list(values)}]}, "EnableNonSecurity": True, **more}]}


def make(name, **more):
    return ssm.create_patch_baseline(Name=name, **{"OperatingSystem": "UBUNTU", "ApprovalRules": rules("Required", "Important"), **more})["BaselineId"]


def plain(answer):
    return {k: v for k, v in answer.items() if k not in ("ResponseMetadata", "CreatedDate", "ModifiedDate", "BaselineId", "PatchGroups")}


def test_a_baseline_is_created_read_changed_and_deleted():
    id = make("strict", Description="no bash", RejectedPatches=["bash"], RejectedPatchesAction="BLOCK", ApprovedPatchesComplianceLevel="LOW",
              Sources=[{"Name": "own", "Products": ["*"], "Configuration": "deb https://mirror.example.org stable main"}])
    assert re.fullmatch("pb-[0-9a-f]{17}", id), id
    got = ssm.get_patch_baseline(BaselineId=id)
    rule = {"PatchFilterGroup": {"PatchFilters": [{"Key": "PRIORITY", "Values": ["Required", "Important"]}]}, "ComplianceLevel": "UNSPECIFIED", "EnableNonSecurity": True}
    want = {
        "Name": "strict", "OperatingSystem": "UBUNTU", "Description": "no bash", "GlobalFilters": {"PatchFilters": []}, "ApprovalRules": {"PatchRules": [rule]},
        "ApprovedPatches": [], "ApprovedPatchesComplianceLevel": "LOW", "ApprovedPatchesEnableNonSecurity": False, "RejectedPatches": ["bash"], "RejectedPatchesAction": "BLOCK",
        "Sources": [{"Name": "own", "Products": ["*"], "Configuration": "deb https://mirror.example.org stable main"}],
    }
    equal(plain(got), want)
    equal((got["BaselineId"], got["PatchGroups"]), (id, []))
    assert abs(time.time() - got["CreatedDate"].timestamp()) < 120 and got["CreatedDate"] == got["ModifiedDate"]

    changed = ssm.update_patch_baseline(BaselineId=id, ApprovedPatches=["curl*"], ApprovedPatchesEnableNonSecurity=True)
    want.update(ApprovedPatches=["curl*"], ApprovedPatchesEnableNonSecurity=True)
    equal(plain(changed), want)
    equal(plain(ssm.get_patch_baseline(BaselineId=id)), want)
    assert changed["CreatedDate"] == got["CreatedDate"] and changed["ModifiedDate"] > got["ModifiedDate"]
    fails("ValidationException", ssm.update_patch_baseline, BaselineId=id, Replace=True)
    replaced = ssm.update_patch_baseline(BaselineId=id, Name="loose", Replace=True)
    equal((replaced["Name"], replaced["OperatingSystem"], replaced["RejectedPatches"], replaced["ApprovalRules"], "Description" in replaced), ("loose", "UBUNTU", [], {"PatchRules": []}, False))
    equal(ssm.delete_patch_baseline(BaselineId=id)["BaselineId"], id)
    for call in (ssm.get_patch_baseline, ssm.delete_patch_baseline, ssm.update_patch_baseline, ssm.register_default_patch_baseline):
        fails("DoesNotExistException", call, BaselineId=id)


def test_without_a_system_it_is_for_windows_as_at_aws():
    id = ssm.create_patch_baseline(Name="windows")["BaselineId"]
    equal(ssm.get_patch_baseline(BaselineId=id)["OperatingSystem"], "WINDOWS")
    equal(ssm.get_default_patch_baseline()["OperatingSystem"], "WINDOWS")
    equal(ssm.get_patch_baseline_for_patch_group(PatchGroup="nobodys")["OperatingSystem"], "WINDOWS")


def test_a_token_makes_a_baseline_once():
    token = str(uuid.uuid4())
    id = make("once", ClientToken=token)
    equal(make("once", ClientToken=token), id)
    fails("IdempotentParameterMismatch", ssm.create_patch_baseline, Name="twice", ClientToken=token)
    assert make("once") != id


def test_what_aws_refuses_of_a_baseline_is_refused():
    def refused(words, **more):
        said = fails("ValidationException", unchecked.create_patch_baseline, **{"Name": "bad", "OperatingSystem": "UBUNTU", **more})
        assert words in said, said
    filters = lambda n, key="PRIORITY", values=("Required",): {"PatchFilters": [{"Key": key, "Values": list(values)}] * n}
    rule = lambda **more: {"PatchRules": [{"PatchFilterGroup": filters(1), **more}]}
    refused("name", Name="ab")
    refused("name", Name="a b c")
    refused("operatingSystem", OperatingSystem="PLAN9")
    refused("patchRules", ApprovalRules={"PatchRules": [{"PatchFilterGroup": filters(1)}] * 11})
    refused("patchFilters", GlobalFilters=filters(5))
    refused("values", GlobalFilters=filters(1, values=[]))
    refused("values", GlobalFilters=filters(1, values=["Required"] * 21))
    refused("key", GlobalFilters=filters(1, key="COLOUR"))
    refused("MSRC_SEVERITY has no effect on UBUNTU", GlobalFilters=filters(1, key="MSRC_SEVERITY"))
    refused("complianceLevel", ApprovalRules=rule(ComplianceLevel="SEVERE"))
    refused("approveAfterDays", ApprovalRules=rule(ApproveAfterDays=361))
    refused("approveAfterDays", ApprovalRules=rule(ApproveAfterDays=-1))
    refused("exclude each other", ApprovalRules=rule(ApproveAfterDays=1, ApproveUntilDate="2026-01-31"))
    refused("no date", ApprovalRules=rule(ApproveUntilDate="yesterday"))
    refused("approvedPatches", ApprovedPatches=["a"] * 51)
    refused("rejectedPatches", RejectedPatches=["a" * 101])
    refused("rejectedPatchesAction", RejectedPatchesAction="BURN")
    refused("description", Description="")
    refused("sources", Sources=[{"Name": "own", "Products": ["*"], "Configuration": "x"}] * 21)
    refused("needs ApproveAfterDays or ApproveUntilDate", OperatingSystem="ROCKY_LINUX",
            ApprovalRules={"PatchRules": [{"PatchFilterGroup": filters(1, key="SEVERITY", values=["Critical"])}]})


def status(host):
    items = ssm.list_resource_compliance_summaries(Filters=[{"Key": "ResourceId", "Values": [host]}, {"Key": "ComplianceType", "Values": ["Patch"]}])
    return items["ResourceComplianceSummaryItems"][0]["Status"]


def test_a_group_has_one_baseline_and_a_system_a_default():
    forbids = {"RejectedPatches": ["*"], "RejectedPatchesAction": "BLOCK"}
    strict, other = make("strict-web", **forbids), make("strict-all", **forbids)
    applies = lambda group: ssm.get_patch_baseline_for_patch_group(PatchGroup=group, OperatingSystem="UBUNTU")["BaselineId"]
    default = lambda: ssm.get_default_patch_baseline(OperatingSystem="UBUNTU")["BaselineId"]
    builtin = default()
    equal((applies("web"), status("web-2")), (builtin, "COMPLIANT"))

    equal(ssm.register_patch_baseline_for_patch_group(BaselineId=strict, PatchGroup="web")["PatchGroup"], "web")
    ssm.register_patch_baseline_for_patch_group(BaselineId=strict, PatchGroup="web")
    equal((applies("web"), applies("db"), ssm.get_patch_baseline(BaselineId=strict)["PatchGroups"]), (strict, builtin, ["web"]))
    eventually("the group is judged by it", lambda: status("web-2") == "NON_COMPLIANT")
    fails("AlreadyExistsException", ssm.register_patch_baseline_for_patch_group, BaselineId=other, PatchGroup="web")
    fails("DoesNotExistException", ssm.register_patch_baseline_for_patch_group, BaselineId=NOBODYS, PatchGroup="web")
    fails("InvalidResourceId", ssm.deregister_patch_baseline_for_patch_group, BaselineId=other, PatchGroup="web")
    fails("ResourceInUseException", ssm.delete_patch_baseline, BaselineId=strict)
    fails("ValidationException", unchecked.register_patch_baseline_for_patch_group, BaselineId=strict, PatchGroup="a\nb")
    equal(ssm.deregister_patch_baseline_for_patch_group(BaselineId=strict, PatchGroup="web")["BaselineId"], strict)
    equal(applies("web"), builtin)
    eventually("the default applies again", lambda: status("web-2") == "COMPLIANT")

    equal(ssm.register_default_patch_baseline(BaselineId=other)["BaselineId"], other)
    eventually("the default applies", lambda: status("web-2") == "NON_COMPLIANT")
    equal(default(), other)
    fails("ResourceInUseException", ssm.delete_patch_baseline, BaselineId=other)
    ssm.register_default_patch_baseline(BaselineId=builtin)
    eventually("the built-in default applies", lambda: status("web-2") == "COMPLIANT")
    for id in (strict, other):
        ssm.delete_patch_baseline(BaselineId=id)


def test_lists_come_in_pages():
    ids = {f"page-{n:02}": make(f"page-{n:02}") for n in range(12)}
    for name, id in ids.items():
        ssm.register_patch_baseline_for_patch_group(BaselineId=id, PatchGroup="group-" + name)
    by = lambda key, *values: {"Key": key, "Values": list(values)}

    def names(*filters, size=5):
        pages = ssm.get_paginator("describe_patch_baselines").paginate(Filters=list(filters), PaginationConfig={"PageSize": size})
        return [b["BaselineName"] for page in pages for b in page["BaselineIdentities"]]
    equal(names(by("NAME_PREFIX", "page-")), list(ids))
    equal(names(by("NAME_PREFIX", "page-"), size=1), list(ids))
    equal(names(by("NAME_PREFIX", "page-0"), by("OWNER", "AWS")), [])
    equal(names(by("OPERATING_SYSTEM", "SUSE")), ["AWS-SuseDefaultPatchBaseline"])
    predefined = names(by("OWNER", "AWS"), size=100)
    assert len(predefined) == 17 and "AWS-UbuntuDefaultPatchBaseline" in predefined, predefined
    equal(sorted(names(by("OWNER", "AWS", "Self"))), sorted(names()))
    ubuntu = ssm.describe_patch_baselines(Filters=[by("NAME_PREFIX", "AWS-Ubuntu")])["BaselineIdentities"][0]
    equal((ubuntu["DefaultBaseline"], ubuntu["OperatingSystem"]), (True, "UBUNTU"))
    for id in (ubuntu["BaselineId"], "AWS-UbuntuDefaultPatchBaseline"):
        equal(ssm.get_patch_baseline(BaselineId=id)["Name"], "AWS-UbuntuDefaultPatchBaseline")
        fails("ValidationException", ssm.update_patch_baseline, BaselineId=id, Name="mine")
        fails("ValidationException", ssm.delete_patch_baseline, BaselineId=id)

    pages = ssm.get_paginator("describe_patch_groups").paginate(Filters=[by("NAME_PREFIX", "group-page-")], PaginationConfig={"PageSize": 5})
    equal([(m["PatchGroup"], m["BaselineIdentity"]["BaselineId"]) for page in pages for m in page["Mappings"]], [("group-" + name, id) for name, id in ids.items()])
    equal(len(ssm.describe_patch_groups(Filters=[by("NAME_PREFIX", "group-page-"), by("OPERATING_SYSTEM", "DEBIAN")])["Mappings"]), 0)
    for call in (ssm.describe_patch_baselines, ssm.describe_patch_groups):
        fails("InvalidNextToken", call, NextToken="nobody's")
        fails("ValidationException", call, Filters=[by("COLOUR", "red")])
        fails("ValidationException", call, MaxResults=101)
        token = call(MaxResults=1)["NextToken"]
        fails("InvalidNextToken", call, NextToken=token, Filters=[by("NAME_PREFIX", "p")])


def test_properties_are_what_a_filter_may_ask_for():
    def values(system, key):
        pages = ssm.get_paginator("describe_patch_properties").paginate(OperatingSystem=system, Property=key, PaginationConfig={"PageSize": 2})
        return [p["Name"] for page in pages for p in page["Properties"]]
    equal(values("UBUNTU", "PRIORITY"), ["Extra", "Important", "Optional", "Required", "Standard"])
    equal(values("UBUNTU", "PRODUCT"), ["Ubuntu22.04"])
    equal(values("WINDOWS", "MSRC_SEVERITY"), ["Critical", "Important", "Low", "Moderate", "Unspecified"])
    fails("ValidationException", ssm.describe_patch_properties, OperatingSystem="UBUNTU", Property="MSRC_SEVERITY")


def tags(kind, id):
    return {t["Key"]: t["Value"] for t in ssm.list_tags_for_resource(ResourceType=kind, ResourceId=id)["TagList"]}


def test_tags_of_baselines_are_kept_and_those_of_hosts_are_their_groups():
    id = make("tagged", Tags=[{"Key": "team", "Value": "web"}])
    add = lambda kind, id, key, value: ssm.add_tags_to_resource(ResourceType=kind, ResourceId=id, Tags=[{"Key": key, "Value": value}])
    add("PatchBaseline", id, "cost", "1")
    equal(tags("PatchBaseline", id), {"team": "web", "cost": "1"})
    ssm.remove_tags_from_resource(ResourceType="PatchBaseline", ResourceId=id, TagKeys=["team", "absent"])
    equal(tags("PatchBaseline", id), {"cost": "1"})
    fails("TooManyTagsError", ssm.add_tags_to_resource, ResourceType="PatchBaseline", ResourceId=id, Tags=[{"Key": f"k{n}", "Value": "x"} for n in range(50)])

    equal(tags("ManagedInstance", "db-1"), {"Patch Group": "db"})
    add("ManagedInstance", "db-1", "Patch Group", "shop")
    equal(tags("ManagedInstance", "db-1"), {"Patch Group": "shop"})
    eventually("the host is in its group", lambda: ssm.describe_patch_group_state(PatchGroup="shop")["Instances"] == 1)
    ssm.remove_tags_from_resource(ResourceType="ManagedInstance", ResourceId="db-1", TagKeys=["Patch Group"])
    eventually("the host is in its own group", lambda: ssm.describe_patch_group_state(PatchGroup="db")["Instances"] == 1)
    equal(tags("ManagedInstance", "db-1"), {"Patch Group": "db"})
    fails("ValidationException", add, "ManagedInstance", "db-1", "team", "db")
    fails("ValidationException", unchecked.add_tags_to_resource, ResourceType="ManagedInstance", ResourceId="db-1", Tags=[{"Key": "Patch Group", "Value": ""}])
    for kind, id in (("ManagedInstance", "nobody"), ("PatchBaseline", NOBODYS)):
        fails("InvalidResourceId", add, kind, id, "Patch Group", "x")
        fails("InvalidResourceId", ssm.remove_tags_from_resource, ResourceType=kind, ResourceId=id, TagKeys=["Patch Group"])
        fails("InvalidResourceId", ssm.list_tags_for_resource, ResourceType=kind, ResourceId=id)
    for call in (lambda: add("Document", "d", "a", "b"), lambda: ssm.list_tags_for_resource(ResourceType="Document", ResourceId="d"),
                 lambda: ssm.remove_tags_from_resource(ResourceType="Document", ResourceId="d", TagKeys=["a"])):
        fails("InvalidResourceType", call)


def put(host, kind, *items, c=None, **more):
    return (c or ssm).put_compliance_items(ResourceId=host, ResourceType="ManagedInstance", ComplianceType=kind, ExecutionSummary={"ExecutionTime": 1790000000, "ExecutionId": "run-1"}, Items=list(items), **more)


def item(id, status="COMPLIANT", **more):
    return {"Id": id, "Title": "CHG-1", "Severity": "HIGH", "Status": status, **more}


def stands(host):
    """the states of the patches of a host, by name"""
    return {p["KBId"].removesuffix(".amd64"): p["State"] for page in ssm.get_paginator("describe_instance_patches").paginate(InstanceId=host) for p in page["Patches"]}


def test_states_are_set_by_hand():
    before = stands("web-1")
    equal((before["bash"], before["curl"], before["openssl"]), ("Missing", "Missing", "Failed"))
    steps = [
        ((item("bash.amd64"), item("curl", Details={"PatchState": "NotApplicable"})), {}, {"bash": "Installed", "curl": "NotApplicable"}),
        ((item("bash", Details={"PatchState": "INSTALLED_OTHER"}),), {"UploadType": "PARTIAL"}, {"bash": "InstalledOther", "curl": "NotApplicable"}),
        ((item("curl", "NON_COMPLIANT", Details={"PatchState": "Failed"}),), {"ItemContentHash": "h1"}, {"curl": "Failed"}),
        ((item("bash"),), {"ItemContentHash": "h1"}, {"curl": "Failed"}),  # the same content, as it says
        ((item("openssl", "NON_COMPLIANT"),), {"ItemContentHash": "h2"}, {"openssl": "Missing"}),
        ((), {}, {}),
    ]
    for items, more, changes in steps:
        put("web-1", "Patch", *items, **more)
        eventually(f"{items} is {changes}, and it is {stands('web-1')}", lambda: stands("web-1") == {**before, **changes})
    equal(stands("db-1")["postgresql"], "Installed")
    put("db-1", "Patch")  # withdraws nothing that was set otherwise
    equal(stands("db-1")["postgresql"], "Installed")


def test_items_of_others_are_kept_listed_and_counted():
    was = status("web-2")
    put("web-2", "Custom:Backup", item("daily"), item("weekly", "NON_COMPLIANT", Details={"Vault": "x"}), item("yearly"))
    put("web-2", "Custom:Backup", item("yearly", "NON_COMPLIANT"), UploadType="PARTIAL")
    pages = ssm.get_paginator("list_compliance_items").paginate(ResourceIds=["web-2"], Filters=[{"Key": "ComplianceType", "Values": ["Custom:Backup"]}], PaginationConfig={"PageSize": 2})
    items = [i for page in pages for i in page["ComplianceItems"]]
    equal([(i["Id"], i["Status"]) for i in items], [("daily", "COMPLIANT"), ("weekly", "NON_COMPLIANT"), ("yearly", "NON_COMPLIANT")])
    equal((items[1]["Title"], items[1]["Details"], items[1]["Severity"], items[1]["ExecutionSummary"]["ExecutionId"]), ("CHG-1", {"Vault": "x"}, "HIGH", "run-1"))
    equal(items[1]["ExecutionSummary"]["ExecutionTime"].timestamp(), 1790000000)
    summary = {s["ComplianceType"]: s for page in ssm.get_paginator("list_compliance_summaries").paginate(PaginationConfig={"PageSize": 1}) for s in page["ComplianceSummaryItems"]}["Custom:Backup"]
    equal((summary["CompliantSummary"]["CompliantCount"], summary["NonCompliantSummary"]["NonCompliantCount"], summary["NonCompliantSummary"]["SeveritySummary"]["HighCount"]), (0, 1, 1))
    rows = [r for page in ssm.get_paginator("list_resource_compliance_summaries").paginate(PaginationConfig={"PageSize": 1}) for r in page["ResourceComplianceSummaryItems"]]
    own = [r for r in rows if r["ComplianceType"] == "Custom:Backup"]
    equal([(r["ResourceId"], r["Status"], r["OverallSeverity"], r["NonCompliantSummary"]["NonCompliantCount"]) for r in own], [("web-2", "NON_COMPLIANT", "HIGH", 2)])
    equal(status("web-2"), was)
    put("web-2", "Custom:Backup")
    assert all(s["ComplianceType"] != "Custom:Backup" for s in ssm.list_compliance_summaries()["ComplianceSummaryItems"])


def test_what_cannot_be_put_is_refused():
    for n in range(10):
        put("web-2", f"Custom:Type{n}", item("a"))
    for code, call in (
        ("ComplianceTypeCountLimitExceededException", lambda: put("web-2", "Custom:Type10", item("a"))),
        ("TotalSizeLimitExceededException", lambda: put("web-2", "Custom:Type1", *[item(str(n), Details={"x": "x" * 4000}) for n in range(1500)])),
        ("InvalidItemContentException", lambda: put("web-1", "Association", item("a"))),
        ("InvalidItemContentException", lambda: put("web-1", "Other", item("a"))),
        ("InvalidItemContentException", lambda: put("web-1", "Patch", item("lost"))),
        ("InvalidItemContentException", lambda: put("web-1", "Patch", item("bash"), item("bash.amd64"))),
        ("InvalidItemContentException", lambda: put("web-1", "Patch", item("bash", Details={"PatchState": "Missing"}))),
        ("InvalidItemContentException", lambda: put("web-1", "Patch", item("bash", Details={"PatchState": "Lost"}))),
        ("InvalidItemContentException", lambda: put("web-1", "Custom:Backup", {"Severity": "LOW", "Status": "COMPLIANT"})),
        ("InvalidResourceId", lambda: put("nobody", "Patch", item("bash"))),
        ("InvalidResourceId", lambda: put("old-1", "Custom:Backup", item("a"))),
        ("InvalidResourceType", lambda: ssm.put_compliance_items(ResourceId="web-1", ResourceType="Bucket", ComplianceType="Patch", ExecutionSummary={"ExecutionTime": 1}, Items=[])),
        ("ValidationException", lambda: put("web-1", "Custom:Backup", item("a", Severity="SEVERE"), c=unchecked)),
        ("ValidationException", lambda: put("web-1", "Custom:Backup", item("a", "GREEN"), c=unchecked)),
        ("ValidationException", lambda: put("web-1", "Custom:a b", item("a"), c=unchecked)),
        ("ValidationException", lambda: put("web-1", "Custom:Backup", item("a", Title="x" * 501), c=unchecked)),
        ("ValidationException", lambda: put("web-1", "Custom:Backup", item("a", Details={"x": "x" * 4097}), c=unchecked)),
        ("ValidationException", lambda: put("web-1", "Custom:Backup", *[item(str(n)) for n in range(10001)], c=unchecked)),
    ):
        fails(code, call)


def writes(id):
    """each write with a request that is good, but for who asks"""
    group = {"BaselineId": id, "PatchGroup": "db"}
    return {
        "CreatePatchBaseline": {"Name": "mine"}, "UpdatePatchBaseline": {"BaselineId": id, "Name": "mine"}, "DeletePatchBaseline": {"BaselineId": id},
        "RegisterPatchBaselineForPatchGroup": group, "DeregisterPatchBaselineForPatchGroup": group, "RegisterDefaultPatchBaseline": {"BaselineId": id},
        "AddTagsToResource": {"ResourceType": "PatchBaseline", "ResourceId": id, "Tags": [{"Key": "a", "Value": "b"}]},
        "RemoveTagsFromResource": {"ResourceType": "PatchBaseline", "ResourceId": id, "TagKeys": ["a"]},
        "PutComplianceItems": {"ResourceId": "db-1", "ResourceType": "ManagedInstance", "ComplianceType": "Patch", "ExecutionSummary": {"ExecutionTime": 1}, "Items": [item("openssl")]},
    }


def test_who_may_not_write_is_refused():
    id = make("guarded")
    was = stands("db-1")
    for operation, body in writes(id).items():
        fails("AccessDeniedException", raw, operation, body, key=VIEWER)
        fails("InvalidResourceId" if operation == "PutComplianceItems" else "AccessDeniedException", raw, operation, body, key=WEB_ONLY)
    equal(plain(ssm.get_patch_baseline(BaselineId=id))["Name"], "guarded")
    equal((tags("PatchBaseline", id), stands("db-1")), ({}, was))
    own = client(WEB_ONLY)
    put("web-2", "Patch", item("bash", "NON_COMPLIANT"), c=own)
    eventually("who is limited to a group may on its hosts", lambda: stands("web-2")["bash"] == "Missing")
    put("web-2", "Patch", c=own)
    fails("AccessDeniedException", own.add_tags_to_resource, ResourceType="ManagedInstance", ResourceId="web-2", Tags=[{"Key": "Patch Group", "Value": "db"}])
    fails("AccessDeniedException", own.get_patch_baseline_for_patch_group, PatchGroup="db")
    equal([m["PatchGroup"] for m in own.describe_patch_groups()["Mappings"] if m["PatchGroup"] != "web"], [])
    fails("DoesNotExistException", own.get_patch_baseline, BaselineId=id)


def test_debians_command_does_the_same():
    id = aws("create-patch-baseline", "--name", "typed", "--operating-system", "UBUNTU", "--approval-rules",
             "PatchRules=[{PatchFilterGroup={PatchFilters=[{Key=PRIORITY,Values=[Required]}]},EnableNonSecurity=true}]", "--tags", "Key=team,Value=web")["BaselineId"]
    equal(aws("get-patch-baseline", "--baseline-id", id)["Name"], "typed")
    equal(aws("update-patch-baseline", "--baseline-id", id, "--description", "by hand")["Description"], "by hand")
    equal(aws("register-patch-baseline-for-patch-group", "--baseline-id", id, "--patch-group", "typed")["PatchGroup"], "typed")
    equal(aws("get-patch-baseline-for-patch-group", "--patch-group", "typed", "--operating-system", "UBUNTU")["BaselineId"], id)
    equal(aws("describe-patch-groups", "--filters", "Key=NAME_PREFIX,Values=typed")["Mappings"][0]["BaselineIdentity"]["BaselineDescription"], "by hand")
    equal(aws("list-tags-for-resource", "--resource-type", "PatchBaseline", "--resource-id", id)["TagList"], [{"Key": "team", "Value": "web"}])
    equal(aws("add-tags-to-resource", "--resource-type", "PatchBaseline", "--resource-id", id, "--tags", "Key=a,Value=b"), {})
    equal(aws("remove-tags-from-resource", "--resource-type", "PatchBaseline", "--resource-id", id, "--tag-keys", "a", "team"), {})
    assert "(ResourceInUseException)" in aws("delete-patch-baseline", "--baseline-id", id, code=254)
    equal(aws("deregister-patch-baseline-for-patch-group", "--baseline-id", id, "--patch-group", "typed")["BaselineId"], id)
    equal(aws("delete-patch-baseline", "--baseline-id", id)["BaselineId"], id)
    equal(len(aws("describe-patch-properties", "--operating-system", "UBUNTU", "--property", "PRIORITY", "--page-size", "2")["Properties"]), 5)
    equal(len(aws("describe-patch-baselines", "--filters", "Key=OWNER,Values=AWS", "--page-size", "3")["BaselineIdentities"]), 17)
    assert aws("get-default-patch-baseline", "--operating-system", "UBUNTU")["BaselineId"].startswith("pb-")
    default = aws("get-default-patch-baseline", "--operating-system", "DEBIAN")["BaselineId"]
    equal(aws("register-default-patch-baseline", "--baseline-id", default)["BaselineId"], default)
    equal(aws("put-compliance-items", "--resource-id", "web-1", "--resource-type", "ManagedInstance", "--compliance-type", "Custom:Typed", "--execution-summary", "ExecutionTime=1790000000",
              "--items", "Id=a,Severity=LOW,Status=COMPLIANT"), {})
    assert "(AccessDeniedException)" in aws("create-patch-baseline", "--name", "typed", key=VIEWER, code=254)


def test_nothing_was_left_out():
    """what is done here and in the other themes is all that is offered"""
    called = ssm.seen | set(writes("")) | {"PutComplianceItems"}
    for operation in ("GetPatchBaseline", "DescribePatchBaselines", "GetPatchBaselineForPatchGroup", "DescribePatchGroups", "GetDefaultPatchBaseline", "DescribePatchProperties", "ListTagsForResource", *writes("")):
        assert operation in called, operation


main(globals())
