"""The part of Envoy's access log contract that the audit reads.

Envoy calls envoy.service.accesslog.v3.AccessLogService and nothing else, so
the names and numbers below are Envoy's (api/envoy/data/accesslog/v3 in its
repository); fields that nobody here reads are left out, and protobuf skips
them. The contract is not the house's, so it is not among the house's protos.
It lives in a pool of its own, beside any other copy a process may hold.
"""

from typing import Any, Final

from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.descriptor_pb2 import FieldDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool

_PACKAGE: Final = "envoy.service.accesslog.v3"
_SCALARS: Final = {
    "string": FieldDescriptorProto.TYPE_STRING,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
}
# Message -> field -> (number, kind). A star before a kind: repeated.
_MESSAGES: Final[dict[str, dict[str, tuple[int, str]]]] = {
    "StreamAccessLogsMessage": {"http_logs": (2, "HTTPAccessLogEntries")},
    "StreamAccessLogsResponse": {},
    "HTTPAccessLogEntries": {"log_entry": (1, "*HTTPAccessLogEntry")},
    "HTTPAccessLogEntry": {
        "common_properties": (1, "AccessLogCommon"),
        "request": (3, "HTTPRequestProperties"),
        "response": (4, "HTTPResponseProperties"),
    },
    "AccessLogCommon": {
        "downstream_remote_address": (2, "Address"),
        "start_time": (5, "Time"),
        "route_name": (19, "string"),
        "duration": (23, "Time"),
    },
    "Address": {"socket_address": (1, "SocketAddress")},
    "SocketAddress": {"address": (2, "string")},
    # The wire form of google.protobuf.Timestamp and of Duration.
    "Time": {"seconds": (1, "int64"), "nanos": (2, "int32")},
    "HTTPRequestProperties": {
        "request_method": (1, "int32"),
        "path": (5, "string"),
        "request_id": (9, "string"),
        "original_path": (10, "string"),
        "request_headers": (13, "*Entry"),
    },
    "HTTPResponseProperties": {
        "response_code": (1, "UInt32Value"),
        "response_code_details": (6, "string"),
    },
    "UInt32Value": {"value": (1, "uint32")},
    # The wire form of one entry of map<string, string>.
    "Entry": {"key": (1, "string"), "value": (2, "string")},
}


def _descriptor() -> ServiceDescriptor:
    file = descriptor_pb2.FileDescriptorProto(
        name="envoy_access_log.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            bare = kind.removeprefix("*")
            added = message.field.add(name=field, number=number)
            added.label = (
                FieldDescriptorProto.LABEL_REPEATED
                if kind != bare
                else FieldDescriptorProto.LABEL_OPTIONAL
            )
            added.type = _SCALARS.get(bare, FieldDescriptorProto.TYPE_MESSAGE)
            if bare not in _SCALARS:
                added.type_name = f".{_PACKAGE}.{bare}"
    file.service.add(name="AccessLogService").method.add(
        name="StreamAccessLogs",
        input_type=f".{_PACKAGE}.StreamAccessLogsMessage",
        output_type=f".{_PACKAGE}.StreamAccessLogsResponse",
        client_streaming=True,
    )
    pool = DescriptorPool()
    pool.Add(file)
    return pool.FindServiceByName(f"{_PACKAGE}.AccessLogService")


ACCESS_LOG_SERVICE: Final = _descriptor()
_METHOD: Final = ACCESS_LOG_SERVICE.methods_by_name["StreamAccessLogs"]
StreamAccessLogsMessage: Final[Any] = message_factory.GetMessageClass(_METHOD.input_type)
StreamAccessLogsResponse: Final[Any] = message_factory.GetMessageClass(_METHOD.output_type)
