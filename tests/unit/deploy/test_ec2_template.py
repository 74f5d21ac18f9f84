"""The EC2 host's template: what it promises, what breaks a promise, and what an account would make of it."""

import base64
import copy
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import yaml
from ec2_rules import TEMPLATE, broken_promises, of_type, template

SHA256 = "5" * 64
ASKED = {"SourceBucket": "sources", "SourceKey": "hitstream/0.1.0.tar.gz", "SourceSha256": SHA256}
CLOUD_INIT_MODULES = {"write_files", "runcmd"}
"""Those that the user data uses; cloud-init passes over any other key in silence."""


@pytest.mark.slow
def test_cfn_lint_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    found = subprocess.run([linter, TEMPLATE], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_the_template_keeps_its_promises() -> None:
    assert broken_promises(template()) == []


def _open_ssh(given):
    group = given["Resources"]["Group"]["Properties"]
    group["SecurityGroupIngress"] = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}]


def _open_elsewhere(given):
    rule = {"IpProtocol": "tcp", "FromPort": 8050, "ToPort": 8050, "CidrIp": "0.0.0.0/0", "GroupId": {"Ref": "Group"}}
    given["Resources"]["Door"] = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": rule}


def _first_metadata_service(given):
    given["Resources"]["Host"]["Properties"]["MetadataOptions"]["HttpTokens"] = "optional"


def _metadata_for_containers(given):
    del given["Resources"]["Host"]["Properties"]["MetadataOptions"]["HttpPutResponseHopLimit"]


def _readable_data(given):
    del given["Resources"]["Data"]["Properties"]["Encrypted"]


def _readable_root(given):
    given["Resources"]["Host"]["Properties"]["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] = False


def _data_that_ends_with_the_stack(given):
    given["Resources"]["Data"]["DeletionPolicy"] = "Delete"


def _every_action(given):
    _statements(given)[0]["Action"] = "s3:*"


def _every_object(given):
    _statements(given)[0]["Resource"] = "*"


def _policy_of_others(given):
    given["Resources"]["Role"]["Properties"]["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]


def _key(given):
    given["Resources"]["Host"]["Properties"]["KeyName"] = "mine"


def _statements(given):
    return given["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]


BREAKAGES = {
    _open_ssh: "ingress",
    _open_elsewhere: "ingress",
    _first_metadata_service: "metadata",
    _metadata_for_containers: "metadata",
    _readable_data: "encryption",
    _readable_root: "encryption",
    _data_that_ends_with_the_stack: "snapshot",
    _every_action: "policy s3:*",
    _every_object: "policy s3:GetObject",
    _policy_of_others: "policy managed elsewhere",
    _key: "key",
}


@pytest.mark.parametrize("breaks", BREAKAGES, ids=lambda breaks: breaks.__name__.strip("_"))
def test_a_breakage_is_found(breaks) -> None:
    given = copy.deepcopy(template())
    breaks(given)
    assert broken_promises(given) == [BREAKAGES[breaks]]


@pytest.fixture(scope="module")
def account():
    """Both tiers' stacks in moto: tier → its instance and the user data of that."""
    from moto import mock_aws

    with pytest.MonkeyPatch.context() as patch, mock_aws(), warnings.catch_warnings():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "none")
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        warnings.simplefilter("ignore")  # moto names the resources that it does not model
        yield {tier: _deployed(tier, Tier=tier, DataGiB="50") for tier in ("embedded", "cluster")}


def _client(service: str):
    import boto3

    return boto3.client(service)


def _deployed(stack: str, **asked: str) -> dict:
    ec2, cloudformation = _client("ec2"), _client("cloudformation")
    subnet = ec2.describe_subnets()["Subnets"][0]
    values = {**ASKED, "VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"], **asked}
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=TEMPLATE.read_text(),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    assert cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    ours = [{"Name": "tag:aws:cloudformation:stack-name", "Values": [stack]}]
    host = ec2.describe_instances(Filters=ours)["Reservations"][0]["Instances"][0]
    asked_for = ec2.describe_instance_attribute(InstanceId=host["InstanceId"], Attribute="userData")
    return {"host": host, "user data": base64.b64decode(asked_for["UserData"]["Value"]).decode()}


@pytest.mark.slow
@pytest.mark.parametrize(("tier", "kind"), [("embedded", "t3.large"), ("cluster", "m7i.xlarge")])
def test_the_stack_makes_one_host_of_the_tiers_size_with_its_volume(account: dict, tier: str, kind: str) -> None:
    host = account[tier]["host"]
    assert host["InstanceType"] == kind
    data = [each for each in host["BlockDeviceMappings"] if each["DeviceName"] == "/dev/sdf"]
    assert len(data) == 1 and data[0]["Ebs"]["DeleteOnTermination"] is False
    volume = _client("ec2").describe_volumes(VolumeIds=[data[0]["Ebs"]["VolumeId"]])["Volumes"][0]
    assert (volume["Size"], volume["AvailabilityZone"]) == (50, host["Placement"]["AvailabilityZone"])


@pytest.mark.slow
@pytest.mark.usefixtures("account")
def test_nothing_may_come_in_and_the_role_reads_one_object() -> None:
    groups = _client("ec2").describe_security_groups()["SecurityGroups"]
    ours = [group for group in groups if group["GroupName"].startswith("embedded-")]
    assert [group["IpPermissions"] for group in ours] == [[]]
    iam = _client("iam")
    role = next(role["RoleName"] for role in iam.list_roles()["Roles"] if role["RoleName"].startswith("embedded-"))
    policy = str(iam.get_role_policy(RoleName=role, PolicyName="host")["PolicyDocument"])
    assert "arn:aws:s3:::sources/hitstream/0.1.0.tar.gz" in policy


@pytest.mark.slow
def test_user_data_names_no_module_that_cloud_init_would_pass_over(account: dict) -> None:
    given = yaml.safe_load(account["embedded"]["user data"])
    assert set(given) == CLOUD_INIT_MODULES
    assert {key for file in given["write_files"] for key in file} <= {"path", "permissions", "content"}


@pytest.mark.slow
def test_user_data_tells_the_host_what_was_asked_for_and_fits_into_16_kb(account: dict) -> None:
    user_data = account["cluster"]["user data"]
    assert len(user_data) < 16_384
    files = {file["path"]: file["content"] for file in yaml.safe_load(user_data)["write_files"]}
    told = dict(line.split("=", 1) for line in files["/etc/hitstream/host.env"].splitlines())
    assert told["TIER"] == "cluster"
    assert told["SOURCE"] == "s3://sources/hitstream/0.1.0.tar.gz"
    assert (told["SHA256"], told["STACK"], told["REGION"]) == (SHA256, "cluster", "eu-central-1")
    assert re.fullmatch(r"cluster-Log-\w+", told["LOG_GROUP"])
    subprocess.run(["bash", "-n"], input=files["/usr/local/sbin/hitstream-host"], text=True, check=True)


def test_the_stack_waits_for_the_host_to_say_that_it_is_healthy() -> None:
    (waits,) = of_type(template(), "AWS::CloudFormation::WaitCondition")
    assert waits["DependsOn"] == "DataAttachment"
    assert waits["CreationPolicy"]["ResourceSignal"]["Count"] == 1
    assert "--resource Healthy" in (TEMPLATE.parent / "bootstrap.sh").read_text()
