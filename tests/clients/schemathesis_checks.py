"""What Schemathesis asks of `jobdeck serve` beside its own checks, and what it cannot know.

Its checks for valid and for invalid requests are replaced by two that know what no schema says; of these
requests the answer has to name the reason.
"""
import re

import schemathesis
from schemathesis import GenerationMode

# Why a request is refused that the schema allows: pattern of the message, and the reason.
REFUSED = [
    (r"(Job|Run) -?\d+ does not exist", "no schema knows which ids were given"),
    (r"Invalid quartz_cron_expression", "no schema reads a cron expression"),
    (r"Invalid timezone_id|time ?zone", "no schema knows the time zones"),
    (r"idempotency token belongs to run \d+, which has been deleted", "no schema knows what was deleted"),
    (r"is no notebook run", "no schema knows what a run is of"),
    (r"\([a-z-]+/[a-z]+/[a-z0-9-]+\)$", "a rule that relates fields, which the message names"),
]

# What is invalid by the schema, and taken all the same.
TAKEN = {
    # A client of a later version of the API names more than this one knows.
    "Object with unexpected properties",
    "violates `additionalProperties`",
}


def has_null(value):
    """Null stands for what is not there, wherever it stands, as the real service reads it."""
    if isinstance(value, dict):
        return any(has_null(inner) for inner in value.values())
    if isinstance(value, list):
        return any(has_null(inner) for inner in value)
    return value is None


@schemathesis.check
def valid_is_taken(ctx, response, case):
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if response.status_code != 400:
        return
    message = response.json()["message"]
    assert any(re.search(pattern, message) for pattern, _ in REFUSED), f"unexplained: {message}"


@schemathesis.check
def invalid_is_refused(ctx, response, case):
    if case.meta is None or response.status_code // 100 != 2:
        return
    # Headers are none of it: a body is read as JSON whatever type it is sent as.
    invalid = {
        place.value
        for place, component in case.meta.components.items()
        if component.mode == GenerationMode.NEGATIVE and place.value in ("query", "body")
    }
    what = case.meta.phase.data.description
    if not invalid or has_null(case.body) or what in TAKEN:
        return
    sent = f"{case.method} {case.path} {case.query!r} {case.body!r}"
    raise AssertionError(f"taken, although {what}: {sent}")
