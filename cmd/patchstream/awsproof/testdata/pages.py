"""Ten thousand hosts, through every paginator."""
from proof import *

ssm = client(VIEWER)
MANY = ABOUT["many"]
NAMES = [f"many-{i:05d}" for i in range(MANY)]


def walk(operation, key, of, size, **asked):
    """pages through an operation, and returns what comes and how many pages that takes"""
    pages, got = 0, []
    for page in ssm.get_paginator(operation).paginate(PaginationConfig={"PageSize": size}, **asked):
        pages += 1
        assert len(page[key]) <= size, len(page[key])
        got += [item[of] for item in page[key]]
    assert len(set(got)) == len(got), "something comes twice"
    return got, pages


def test_the_states_of_a_group():
    got, pages = walk("describe_instance_patch_states_for_patch_group", "InstancePatchStates", "InstanceId", 100, PatchGroup="many")
    equal((got, pages), (NAMES, MANY // 100))


def test_the_states_of_a_group_that_are_filtered():
    got, _ = walk("describe_instance_patch_states_for_patch_group", "InstancePatchStates", "InstanceId", 100, PatchGroup="many", Filters=[{"Key": "MissingCount", "Type": "GreaterThan", "Values": ["0"]}])
    equal(got, NAMES[::3])


def test_the_states_of_fifty():
    got, pages = walk("describe_instance_patch_states", "InstancePatchStates", "InstanceId", 10, InstanceIds=NAMES[:50])
    equal((got, pages), (NAMES[:50], 5))


def test_the_summaries_of_hosts():
    got, _ = walk("list_resource_compliance_summaries", "ResourceComplianceSummaryItems", "ResourceId", 50)
    equal([n for n in got if n.startswith("many-")], NAMES)
    equal(len(got), MANY + 4)
    got, _ = walk("list_resource_compliance_summaries", "ResourceComplianceSummaryItems", "ResourceId", 50, Filters=[{"Key": "Status", "Values": ["NON_COMPLIANT"]}, {"Key": "PatchGroup", "Values": ["many"]}])
    equal(got, NAMES[::3])


def test_the_hosts():
    got, _ = walk("describe_instance_information", "InstanceInformationList", "InstanceId", 50)
    equal([n for n in got if n.startswith("many-")], NAMES)
    equal(len(got), MANY + 5)


def test_the_patches_of_a_host_and_its_items():
    equal(walk("describe_instance_patches", "Patches", "KBId", 10, InstanceId="web-1"), (["bash.amd64", "curl.amd64", "openssl.amd64", "zlib.amd64"], 1))
    equal(walk("list_compliance_items", "ComplianceItems", "Id", 1, ResourceIds=["web-1"]), (["bash.amd64", "curl.amd64", "openssl.amd64", "zlib.amd64"], 4))
    baseline = ssm.describe_instance_patch_states(InstanceIds=["web-1"])["InstancePatchStates"][0]["BaselineId"]
    at_once = [p["Patch"]["Id"] for p in ssm.describe_effective_patches_for_patch_baseline(BaselineId=baseline)["EffectivePatches"]]
    one_by_one = [p["Patch"]["Id"] for page in ssm.get_paginator("describe_effective_patches_for_patch_baseline").paginate(BaselineId=baseline, PaginationConfig={"PageSize": 1}) for p in page["EffectivePatches"]]
    equal(one_by_one, at_once)
    assert len(at_once) > 3, at_once
    equal(walk("list_compliance_summaries", "ComplianceSummaryItems", "ComplianceType", 1), (["Patch"], 1))


def test_a_token_goes_with_its_question():
    token = ssm.list_resource_compliance_summaries(MaxResults=1)["NextToken"]
    fails("InvalidNextToken", ssm.list_resource_compliance_summaries, MaxResults=1, NextToken=token, Filters=[{"Key": "Status", "Values": ["COMPLIANT"]}])
    fails("InvalidNextToken", ssm.describe_instance_information, NextToken=token)
    token = ssm.list_compliance_items(ResourceIds=["web-1"], MaxResults=1)["NextToken"]
    fails("InvalidNextToken", ssm.list_compliance_items, ResourceIds=["web-2"], NextToken=token)
    fails("InvalidNextToken", ssm.describe_instance_patches, InstanceId="web-1", NextToken=token)


main(globals())
