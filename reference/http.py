"""The JSON API, from its own description."""

from typing import Any, cast

from reference.tables import code, table

HEAD = """# JSON API

From `/api/v1/openapi.json`; [what bounds it, and how errors look](../api.md).
"""


def page() -> str:
    """Return the page."""
    from hitstream.dashboard.server.api import api
    from hitstream.dashboard.server.services import Services

    description = api(cast(Services, None)).openapi()
    return HEAD + "".join(
        _operation(path, method, operation)
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    said = f"\n## {method.upper()} {path}\n\n{operation.get('description', '').strip()}\n"
    rows = [
        (code(each["name"]), _kind(each["schema"]), code(each["schema"].get("default")), each.get("description", ""))
        for each in operation.get("parameters", ())
    ]
    return said + ("\n" + table(("parameter", "kind", "default", "what it is"), rows) if rows else "")


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return ", ".join(_kind(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "enum" in schema:
        return ", ".join(code(each) for each in schema["enum"])
    bounds = [f"{sign} {schema[key]:,}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    kind = "several" if schema.get("type") == "array" else str(schema.get("type", ""))
    return " ".join([kind, *bounds])
