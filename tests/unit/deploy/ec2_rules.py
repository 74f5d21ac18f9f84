"""What the template of the EC2 host promises, asked of the template itself: moto drops some of it."""

from functools import partial
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parents[3] / "deploy" / "ec2" / "hitstream.yaml"
WITHOUT_RESOURCES = {
    "cloudwatch:PutMetricData",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}
"""Actions that IAM cannot hold to a resource."""


class _Loader(yaml.SafeLoader):
    """Reads the short forms of functions as the long ones: `!Sub x` as {"Fn::Sub": "x"}."""


def _function(loader: _Loader, name: str, node: Any) -> dict[str, Any]:
    read = {yaml.ScalarNode: loader.construct_scalar, yaml.SequenceNode: partial(loader.construct_sequence, deep=True)}
    value = read[type(node)](node)
    if name == "GetAtt":
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _function)


def template() -> dict[str, Any]:
    return yaml.load(TEMPLATE.read_text(), _Loader)


def of_type(given: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [resource for resource in given["Resources"].values() if resource["Type"] == kind]


def broken_promises(given: dict[str, Any]) -> list[str]:
    """Name what is open, readable or lost that should not be."""
    hosts = [resource["Properties"] for resource in of_type(given, "AWS::EC2::Instance")]
    volumes = of_type(given, "AWS::EC2::Volume")
    disks = [volume["Properties"] for volume in volumes]
    disks += [mapping["Ebs"] for host in hosts for mapping in host["BlockDeviceMappings"]]
    return [
        *("ingress" for group in of_type(given, "AWS::EC2::SecurityGroup") if _lets_in(group["Properties"])),
        *("ingress" for _ in of_type(given, "AWS::EC2::SecurityGroupIngress")),
        *("key" for host in hosts if "KeyName" in host),
        *("metadata" for host in hosts if not _guards_metadata(host.get("MetadataOptions", {}))),
        *("encryption" for disk in disks if disk.get("Encrypted") is not True),
        *("volume type" for disk in disks if disk.get("VolumeType") != "gp3"),
        *("snapshot" for volume in volumes if not _outlives(volume)),
        *(f"policy {why}" for role in of_type(given, "AWS::IAM::Role") for why in _too_much(role["Properties"])),
    ]


def _lets_in(group: dict[str, Any]) -> bool:
    return bool(group.get("SecurityGroupIngress"))


def _guards_metadata(options: dict[str, Any]) -> bool:
    return options.get("HttpTokens") == "required" and options.get("HttpPutResponseHopLimit") == 1


def _outlives(volume: dict[str, Any]) -> bool:
    return volume.get("DeletionPolicy") == volume.get("UpdateReplacePolicy") == "Snapshot"


def _too_much(role: dict[str, Any]) -> list[str]:
    """Name the actions that are wider than need be: by wildcard, by resource, or by a policy written elsewhere."""
    found = ["managed elsewhere" for _ in role.get("ManagedPolicyArns", [])]
    for policy in role.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = _listed(statement["Action"])
            found += [action for action in actions if "*" in action]
            if "*" in _listed(statement["Resource"]):
                found += [action for action in actions if action not in WITHOUT_RESOURCES]
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
