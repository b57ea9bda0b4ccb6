"""Which fields of a request may come from where, read from the annotation."""

from types import SimpleNamespace
from typing import Any

import pytest
from google.api import annotations_pb2, http_pb2, httpbody_pb2
from google.protobuf import descriptor_pb2, descriptor_pool
from servicekit.http_binding import BindingError, read_binding

STRING = descriptor_pb2.FieldDescriptorProto.TYPE_STRING
MESSAGE = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE


def method(**rule: Any) -> Any:
    """The only method of a made-up file, published by `rule`."""
    file = descriptor_pb2.FileDescriptorProto(
        name="binding.proto",
        package="b",
        syntax="proto3",
        dependency=[httpbody_pb2.DESCRIPTOR.name, annotations_pb2.DESCRIPTOR.name],
    )
    request = file.message_type.add(name="Request")
    request.field.add(name="name", number=1, type=STRING, label=1)
    request.field.add(
        name="document", number=2, type=MESSAGE, label=1, type_name=".google.api.HttpBody"
    )
    added = file.service.add(name="S").method.add(
        name="M", input_type=".b.Request", output_type=".b.Request"
    )
    added.options.Extensions[annotations_pb2.http].CopyFrom(http_pb2.HttpRule(**rule))
    pool = descriptor_pool.DescriptorPool()
    default = descriptor_pool.Default()
    for needed in (
        "google/protobuf/any.proto",
        "google/protobuf/descriptor.proto",
        "google/api/http.proto",
        annotations_pb2.DESCRIPTOR.name,
        httpbody_pb2.DESCRIPTOR.name,
    ):
        pool.AddSerializedFile(default.FindFileByName(needed).serialized_pb)
    pool.Add(file)
    return pool.FindServiceByName("b.S").methods_by_name["M"]


def test_every_path_of_the_annotation_is_read(probe: SimpleNamespace):
    binding = read_binding(probe.service.methods_by_name["MakeThing"])
    assert binding.published
    assert binding.path_fields == {"shelf"}
    assert not binding.query_allowed


def test_get_allows_a_query(probe: SimpleNamespace):
    assert read_binding(probe.service.methods_by_name["FindThing"]).query_allowed


def test_method_without_annotation_is_not_published(probe: SimpleNamespace):
    binding = read_binding(probe.service.methods_by_name["Inside"])
    assert (binding.published, binding.query_allowed, binding.path_fields) == (
        False,
        False,
        frozenset(),
    )


@pytest.mark.parametrize("path", ["/v1/{name}", "/v1/{name=things/*}:act", "/v1/{name=**}"])
def test_path_variable_is_found_in_every_spelling(path: str):
    assert read_binding(method(post=path, body="document")).path_fields == {"name"}


@pytest.mark.parametrize(
    "rule",
    [
        {"post": "/v1/x", "body": "*"},
        {"post": "/v1/x", "body": "name"},
        {"post": "/v1/x"},
        {"get": "/v1/x"},
        {"post": "/v1/{name.part}", "body": "document"},
        {"custom": http_pb2.CustomHttpPattern(kind="LIST", path="/v1/x"), "body": "*"},
        {
            "post": "/v1/x",
            "body": "document",
            "additional_bindings": [http_pb2.HttpRule(post="/v1/y", body="*")],
        },
        {
            "post": "/v1/x",
            "body": "document",
            "additional_bindings": [http_pb2.HttpRule(get="/v1/y", body="document")],
        },
    ],
    ids=str,
)
def test_binding_that_would_mix_sources_is_refused(rule: dict[str, Any]):
    with pytest.raises(BindingError):
        read_binding(method(**rule))
