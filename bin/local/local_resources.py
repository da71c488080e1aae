"""What CloudFormation does in AWS and MiniStack's forgets: properties that it drops, resource types that it lacks; and the
one leg that an event may go from bus to bus.
"""

from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb, eventbridge, lambda_svc, s3
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

# They change nothing that can be observed here: each is accepted, and is nothing but a name and an ARN.
WITHOUT_EFFECT = (
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Backup::BackupSelection",
    "AWS::Budgets::Budget",
    "AWS::CloudTrail::Trail",
    "AWS::CloudWatch::AlarmMuteRule",
    "AWS::CloudWatch::AnomalyDetector",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::InsightRule",
    "AWS::Events::EventBusPolicy",
    "AWS::EventSchemas::Discoverer",
    "AWS::EventSchemas::Registry",
    "AWS::EventSchemas::Schema",
    "AWS::Lambda::CodeSigningConfig",
    "AWS::Logs::QueryDefinition",
    "AWS::ResourceGroups::Group",
    "AWS::SSM::Document",
    "AWS::Synthetics::Canary",
    "AWS::WAFv2::IPSet",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::WAFv2::WebACLAssociation",
    "AWS::XRay::Group",
    "AWS::XRay::SamplingRule",
)


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def _accept(resource_type: str):
    service = resource_type.split("::")[1].lower()

    def named(name):
        return name, {"Arn": _arn(service, name), "Id": name}

    return {
        "create": lambda logical_id, _props, stack_name: named(f"{stack_name}-{logical_id}"),
        "update": lambda physical_id, _old, _new, _stack: named(physical_id),
        "delete": lambda _physical_id, _props: None,
    }


def _create_archive(logical_id, props, stack_name):
    name = props.get("ArchiveName") or f"{stack_name}-{logical_id}"[:48]
    source = props.get("SourceArn")
    data = {**props, "ArchiveName": name, "EventSourceArn": source, "EventPattern": _as_json(props.get("EventPattern"))}
    eventbridge._create_archive(data)
    return name, {"Arn": _arn("events", f"archive/{name}"), "ArchiveName": name}


def _as_json(pattern) -> str:
    return pattern if isinstance(pattern, str) else eventbridge.json.dumps(pattern) if pattern else ""


def _after_create(resource_type: str, complete) -> None:
    """Runs `complete(physical_id, props)` once MiniStack has created a resource of the type."""
    handlers = _RESOURCE_HANDLERS[resource_type]
    create = handlers["create"]

    def create_and_complete(logical_id, props, stack_name):
        physical_id, attributes = create(logical_id, props, stack_name)
        complete(physical_id, props)
        return physical_id, attributes

    handlers["create"] = create_and_complete


_dispatch_to_event_bus = eventbridge._dispatch_to_event_bus


def _dispatch_one_leg(spec, event, rule, event_path, *payload):
    # EventBridge does not pass on to a third bus what came from another bus.
    if not event_path:
        _dispatch_to_event_bus(spec, event, rule, event_path, *payload)


def _is_true(value) -> bool:
    return str(value).lower() == "true"


def _complete_bucket(name: str, props: dict) -> None:
    if not _is_true(props.get("ObjectLockEnabled")):
        return
    rule = (props.get("ObjectLockConfiguration") or {}).get("Rule") or {}
    retention = rule.get("DefaultRetention")
    numbers = {unit: int(retention[unit]) for unit in ("Days", "Years") if retention and retention.get(unit)}
    default = {"Mode": retention["Mode"], **numbers} if retention else None
    s3._bucket_object_lock[name] = {"enabled": True, "default_retention": default}
    s3._bucket_versioning[name] = "Enabled"


def _complete_table(name: str, props: dict) -> None:
    expiry = props.get("TimeToLiveSpecification") or {}
    if _is_true(expiry.get("Enabled")):
        spec = {"Enabled": True, "AttributeName": expiry["AttributeName"]}
        dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": spec})
    for place in (props, *(props.get("Replicas") or [])):
        recovery = place.get("PointInTimeRecoverySpecification") or {}
        if _is_true(recovery.get("PointInTimeRecoveryEnabled")):
            dynamodb._pitr_settings[name] = True


def _complete_function(name: str, props: dict) -> None:
    function = lambda_svc._functions[name]
    if props.get("ReservedConcurrentExecutions") is not None:
        function["concurrency"] = int(props["ReservedConcurrentExecutions"])
    if props.get("DeadLetterConfig"):
        function["config"]["DeadLetterConfig"] = props["DeadLetterConfig"]


def install() -> None:
    """Completes MiniStack's table of resource handlers."""
    for resource_type in WITHOUT_EFFECT:
        _RESOURCE_HANDLERS.setdefault(resource_type, _accept(resource_type))
    _RESOURCE_HANDLERS.setdefault(
        "AWS::Events::Archive",
        {
            "create": _create_archive,
            "update": lambda name, _old, _new, _stack: (name, {"Arn": _arn("events", f"archive/{name}")}),
            "delete": lambda physical_id, _props: eventbridge._delete_archive({"ArchiveName": physical_id}),
        },
    )
    eventbridge._dispatch_to_event_bus = _dispatch_one_leg
    _after_create("AWS::S3::Bucket", _complete_bucket)
    _after_create("AWS::DynamoDB::Table", _complete_table)
    _after_create("AWS::DynamoDB::GlobalTable", _complete_table)
    _after_create("AWS::Lambda::Function", _complete_function)
