"""DynamoDB streams as AWS delivers them, in place of MiniStack's own delivery, which drops what matters here:
a mapping no longer waits for another one; reported batch item failures, retry attempts, bisecting, the age limit and
the on-failure destination hold; and expired items (TTL) leave the table with a REMOVE record by the service.
"""

import threading
import time

from ministack.core.concurrency import esm_wake
from ministack.core.responses import _request_account_id, _request_region

# MiniStack starts its reaper on import; it would take items away without a record.
_start_thread = threading.Thread.start
threading.Thread.start = lambda thread: None if thread.name == "dynamodb-ttl-reaper" else _start_thread(thread)
from ministack.services import dynamodb, lambda_svc  # noqa: E402

threading.Thread.start = _start_thread

TTL_SECONDS = 1.0
# Expiring rests so many times as long as it took.
REST_FACTOR = 25
FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 0.1, 2.0


def _poll() -> bool:
    """Starts one batch of every mapping that is idle and has records. Whether it started any."""
    started = False
    for account, region, mapping in lambda_svc._iter_all_esms():
        tokens = _request_account_id.set(account), _request_region.set(region)
        try:
            started = _start_batch(mapping) or started
        finally:
            _request_account_id.reset(tokens[0])
            _request_region.reset(tokens[1])
    return started


def _start_batch(mapping: dict) -> bool:
    source, mapping_id = mapping.get("EventSourceArn", ""), mapping["UUID"]
    if ":dynamodb:" not in source or not mapping.get("Enabled", True) or lambda_svc._esm_inflight.get(mapping_id):
        return False
    table = source.split(":table/", 1)[1].split("/", 1)[0]
    function, _config = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    if function is None or (dynamodb._tables.get(table) or {}).get("LatestStreamArn") != source:
        return False
    position = _position(mapping, table)
    batch = dynamodb.stream_records_since(table, position, mapping.get("BatchSize", 100))
    if not batch:
        return False
    records = lambda_svc._apply_filter_criteria(batch, mapping)
    if records:
        lambda_svc._dispatch_esm_batch(mapping_id, _run_batch, mapping, function, records, position + len(batch))
    else:
        _move_to(mapping, position + len(batch))
    return True


def _position(mapping: dict, table: str) -> int:
    lambda_svc._init_stream_position(
        mapping["UUID"], mapping["EventSourceArn"], mapping.get("StartingPosition", "LATEST")
    )
    return max(lambda_svc._dynamodb_stream_positions[mapping["UUID"]], dynamodb.stream_start_position(table))


def _move_to(mapping: dict, position: int) -> None:
    with lambda_svc._dynamodb_stream_positions_lock:
        lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = position


def _run_batch(mapping: dict, function: dict, records: list[dict], end: int) -> None:
    if _deliver(mapping, function, records):
        _move_to(mapping, end)


def _deliver(mapping: dict, function: dict, records: list[dict]) -> bool:
    """Invokes until the records are done or given up; False when the mapping is gone meanwhile."""
    failures = 0
    while lambda_svc._esms.get(mapping["UUID"]) is not None:
        result = lambda_svc._execute_function(function, {"Records": records})
        done = _done(mapping, records, result)
        if done == len(records):
            return True
        if done > 0:
            records, failures = records[done:], 0
            continue
        given_up = _given_up(mapping, records, failures)
        if given_up:
            lambda_svc._send_ddb_stream_failure_record(
                mapping, function, records, mapping["EventSourceArn"], result, given_up
            )
            return True
        failures += 1
        time.sleep(min(FIRST_BACKOFF_SECONDS * 2 ** (failures - 1), LONGEST_BACKOFF_SECONDS))
        if mapping.get("BisectBatchOnFunctionError") and len(records) > 1:
            half = len(records) // 2
            return all(_deliver(mapping, function, part) for part in (records[:half], records[half:]))
    return False


def _done(mapping: dict, records: list[dict], result: dict) -> int:
    """How many records, from the first on, count as processed."""
    if result.get("error"):
        lambda_svc.logger.warning("Stream consumer %s failed: %s", mapping["FunctionName"], result.get("body"))
        return 0
    body = result.get("body")
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []) or not isinstance(body, dict):
        return len(records)
    failed = {failure.get("itemIdentifier") for failure in body.get("batchItemFailures") or []}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    # An identifier that names no record of the batch fails all of it.
    return min((numbers.index(f) if f in numbers else 0 for f in failed), default=len(records))


def _given_up(mapping: dict, records: list[dict], failures: int) -> str | None:
    retries, age = mapping.get("MaximumRetryAttempts", -1), mapping.get("MaximumRecordAgeInSeconds", -1)
    if 0 <= retries <= failures:
        return "RetryAttemptsExhausted"
    oldest = min(float(record["dynamodb"]["ApproximateCreationDateTime"]) for record in records)
    return "MaxRecordAgeExceeded" if 0 < age < time.time() - oldest else None


def _expire() -> None:
    """Takes items past their TTL out of the tables, with the stream record that AWS writes for it."""
    for (account, region, name), setting in list(dynamodb._ttl_settings.all_items()):
        tokens = _request_account_id.set(account), _request_region.set(region)
        try:
            with dynamodb._lock:
                if setting.get("TimeToLiveStatus") == "ENABLED" and name in dynamodb._tables:
                    _expire_table(name, setting["AttributeName"])
        finally:
            _request_account_id.reset(tokens[0])
            _request_region.reset(tokens[1])


def _expire_table(name: str, attribute: str) -> None:
    table, now = dynamodb._tables[name], time.time()
    for hash_value, items in list(table["items"].items()):
        for range_value, item in list(items.items()):
            expiry = (item.get(attribute) or {}).get("N")
            if expiry is None or float(expiry) > now:
                continue
            dynamodb._remove_item(table, hash_value, range_value)
            dynamodb._emit_stream_event(name, "REMOVE", item, None)
            if dynamodb._stream_records.get(name):
                by_service = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
                dynamodb._stream_records[name][-1]["userIdentity"] = by_service
    esm_wake.set()


def _expire_for_ever() -> None:
    took = 0.0
    while True:
        # The more there is to look through the less often: this thread holds up every request while it does.
        time.sleep(max(TTL_SECONDS, took * REST_FACTOR))
        began = time.monotonic()
        try:
            _expire()
        except Exception:
            dynamodb.logger.exception("Expiring items failed")
        took = time.monotonic() - began


def install() -> None:
    """Replaces MiniStack's delivery and starts the expiry."""
    lambda_svc._poll_dynamodb_streams = _poll
    threading.Thread(target=_expire_for_ever, daemon=True).start()
