# SPDX-License-Identifier: MIT OR Apache-2.0
"""As much of JSON Schema (draft 2020-12) as vectors/schema.json uses."""
import re

TYPES = {"object": dict, "array": list, "string": str, "integer": int}
KNOWN = {"$schema", "$defs", "$ref", "title", "description", "type", "const", "enum", "pattern",
         "minimum", "maximum", "required", "properties", "additionalProperties", "items",
         "minItems", "allOf", "if", "then", "else"}


def complaints(value, rule, root, path="file"):
    """What is wrong with `value`, one line each."""
    if rule is False:
        yield f"{path} must not be there"
    if isinstance(rule, bool):
        return
    if rule.keys() - KNOWN:
        raise ValueError(f"the schema uses {rule.keys() - KNOWN}")
    if "$ref" in rule:
        yield from complaints(value, root["$defs"][rule["$ref"].removeprefix("#/$defs/")], root, path)
    if "type" in rule and (not isinstance(value, TYPES[rule["type"]]) or isinstance(value, bool)):
        yield f"{path} is no {rule['type']}"
        return
    if "const" in rule and value != rule["const"] or "enum" in rule and value not in rule["enum"]:
        yield f"{path} is {value!r}"
    if isinstance(value, str) and not re.search(rule.get("pattern", ""), value):
        yield f"{path} does not match {rule['pattern']}"
    if isinstance(value, int) and not (
            rule.get("minimum", value) <= value <= rule.get("maximum", value)):
        yield f"{path} is out of range"
    if isinstance(value, dict):
        properties = rule.get("properties", {})
        for key in rule.get("required", []):
            if key not in value:
                yield f"{path} has no {key}"
        for key, inner in value.items():
            if key in properties:
                yield from complaints(inner, properties[key], root, f"{path}.{key}")
            elif not rule.get("additionalProperties", True):
                yield f"{path} has {key}"
    if isinstance(value, list):
        if len(value) < rule.get("minItems", 0):
            yield f"{path} is too short"
        for i, inner in enumerate(value):
            yield from complaints(inner, rule.get("items", True), root, f"{path}[{i}]")
    for part in rule.get("allOf", []):
        yield from complaints(value, part, root, path)
    if "if" in rule:
        holds = not any(complaints(value, rule["if"], root, path))
        yield from complaints(value, rule.get("then" if holds else "else", True), root, path)
