"""A made-up contract, a test authority and a real MariaDB, shared by the tests here."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from google.api import annotations_pb2, http_pb2, httpbody_pb2
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    timestamp_pb2,
)
from servicekit.testing import issue_test_pki
from servicekit.testing_mariadb import MariaDBMissingError, mariadb_server

PACKAGE = "servicekit.probe.v1"
FIELD = descriptor_pb2.FieldDescriptorProto


def field(name: str, number: int, kind: int | str, **more: Any) -> Any:
    made = FIELD(name=name, number=number, label=FIELD.LABEL_OPTIONAL, **more)
    if isinstance(kind, int):
        made.type = kind
    else:
        made.type_name = kind
        made.type = FIELD.TYPE_ENUM if kind.endswith("Color") else FIELD.TYPE_MESSAGE
    return made


def repeated(made: Any) -> Any:
    made.label = FIELD.LABEL_REPEATED
    return made


def message(name: str, *fields: Any) -> Any:
    return descriptor_pb2.DescriptorProto(name=name, field=fields)


def thing_message() -> Any:
    """Every kind of field that a request may hold."""
    thing = message(
        "Thing",
        field("display_name", 1, FIELD.TYPE_STRING),
        field("weight", 2, FIELD.TYPE_INT32),
        field("total", 3, FIELD.TYPE_INT64),
        field("is_new", 4, FIELD.TYPE_BOOL),
        field("color", 5, f".{PACKAGE}.Color"),
        field("picture", 6, FIELD.TYPE_BYTES),
        field("ratio", 7, FIELD.TYPE_DOUBLE),
        field("made_at", 8, ".google.protobuf.Timestamp"),
        field("inner_part", 9, f".{PACKAGE}.Thing"),
        repeated(field("tags", 10, FIELD.TYPE_STRING)),
        repeated(field("parts", 11, f".{PACKAGE}.Thing")),
        repeated(field("labels", 12, f".{PACKAGE}.Thing.LabelsEntry")),
        field("email", 13, FIELD.TYPE_STRING, oneof_index=0),
        field("phone", 14, FIELD.TYPE_STRING, oneof_index=0),
        field("count", 15, FIELD.TYPE_UINT32, oneof_index=1, proto3_optional=True),
        field("big", 16, FIELD.TYPE_UINT64),
    )
    thing.oneof_decl.add(name="contact")
    thing.oneof_decl.add(name="_count")
    entry = thing.nested_type.add(name="LabelsEntry")
    entry.options.map_entry = True
    entry.field.extend([field("key", 1, FIELD.TYPE_STRING), field("value", 2, FIELD.TYPE_STRING)])
    return thing


def rpc(name: str, http: dict[str, Any] | None, request: str, **more: Any) -> Any:
    made = descriptor_pb2.MethodDescriptorProto(
        name=name,
        input_type=f".{PACKAGE}.{request}",
        output_type=f".{PACKAGE}.Thing",
        **more,
    )
    if http is not None:
        made.options.Extensions[annotations_pb2.http].CopyFrom(http_pb2.HttpRule(**http))
    return made


def probe_file() -> Any:
    document = field("document", 100, ".google.api.HttpBody")
    made = descriptor_pb2.FileDescriptorProto(
        name="servicekit/probe.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=[
            httpbody_pb2.DESCRIPTOR.name,
            annotations_pb2.DESCRIPTOR.name,
            timestamp_pb2.DESCRIPTOR.name,
        ],
        message_type=[
            thing_message(),
            message(
                "MakeThingRequest",
                field("shelf", 1, FIELD.TYPE_STRING),
                field("display_name", 2, FIELD.TYPE_STRING),
                field("weight", 3, FIELD.TYPE_INT32),
                document,
            ),
            message("FindThingRequest", field("display_name", 1, FIELD.TYPE_STRING)),
        ],
    )
    color = made.enum_type.add(name="Color")
    for number, name in enumerate(("COLOR_UNSPECIFIED", "RED", "GREEN")):
        color.value.add(name=name, number=number)
    post = {
        "post": "/v1/things",
        "body": "document",
        "additional_bindings": [
            http_pb2.HttpRule(post="/v1/shelves/{shelf}:make", body="document")
        ],
    }
    made.service.add(
        name="ProbeService",
        method=[
            rpc("MakeThing", post, "MakeThingRequest"),
            rpc("FindThing", {"get": "/v1/things/{display_name}"}, "FindThingRequest"),
            rpc("PostForm", {"post": "/form", "body": "document"}, "MakeThingRequest"),
            rpc("Inside", None, "FindThingRequest"),
            rpc("ListThings", None, "FindThingRequest", server_streaming=True),
            rpc("Echo", None, "Thing", client_streaming=True, server_streaming=True),
        ],
    )
    return made


@pytest.fixture(scope="session")
def probe() -> SimpleNamespace:
    """The made-up contract: message classes by name, and its service descriptor."""
    pool = descriptor_pool.Default()
    pool.Add(probe_file())
    file = pool.FindFileByName("servicekit/probe.proto")
    classes = {
        name: message_factory.GetMessageClass(descriptor)
        for name, descriptor in file.message_types_by_name.items()
    }
    return SimpleNamespace(**classes, service=file.services_by_name["ProbeService"])


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Any:
    names = ("probe", "edge", "bank-adapter", "client/erp", "client/other", "operator/jane")
    return issue_test_pki(tmp_path_factory.mktemp("pki"), names)


@pytest.fixture(scope="session")
def mariadb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """A function that names an empty schema on a real MariaDB."""
    try:
        with mariadb_server(tmp_path_factory.mktemp("mariadb")) as new_url:
            yield new_url
    except MariaDBMissingError as error:
        pytest.fail(str(error))


@pytest.fixture(params=["sqlite", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once on each product."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    new_url: Callable[[], str] = request.getfixturevalue("mariadb_url")
    return new_url()
