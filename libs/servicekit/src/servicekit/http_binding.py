"""Reads how an RPC is published over REST from its google.api.http annotation.

The edge's transcoder fills a request from the path, the query and the body;
the server must know which fields it may believe to come from where.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import MethodDescriptor

_VARIABLE = re.compile(r"\{([^}=]+)(?:=[^}]*)?\}")
_SIMPLE_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
DOCUMENT = "document"


class BindingError(Exception):
    """The annotation binds something that the server could not tell apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HTTPBinding:
    """The REST side of one RPC, all its bindings taken together.

    published: it has an annotation at all.
    query_allowed: every binding is a GET, so typed fields may come from the query.
    path_fields: proto names of the fields that a path binds.
    """

    published: bool
    query_allowed: bool
    path_fields: frozenset[str]


def read_binding(method: MethodDescriptor) -> HTTPBinding:
    """The binding of a method. Raises BindingError when it is not of our kind.

    Ours: a path binds top-level fields only, and a body is bound to `document`.
    """
    rules = list(_rules(method))
    if not rules:
        return HTTPBinding(published=False, query_allowed=False, path_fields=frozenset())
    fields: set[str] = set()
    verbs: set[str] = set()
    has_document = DOCUMENT in method.input_type.fields_by_name
    for rule in rules:
        verb = rule.WhichOneof("pattern")
        path = rule.custom.path if verb == "custom" else getattr(rule, verb or "")
        verbs.add(verb or "")
        for name in _VARIABLE.findall(path):
            if not _SIMPLE_NAME.match(name):
                raise BindingError(f"{method.full_name}: path variable {name} is not a plain field")
            fields.add(name)
        if rule.body not in ("", DOCUMENT):
            raise BindingError(f"{method.full_name}: body must be bound to {DOCUMENT!r}")
        if has_document and rule.body != DOCUMENT:
            raise BindingError(f"{method.full_name}: {DOCUMENT!r} could be filled from the query")
    if "get" in verbs and len(verbs) > 1:
        raise BindingError(f"{method.full_name}: GET and another verb on one RPC")
    return HTTPBinding(
        published=True, query_allowed=verbs == {"get"}, path_fields=frozenset(fields)
    )


def _rules(method: MethodDescriptor) -> Iterator[http_pb2.HttpRule]:
    # The stubs of the two packages disagree about what an extension is.
    extension: Any = annotations_pb2.http
    options = method.GetOptions()
    if options.HasExtension(extension):
        rule: http_pb2.HttpRule = options.Extensions[extension]
        yield rule
        yield from rule.additional_bindings
