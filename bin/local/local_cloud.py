"""The local cloud: MiniStack with IAM enforced (AUTH=true), as the ASGI app `local_cloud:app`.

It adds what this project relies on in AWS and MiniStack leaves out, by wrapping MiniStack's own functions:
- the condition key `dynamodb:LeadingKeys`, so that a role reaches only its slice's keys;
- the condition keys `kms:EncryptionContext:<key>`, so that a key serves its purpose only;
- the lock permissions that PutObject with lock headers needs;
- TLS as far as policies see (`aws:SecureTransport`), since bucket policies refuse plain HTTP;
- `$context.authorizer.*` in gateway responses;
- a record of every call that a function makes, for the proof of least privilege: one JSON object a line in
  LOCAL_CLOUD_CALLS with `function`, `role`, `action`, `resource`, `context` (condition keys) and `allowed`;
- DynamoDB streams and TTL (`local_streams`), CloudFormation (`local_resources`) and the callbacks of workflows
  (`local_workflows`) as AWS has them;
- the end of the whole process group when stdin closes, that is, when the process that started the cloud is gone.
"""

import contextvars
import json
import os
import re
import signal
import sys
import threading

import local_streams  # first: it must see MiniStack's DynamoDB being imported
import local_resources
import local_workflows
from ministack import app as ministack
from ministack.core import iam_actions, iam_evaluator
from ministack.services import apigateway_v1, dynamodb, sts

app = ministack.app

# Functions inherit this environment: what is only ours goes no further.
CALLS_FILE = os.environ.pop("LOCAL_CLOUD_CALLS", "")
for name in ("AUTH", "PYTHONDONTWRITEBYTECODE"):
    os.environ.pop(name, None)

local_streams.install()
local_resources.install()
local_workflows.install()


# --- aws:SecureTransport ---

_pin_request_origin = ministack.pin_request_origin
ministack.pin_request_origin = lambda source_ip, _secure: _pin_request_origin(source_ip, True)


# --- dynamodb:LeadingKeys ---

_leading_keys: contextvars.ContextVar[dict[str, list[str]]] = contextvars.ContextVar("leading_keys", default={})


class _ItemArn(str):
    """A table's ARN as one item of a transaction addresses it."""

    leading_keys: list[str] = []


def _hash_key(table: str, index: str | None) -> str | None:
    record = dynamodb._tables.get(table.rsplit("/", 1)[-1])
    if record is None:
        return None
    indexes = (record.get("GlobalSecondaryIndexes") or []) + (record.get("LocalSecondaryIndexes") or [])
    named = next((i for i in indexes if i["IndexName"] == index), record)
    return next((k["AttributeName"] for k in named["KeySchema"] if k["KeyType"] == "HASH"), None)


def _key_values(table: str, items: list[dict]) -> list[str]:
    name = _hash_key(table, None)
    return [str(next(iter(item[name].values()))) for item in items if item.get(name)]


def _query_keys(request: dict) -> list[str]:
    name = _hash_key(request["TableName"], request.get("IndexName"))
    aliases = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    found = []
    for left, right in re.findall(r"([#\w.]+)\s*=\s*(:\w+)", request.get("KeyConditionExpression") or ""):
        if aliases.get(left, left) == name and right in values:
            found.append(str(next(iter(values[right].values()))))
    return found


def _written_items(requests: dict | list) -> list[dict]:
    if isinstance(requests, dict):
        return requests.get("Keys") or []
    return [r["PutRequest"]["Item"] if "PutRequest" in r else r["DeleteRequest"]["Key"] for r in requests]


def _keys_by_table(request: dict) -> dict[str, list[str]]:
    if isinstance(request.get("RequestItems"), dict):
        return {table: _key_values(table, _written_items(r)) for table, r in request["RequestItems"].items()}
    table = request.get("TableName")
    if not isinstance(table, str):
        return {}
    if "KeyConditionExpression" in request:
        return {table: _query_keys(request)}
    item = request.get("Key") or request.get("Item")
    return {table: _key_values(table, [item])} if item else {}


def _body(body: bytes) -> dict:
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


_dynamodb_service_context = iam_actions.dynamodb_service_context
_dynamodb_transaction_checks = iam_actions.dynamodb_transaction_checks


def _remember_leading_keys(body: bytes) -> dict:
    _leading_keys.set({table.rsplit("/", 1)[-1]: keys for table, keys in _keys_by_table(_body(body)).items()})
    return _dynamodb_service_context(body)


def _checks_with_keys(action: str, body: bytes, region: str, account: str) -> list[tuple[str, str]]:
    checks = _dynamodb_transaction_checks(action, body, region, account)
    details = [detail for item in _body(body).get("TransactItems") or [] for detail in item.values()]
    if len(details) != len(checks):
        return checks
    marked = []
    for (item_action, arn), detail in zip(checks, details):
        item_arn = _ItemArn(arn)
        item_arn.leading_keys = _key_values(detail["TableName"], [detail.get("Key") or detail.get("Item") or {}])
        marked.append((item_action, item_arn))
    return marked


iam_actions.dynamodb_service_context = _remember_leading_keys
iam_actions.dynamodb_transaction_checks = _checks_with_keys


def _complete_context(service: str, arn: str, context: dict | None) -> dict:
    context = dict(context or {})
    if isinstance(context.get("dynamodb:EnclosingOperation"), list):
        # One value in AWS; as MiniStack's list only `ForAnyValue:` would match it.
        context["dynamodb:EnclosingOperation"] = context["dynamodb:EnclosingOperation"][0]
    if service != "dynamodb" or ":table/" not in arn:
        return context
    table = arn.split(":table/", 1)[1].split("/", 1)[0]
    keys = arn.leading_keys if isinstance(arn, _ItemArn) else _leading_keys.get().get(table, [])
    return {**context, "dynamodb:LeadingKeys": keys} if keys else context


# --- kms:EncryptionContext:<key> ---

_request_tag_context = iam_actions.request_tag_context


def _with_encryption_context(service, iam_action, body, routing_params):
    context = _request_tag_context(service, iam_action, body, routing_params)
    if service != "kms":
        return context
    given = _body(body).get("EncryptionContext") or {}
    return {**context, **{f"kms:EncryptionContext:{key}": value for key, value in given.items()}}


iam_actions.request_tag_context = _with_encryption_context


# --- s3:PutObjectRetention and s3:PutObjectLegalHold of a PutObject with lock headers ---

_s3_additional_checks = iam_actions.s3_additional_checks
_LOCK_HEADERS = {
    "x-amz-object-lock-mode": "s3:PutObjectRetention",
    "x-amz-object-lock-legal-hold": "s3:PutObjectLegalHold",
}


def _with_lock_checks(method, path, headers, body, query_params):
    checks = _s3_additional_checks(method, path, headers, body, query_params)
    if method != "PUT" or set(query_params) - {"x-id"}:
        return checks
    lock_actions = [action for header, action in _LOCK_HEADERS.items() if headers.get(header)]
    return checks + [(action, f"arn:aws:s3:::{path.lstrip('/')}") for action in lock_actions]


iam_actions.s3_additional_checks = _with_lock_checks


# --- the record of calls ---

_calls = open(CALLS_FILE, "a", buffering=1) if CALLS_FILE else None
_enforce = iam_evaluator.enforce


def _record(access_key: str, action: str, arn: str, context: dict, denied) -> None:
    principal = str((sts._sessions.get(access_key) or {}).get("Arn", ""))
    if _calls is None or ":assumed-role/" not in principal:
        return
    role, _, session = principal.split(":assumed-role/", 1)[1].partition("/")
    call = {"function": session, "role": role, "action": action, "resource": str(arn), "context": context,
            "allowed": denied is None}
    _calls.write(json.dumps(call) + "\n")


def _enforce_and_record(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
    context = _complete_context(service, resource_arn, service_context)
    denied = _enforce(access_key_id, iam_action, service, region, resource_arn=resource_arn, service_context=context)
    _record(access_key_id, iam_action, resource_arn, context, denied)
    if denied is not None:
        ministack.logger.warning("IAM denied %s on %s: %s", iam_action, resource_arn, denied)
    return denied


iam_evaluator.enforce = _enforce_and_record


# --- $context.authorizer in gateway responses ---

_authorizer_context: contextvars.ContextVar[dict] = contextvars.ContextVar("authorizer_context", default={})
_stringify_context = apigateway_v1._stringify_context
_evaluate_policy = apigateway_v1._evaluate_policy
_gateway_error_response = apigateway_v1._gateway_error_response


def _stringify_and_keep(context):
    kept = _stringify_context(context)
    _authorizer_context.set(kept)
    return kept


def _evaluate_and_keep(policy, method_arn):
    for _expires, cached_policy, context in apigateway_v1._authorizer_cache.values():
        if cached_policy is policy:
            _authorizer_context.set(context)
    return _evaluate_policy(policy, method_arn)


def _with_authorizer_context(error, request):
    status, headers, body = _gateway_error_response(error, request)
    context = _authorizer_context.get()
    text = re.sub(r"\$context\.authorizer\.(\w+)", lambda m: context.get(m.group(1), ""), body.decode())
    return status, headers, text.encode()


apigateway_v1._stringify_context = _stringify_and_keep
apigateway_v1._evaluate_policy = _evaluate_and_keep
apigateway_v1._gateway_error_response = _with_authorizer_context


# --- the end of the cloud with its parent ---


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=_end_with_parent, daemon=True).start()
