"""Step Functions callbacks as AWS has them, in place of MiniStack's own, which take a literal TimeoutSeconds only, know no
heartbeat and pass over a failing Lambda:
- TimeoutSeconds and HeartbeatSeconds may be JSONata expressions;
- a task without a heartbeat in its time fails with States.HeartbeatTimeout;
- both are scaled like the waits (`_SFN_WAIT_SCALE`), so that a test need not wait for a day;
- the failure of the function that is handed the token fails the task.
"""

import threading
import time

from ministack.services import stepfunctions

FIELDS = ("TimeoutSeconds", "HeartbeatSeconds")
WITHOUT_TIMEOUT = 99_999_999


_execute_task = stepfunctions._execute_task
_invoke_with_callback = stepfunctions._invoke_with_callback


def _with_seconds(state_def, raw_input, execution, ctx):
    if ".waitForTaskToken" not in state_def.get("Resource", ""):
        return _execute_task(state_def, raw_input, execution, ctx)
    given = [field for field in FIELDS if field in state_def]
    seconds = {field: stepfunctions._jsonata_state_field(state_def, field, "number", raw_input, ctx) for field in given}
    for field, value in seconds.items():
        if int(value) != value or value <= 0:
            raise stepfunctions._ExecutionError("States.QueryEvaluationError", f"{field} is {value}")
    return _execute_task({**state_def, **seconds}, raw_input, execution, ctx)


def _call_back(resource, input_data, token, state_def):
    if "states:::lambda:invoke" not in resource:
        return _invoke_with_callback(resource, input_data, token, state_def)
    done = threading.Event()
    info = {"event": done, "result": None, "error": None, "heartbeat": None}
    stepfunctions._task_tokens[token] = info
    try:
        function = stepfunctions._resolve_lambda_function_ref(input_data.get("FunctionName", ""), optimized=True)
        stepfunctions._call_lambda(function, input_data.get("Payload", {}))
        _await(info, state_def)
    finally:
        stepfunctions._task_tokens.pop(token, None)
    if info["error"]:
        raise stepfunctions._ExecutionError(info["error"]["Error"], info["error"]["Cause"])
    return stepfunctions.json.loads(info["result"] or "{}")


def _await(info: dict, state_def: dict) -> None:
    """Returns when the token comes back; raises when it is too late for that, or for the heartbeat."""
    scale = stepfunctions._SFN_WAIT_SCALE
    began = time.monotonic()
    ends = began + scale * state_def.get("TimeoutSeconds", WITHOUT_TIMEOUT)
    beats = scale * state_def["HeartbeatSeconds"] if "HeartbeatSeconds" in state_def else None
    last, seen = began, info["heartbeat"]
    while True:
        now = time.monotonic()
        if info["heartbeat"] != seen:
            last, seen = now, info["heartbeat"]
        due = ends if beats is None else min(ends, last + beats)
        if info["event"].wait(timeout=max(0.0, min(due - now, threading.TIMEOUT_MAX))):
            return
        if info["heartbeat"] != seen:
            continue
        if due < ends:
            raise stepfunctions._ExecutionError("States.HeartbeatTimeout", "No heartbeat in its time")
        raise stepfunctions._ExecutionError("States.Timeout", "Task timed out waiting for callback")


def install() -> None:
    """Replaces MiniStack's callbacks."""
    stepfunctions._execute_task = _with_seconds
    stepfunctions._invoke_with_callback = _call_back
