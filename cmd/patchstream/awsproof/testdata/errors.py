"""Every error by its name, and every bound of the model."""
from proof import *

ssm, unchecked = client(VIEWER), client(VIEWER, validate=False)
OURS = [  # the operations that read, each with a request that is good
    ("DescribeInstancePatchStates", {"InstanceIds": ["web-1"]}),
    ("DescribeInstancePatchStatesForPatchGroup", {"PatchGroup": "web"}),
    ("DescribeInstancePatches", {"InstanceId": "web-1"}),
    ("DescribePatchGroupState", {"PatchGroup": "web"}),
    ("ListComplianceItems", {"ResourceIds": ["web-1"]}),
    ("ListComplianceSummaries", {}),
    ("ListResourceComplianceSummaries", {}),
    ("DescribeInstanceInformation", {}),
    ("DescribeEffectivePatchesForPatchBaseline", {"BaselineId": client(VIEWER).describe_instance_patch_states(InstanceIds=["web-1"])["InstancePatchStates"][0]["BaselineId"]}),
]
OTHERS = """CreatePatchBaseline GetPatchBaseline UpdatePatchBaseline DeletePatchBaseline DescribePatchBaselines RegisterPatchBaselineForPatchGroup
    DeregisterPatchBaselineForPatchGroup GetPatchBaselineForPatchGroup DescribePatchGroups RegisterDefaultPatchBaseline GetDefaultPatchBaseline AddTagsToResource
    RemoveTagsFromResource ListTagsForResource PutComplianceItems""".split()  # each with no more than what is required
UNBOUND = {"InstanceId", "BaselineId", "TagValue"}  # names of hosts, ids that were stored otherwise, and what may be empty since the model was written


def violations(shape, at=""):
    """gives values that break one constraint of a shape each"""
    s = SHAPES[shape]
    kind = s["type"]
    if kind == "structure":
        for name in s.get("required", []):
            yield f"{at}.{name} is missing", lambda good, name=name: {k: v for k, v in good.items() if k != name}
        return
    if kind == "string" and shape not in UNBOUND:
        if s.get("min", 0) > 0:
            yield f"{at} is too short", lambda _: "x" * (s["min"] - 1)
        if "max" in s and s["max"] < 100000:
            yield f"{at} is too long", lambda _: "x" * (s["max"] + 1)
        if "enum" in s:
            yield f"{at} is no such word", lambda _: "NO_SUCH_WORD"
    if kind == "integer":
        if "min" in s:
            yield f"{at} is too small", lambda _: s["min"] - 1
        if "max" in s:
            yield f"{at} is too large", lambda _: s["max"] + 1
    if kind == "list":
        if s.get("min", 0) > 0:
            yield f"{at} is empty", lambda _: []
        if "max" in s and s["max"] < 1000:
            yield f"{at} has too many", lambda _: [sample(s["member"]["shape"])] * (s["max"] + 1)
        for what, change in violations(s["member"]["shape"], at + "[]"):
            yield what, lambda _, change=change: [change(sample(s["member"]["shape"]))]
        inner = SHAPES[s["member"]["shape"]]
        if inner["type"] == "structure":
            for name, ref in inner["members"].items():
                for what, change in violations(ref["shape"], f"{at}[].{name}"):
                    yield what, lambda _, name=name, ref=ref, change=change: [{**sample(s["member"]["shape"]), name: change(sample(ref["shape"]))}]


def sample(shape):
    s = SHAPES[shape]
    if s["type"] == "structure":
        return {name: sample(ref["shape"]) for name, ref in s["members"].items() if name in s.get("required", [])}
    if s["type"] == "list":
        return [sample(s["member"]["shape"])]
    if s["type"] == "integer":
        return s.get("min", 1)
    if s["type"] in ("timestamp", "boolean", "map"):
        return {"timestamp": 1, "boolean": True, "map": {}}[s["type"]]
    return s["enum"][0] if "enum" in s else "x" * max(1, s.get("min", 1))


def test_every_bound_of_the_model_is_held():
    n = 0
    for operation, good in OURS + [(o, sample(OPERATIONS[o]["input"]["shape"])) for o in OTHERS]:
        shape = OPERATIONS[operation]["input"]["shape"]
        for what, change in violations(shape, operation):
            fails("ValidationException", raw, operation, change(good))
            n += 1
        for member, ref in SHAPES[shape]["members"].items():
            for what, change in violations(ref["shape"], f"{operation}.{member}"):
                try:
                    fails("ValidationException", raw, operation, {**good, member: change(good.get(member, sample(ref["shape"])))})
                except AssertionError as e:
                    raise AssertionError(f"{what}: {e}")
                n += 1
    assert n > 150, n


def test_every_member_of_another_type_is_refused():
    for operation, good in OURS:
        for member, ref in SHAPES[OPERATIONS[operation]["input"]["shape"]]["members"].items():
            wrong = 1 if SHAPES[ref["shape"]]["type"] != "integer" else "1"
            assert member[1:] in fails("SerializationException", raw, operation, {**good, member: wrong}, key=VIEWER)
        fails("SerializationException", raw, operation, "no JSON", key=VIEWER)


def test_what_is_not_known_of_a_request_is_ignored():
    for operation, good in OURS:
        equal(raw(operation, {**good, "Unheard": [1, {"Of": None}]}, key=VIEWER)[0], 200)


def test_a_token_that_is_none_is_refused():
    for operation, good in OURS:
        if "NextToken" in SHAPES[OPERATIONS[operation]["input"]["shape"]]["members"]:
            for token in ("none", "e30", "bm9uZQ"):
                fails("InvalidNextToken", raw, operation, {**good, "NextToken": token}, key=VIEWER)


def test_a_filter_that_is_none_is_refused():
    nonsense = [{"Key": "Nonsense", "Values": ["x"]}]
    fails("InvalidFilter", ssm.describe_instance_patches, InstanceId="web-1", Filters=nonsense)
    fails("InvalidFilter", ssm.describe_instance_patches, InstanceId="web-1", Filters=[{"Key": "State", "Values": ["Gone"]}])
    fails("InvalidFilter", ssm.describe_instance_patches, InstanceId="web-1", Filters=[{"Key": "State"}])
    fails("InvalidFilter", ssm.describe_instance_patch_states_for_patch_group, PatchGroup="web", Filters=[{"Key": "Nonsense", "Values": ["1"], "Type": "Equal"}])
    fails("InvalidFilter", ssm.describe_instance_patch_states_for_patch_group, PatchGroup="web", Filters=[{"Key": "MissingCount", "Values": ["one"], "Type": "Equal"}])
    fails("InvalidFilter", ssm.list_compliance_items, ResourceIds=["web-1"], Filters=nonsense)
    fails("InvalidFilter", ssm.list_compliance_summaries, Filters=nonsense)
    fails("InvalidFilter", ssm.list_resource_compliance_summaries, Filters=nonsense)
    fails("InvalidFilter", ssm.list_resource_compliance_summaries, Filters=[{"Key": "ResourceId", "Values": ["w"], "Type": "BEGIN_WITH"}])
    fails("InvalidFilterKey", ssm.describe_instance_information, Filters=[{"Key": "IamRole", "Values": ["x"]}])
    fails("InvalidInstanceInformationFilterValue", ssm.describe_instance_information, Filters=[{"Key": "PingStatus", "Values": ["Sleeping"]}])
    fails("ValidationException", ssm.describe_instance_information, Filters=[{"Key": "PingStatus", "Values": ["Online"]}], InstanceInformationFilterList=[{"key": "PingStatus", "valueSet": ["Online"]}])


def test_who_is_not_known_is_said():
    fails("InvalidInstanceId", ssm.describe_instance_patches, InstanceId="nobody")
    fails("InvalidResourceId", ssm.list_compliance_items, ResourceIds=["nobody"])
    fails("DoesNotExistException", ssm.describe_effective_patches_for_patch_baseline, BaselineId="pb-0123456789abcdef0")
    fails("InvalidResourceType", ssm.list_compliance_items, ResourceIds=["web-1"], ResourceTypes=["Document"])
    fails("ValidationException", ssm.list_compliance_items, ResourceIds=["web-1", "web-2"])
    fails("ValidationException", ssm.list_compliance_items)


def test_what_is_not_offered_says_so():
    assert "runs nothing" in fails("UnknownOperationException", ssm.send_command, DocumentName="AWS-RunPatchBaseline", InstanceIds=["web-1"])
    assert "runs nothing" in fails("UnknownOperationException", ssm.describe_maintenance_windows)
    assert "catalogue" in fails("UnknownOperationException", ssm.describe_available_patches)
    fails("UnknownOperationException", ssm.get_parameter, Name="x")
    fails("UnknownOperationException", raw, "Nonsense", {})
    fails("UnknownOperationException", raw, "x", {}, headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"})


def test_a_body_that_is_too_large_is_refused():
    fails("ValidationException", raw, "ListComplianceSummaries", '{"Filters":[]' + " " * (10 << 20) + "}")


main(globals())
