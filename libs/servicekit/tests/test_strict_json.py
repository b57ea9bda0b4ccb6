"""A client's JSON: what is refused, with which reason and at which path."""

import base64
import json
import math
from types import SimpleNamespace
from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servicekit import limits, strict_json
from servicekit.errors import ServiceError
from servicekit.json_schema import MessageSchema, SchemaError, schema_of

# A busy machine is not a failure.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="session")
def parse_thing(probe: SimpleNamespace) -> Any:
    schema = schema_of(probe.Thing.DESCRIPTOR)

    def parse(document: bytes | str, content_type: str = "application/json") -> Any:
        thing = probe.Thing()
        data = document.encode() if isinstance(document, str) else document
        strict_json.parse(data, content_type, thing, schema)
        return thing

    return parse


def refusal(parse: Any, document: bytes | str, content_type: str = "application/json") -> Any:
    with pytest.raises(ServiceError) as caught:
        parse(document, content_type)
    assert caught.value.code.name == "INVALID_ARGUMENT"
    return caught.value.reason, caught.value.field


def test_every_kind_of_field_is_filled(parse_thing: Any):
    thing = parse_thing(
        """{"displayName": "Bu\\u0064i \\ud83d\\ude00", "weight": -3, "total": "9007199254740993",
        "isNew": true, "color": "RED", "picture": "aGk=", "ratio": 0.5,
        "madeAt": "2026-11-21T10:00:00.123456+07:00", "innerPart": {"weight": 1},
        "tags": ["a", ""], "parts": [{"weight": 1}, {}], "labels": {"a_b": "x"},
        "email": "a@b", "count": 0, "big": 18446744073709551615}"""
    )
    assert thing.display_name == "Budi \U0001f600"
    assert thing.weight == -3
    assert thing.total == 9007199254740993
    assert thing.is_new
    assert thing.color == 1
    assert thing.picture == b"hi"
    assert thing.ratio == 0.5
    assert thing.made_at.ToMicroseconds() == 1795230000123456
    assert thing.inner_part.weight == 1
    assert list(thing.tags) == ["a", ""]
    assert [part.weight for part in thing.parts] == [1, 0]
    assert dict(thing.labels) == {"a_b": "x"}
    assert thing.email == "a@b"
    assert thing.HasField("count")
    assert thing.big == 2**64 - 1


@pytest.mark.parametrize("document", [b"", b"{}", b" {\n} "])
def test_empty_document_is_an_empty_object(parse_thing: Any, probe: Any, document: Any):
    assert parse_thing(document) == probe.Thing()


def test_empty_inner_object_is_present(parse_thing: Any):
    assert parse_thing('{"innerPart": {}}').HasField("inner_part")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        "application/json; charset=UTF-8",
        'application/json ; charset="utf-8"',
    ],
)
def test_json_content_types_are_accepted(parse_thing: Any, content_type: str):
    assert parse_thing('{"weight": 1}', content_type).weight == 1


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/json",
        "application/jsonp",
        "application/problem+json",
        "application/json; charset=latin-1",
        'application/json; charset="utf-8',
        "application/json; boundary=x",
        "application/json, text/plain",
        "application/json\n",
    ],
)
def test_other_content_types_are_refused(parse_thing: Any, content_type: str):
    assert refusal(parse_thing, "{}", content_type) == ("UNSUPPORTED_CONTENT_TYPE", None)


@pytest.mark.parametrize(
    "document",
    [
        "[]",
        "1",
        '"x"',
        "null",
        "{",
        "{} {}",
        "{'a': 1}",
        '{"weight": 1,}',
        '{"weight": NaN}',
        '{"ratio": Infinity}',
        '{"ratio": -Infinity}',
        '{"ratio": 1e400}',
        '{"weight": 01}',
        '{"weight": +1}',
        '{"displayName": "a\nb"}',
        '{"weight": ' + "9" * 5000 + "}",
        " ",
        "\ufeff{}",
        b'{"displayName": "\xff"}',
        b'{"displayName": "\xed\xa0\x80"}',
        "{}".encode("utf-16"),
        '{"weight": 1} // comment',
    ],
)
def test_what_is_not_one_json_object_is_malformed(parse_thing: Any, document: Any):
    assert refusal(parse_thing, document) == ("MALFORMED_JSON", None)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ('{"amuont": 1}', "amuont"),
        ('{"display_name": "x"}', "display_name"),
        ('{"DisplayName": "x"}', "DisplayName"),
        ('{"displayName ": "x"}', "displayName "),
        ('{"": 1}', ""),
        ('{"innerPart": {"inner_part": {}}}', "innerPart.inner_part"),
        ('{"parts": [{}, {"x": 1}]}', "parts[1].x"),
        ('{"a\\u0000b": 1}', "a\ufffdb"),
    ],
)
def test_unknown_field_is_refused_at_its_path(parse_thing: Any, document: Any, path: str):
    assert refusal(parse_thing, document) == ("UNKNOWN_FIELD", path)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ('{"weight": 1, "weight": 1}', "weight"),
        ('{"weight": 1, "w\\u0065ight": 2}', "weight"),
        ('{"innerPart": {"weight": 1, "weight": 1}}', "innerPart.weight"),
        ('{"innerPart": {}, "innerPart": {}}', "innerPart"),
        ('{"labels": {"a": "1", "\\u0061": "2"}}', "labels.a"),
    ],
)
def test_repeated_key_is_refused_however_it_is_spelt(parse_thing: Any, document: Any, path: str):
    assert refusal(parse_thing, document) == ("REPEATED_FIELD", path)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ('{"weight": null}', "weight"),
        ('{"tags": ["a", null]}', "tags[1]"),
        ('{"labels": {"a": null}}', "labels.a"),
        ('{"weight": 5.0}', "weight"),
        ('{"weight": 5e0}', "weight"),
        ('{"weight": "5"}', "weight"),
        ('{"weight": true}', "weight"),
        ('{"weight": 2147483648}', "weight"),
        ('{"weight": -2147483649}', "weight"),
        ('{"total": 9223372036854775808}', "total"),
        ('{"total": "9223372036854775808"}', "total"),
        ('{"total": "+1"}', "total"),
        ('{"total": "01"}', "total"),
        ('{"total": "-0"}', "total"),
        ('{"total": " 1"}', "total"),
        ('{"total": "1.0"}', "total"),
        ('{"total": "\\u0661"}', "total"),
        ('{"big": -1}', "big"),
        ('{"count": -1}', "count"),
        ('{"isNew": "true"}', "isNew"),
        ('{"isNew": 1}', "isNew"),
        ('{"color": 1}', "color"),
        ('{"color": 99}', "color"),
        ('{"color": "1"}', "color"),
        ('{"color": "red"}', "color"),
        ('{"picture": "a"}', "picture"),
        ('{"picture": "aGk"}', "picture"),
        ('{"picture": "aG k="}', "picture"),
        ('{"ratio": "NaN"}', "ratio"),
        ('{"ratio": "1"}', "ratio"),
        ('{"ratio": true}', "ratio"),
        ('{"displayName": 5}', "displayName"),
        ('{"displayName": {}}', "displayName"),
        ('{"displayName": ["x"]}', "displayName"),
        ('{"displayName": "a\\u0000b"}', "displayName"),
        ('{"displayName": "a\\nb"}', "displayName"),
        ('{"displayName": "a\\u007fb"}', "displayName"),
        ('{"displayName": "a\\u0085b"}', "displayName"),
        ('{"displayName": "\\ud800"}', "displayName"),
        ('{"labels": {"a\\u0000": "x"}}', "labels.a\ufffd"),
        ('{"labels": {"a": 1}}', "labels.a"),
        ('{"labels": []}', "labels"),
        ('{"innerPart": []}', "innerPart"),
        ('{"innerPart": "x"}', "innerPart"),
        ('{"innerPart": {"innerPart": {"weight": "x"}}}', "innerPart.innerPart.weight"),
        ('{"tags": "a"}', "tags"),
        ('{"tags": {}}', "tags"),
        ('{"parts": [1]}', "parts[0]"),
        ('{"madeAt": "2026-11-21"}', "madeAt"),
        ('{"madeAt": 1}', "madeAt"),
        ('{"madeAt": "2026-11-21T10:00:00"}', "madeAt"),
        ('{"email": "a", "phone": "1"}', "phone"),
    ],
)
def test_wrongly_typed_value_is_refused_at_its_path(parse_thing: Any, document: Any, path: str):
    assert refusal(parse_thing, document) == ("INVALID_FIELD", path)


def nested(depth: int) -> str:
    return '{"innerPart":' * (depth - 1) + "{}" + "}" * (depth - 1)


def test_depth_is_limited(parse_thing: Any):
    deepest = limits.DOCUMENT_MAX_DEPTH
    assert parse_thing(nested(deepest)).HasField("inner_part")
    assert refusal(parse_thing, nested(deepest + 1)) == ("MALFORMED_JSON", None)


@pytest.mark.parametrize("document", ["[" * 60_000, '{"a":' * 10_000])
def test_absurd_depth_is_malformed_and_not_a_crash(parse_thing: Any, document: Any):
    assert refusal(parse_thing, document) == ("MALFORMED_JSON", None)


def test_brackets_inside_text_are_not_depth(parse_thing: Any):
    text = '[{\\"' * 50
    assert parse_thing(f'{{"displayName": "{text}"}}').display_name == '[{"' * 50


def test_document_over_the_limit_is_too_large(parse_thing: Any):
    document = b'{"displayName": "' + b"x" * limits.DOCUMENT_MAX_BYTES + b'"}'
    assert refusal(parse_thing, document) == ("BODY_TOO_LARGE", None)


def test_fields_left_out_of_the_schema_are_unknown(probe: Any):
    descriptor = probe.MakeThingRequest.DESCRIPTOR
    schema = MessageSchema(descriptor, without=frozenset({"shelf", "document"}))
    for name in ("shelf", "document"):
        with pytest.raises(ServiceError) as caught:
            strict_json.parse(
                json.dumps({name: {}}).encode(),
                "application/json",
                probe.MakeThingRequest(),
                schema,
            )
        assert (caught.value.reason, caught.value.field) == ("UNKNOWN_FIELD", name)


def test_message_without_a_strict_form_is_refused_when_built():
    with pytest.raises(SchemaError):
        schema_of(struct_pb2.Value.DESCRIPTOR)


# Text that a request may hold: no controls, no halves of surrogate pairs.
clean_text = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)
things = st.deferred(
    lambda: st.fixed_dictionaries(
        {},
        optional={
            "displayName": clean_text,
            "weight": st.integers(-(2**31), 2**31 - 1),
            "total": st.integers(-(2**63), 2**63 - 1).map(str),
            "isNew": st.booleans(),
            "color": st.sampled_from(["RED", "GREEN"]),
            "picture": st.binary(max_size=8).map(lambda raw: base64.b64encode(raw).decode()),
            "ratio": st.floats(allow_nan=False, allow_infinity=False),
            "tags": st.lists(clean_text, max_size=3),
            "labels": st.dictionaries(clean_text, clean_text, max_size=3),
            "innerPart": st.fixed_dictionaries({}, optional={"weight": st.integers(0, 9)}),
        },
    )
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["displayName", "weight", "innerPart", "parts", "labels", "x"]), inner
        )
    ),
    max_leaves=12,
)


@patient
@given(thing=things, spelling=st.sampled_from(["escaped", "plain"]))
def test_sound_document_means_what_protobuf_reads(
    parse_thing: Any, probe: Any, thing: dict[str, Any], spelling: str
):
    document = json.dumps(thing, ensure_ascii=spelling == "escaped")
    expected = json_format.Parse(document, probe.Thing())
    assert parse_thing(document) == expected


@patient
@given(value=anything)
def test_any_json_is_read_or_refused_and_never_crashes(parse_thing: Any, probe: Any, value: Any):
    document = json.dumps(value)
    try:
        thing = parse_thing(document)
    except ServiceError as error:
        assert error.reason in {  # noqa: PT017 - either way is right
            "MALFORMED_JSON",
            "UNKNOWN_FIELD",
            "INVALID_FIELD",
        }
    else:
        # Whatever passes here passes protobuf's parser with the same meaning.
        assert thing == json_format.Parse(document, probe.Thing())


@patient
@given(data=st.binary(max_size=64))
def test_any_bytes_are_read_or_refused_and_never_crash(parse_thing: Any, data: Any):
    try:
        parse_thing(data)
    except ServiceError as error:
        assert error.code.name == "INVALID_ARGUMENT"  # noqa: PT017 - either way is right


@patient
@given(thing=things, data=st.data())
def test_repeating_any_member_is_always_refused(parse_thing: Any, thing: dict[str, Any], data: Any):
    if not thing:
        return
    name = data.draw(st.sampled_from(sorted(thing)))
    again = f", {json.dumps(name)}: {json.dumps(thing[name])}}}"
    document = json.dumps(thing)[:-1] + again
    assert refusal(parse_thing, document) == ("REPEATED_FIELD", name)


def test_largest_double_is_kept(parse_thing: Any):
    assert math.isfinite(parse_thing('{"ratio": 1.7976931348623157e308}').ratio)
