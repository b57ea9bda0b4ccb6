"""The same API in Swagger 2.0, for tools that read nothing newer.

Power Platform's custom connectors know no client-credentials flow, so the
bearer token is an API key in the header Authorization there. Of several media
types the form wins on the token path: 2.0 has no choice of bodies.
"""

from __future__ import annotations

from typing import Any

FORM_TYPE = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json"
_PLACES = {
    "#/components/schemas/": "#/definitions/",
    "#/components/parameters/": "#/parameters/",
    "#/components/responses/": "#/responses/",
}


def to_swagger(document: dict[str, Any]) -> dict[str, Any]:
    """The Swagger 2.0 document that says what the OpenAPI 3.0 one says."""
    components = document["components"]
    host = document["servers"][0]["variables"]["host"]["default"]
    described = components["securitySchemes"]["clientCredentials"]["description"]
    return {
        "swagger": "2.0",
        "info": document["info"],
        "host": host,
        "basePath": "/",
        "schemes": ["https"],
        "consumes": [JSON_TYPE],
        "produces": [JSON_TYPE],
        "securityDefinitions": {
            "bearer": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": f"`Bearer ` and the token of /oauth2/token. {described}",
            }
        },
        "security": [{"bearer": []}],
        "tags": document["tags"],
        "paths": {
            path: {verb: _operation(operation) for verb, operation in verbs.items()}
            for path, verbs in document["paths"].items()
        },
        "parameters": {
            name: _parameter(parameter) for name, parameter in components["parameters"].items()
        },
        "responses": {
            name: _response(response) for name, response in components["responses"].items()
        },
        "definitions": _moved(components["schemas"]),
    }


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    made = {
        name: value
        for name, value in operation.items()
        if name not in {"parameters", "requestBody", "responses", "security"}
    }
    made["security"] = [{"bearer": []}] if operation["security"] else []
    parameters = [_parameter(parameter) for parameter in operation.get("parameters", [])]
    if body := operation.get("requestBody"):
        if FORM_TYPE in body["content"]:
            made["consumes"] = [FORM_TYPE]
            parameters += _form()
        else:
            schema = _moved(body["content"][JSON_TYPE]["schema"])
            required = body["required"]
            parameters.append(
                {"name": "body", "in": "body", "required": required, "schema": schema}
            )
    if parameters:
        made["parameters"] = parameters
    given = {
        kind for answer in operation["responses"].values() for kind in answer.get("content", ())
    }
    if given - {JSON_TYPE}:
        # Errors are JSON whatever the answer is.
        made["produces"] = sorted({JSON_TYPE, *given})
    made["responses"] = {
        status: _response(response) for status, response in operation["responses"].items()
    }
    return made


def _form() -> list[dict[str, Any]]:
    """The token request's fields."""
    return [
        {
            "name": "grant_type",
            "in": "formData",
            "required": True,
            "type": "string",
            "enum": ["client_credentials"],
        },
        *(
            {"name": name, "in": "formData", "required": False, "type": "string"}
            for name in ("client_id", "client_secret", "scope")
        ),
    ]


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in parameter:
        moved: dict[str, Any] = _moved(parameter)
        return moved
    made = {name: value for name, value in parameter.items() if name != "schema"}
    schema = dict(parameter["schema"])
    schema.pop("example", None)
    if "$ref" in schema:
        # A parameter holds no reference to a schema; the only ones are enums.
        schema = {"type": "string"}
    return {**made, **schema}


def _response(response: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in response:
        moved: dict[str, Any] = _moved(response)
        return moved
    ((_, media),) = response["content"].items()
    made = {"description": response["description"], "schema": _moved(media["schema"])}
    if "example" in media:
        made["examples"] = {JSON_TYPE: media["example"]}
    elif "examples" in media:
        first = next(iter(media["examples"].values()))
        made["examples"] = {JSON_TYPE: first["value"]}
    return made


def _moved(value: Any) -> Any:
    """The value with every reference pointing to where 2.0 keeps it."""
    if isinstance(value, dict):
        return {name: _moved(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner) for inner in value]
    if isinstance(value, str):
        for old, new in _PLACES.items():
            if value.startswith(old):
                return new + value.removeprefix(old)
    return value
