//! The contract as an OpenAPI 3.1 document, for tools that read one.
//!
//! It says in JSON Schema what JSON Schema can say, with the rule beside it as `x-rule` or `x-rules`. What
//! it cannot say (bytes of a text, one number above another) stands in the description. What binds
//! nobody, because only the real service shows it, is marked `x-undocumented`.

mod schema;

use serde_json::{Value, json};

use self::schema::{Components, View};
use super::{Endpoint, Signature, Thing};

/// The document.
pub fn document() -> Value {
    let mut components = Components::default();
    let mut paths = serde_json::Map::new();
    for endpoint in Endpoint::ALL {
        let signature = endpoint.signature();
        let method = signature.method.as_str().to_lowercase();
        let operation = operation(endpoint, &mut components);
        paths.insert(format!("/{}", signature.path), json!({ method: operation }));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Databricks Jobs API",
            "version": "2.0",
            "description": "What the public document of the Jobs API 2.0 promises, as far as it can \
                be said here. Exported by jobdeck from its tables.",
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{
            "url": "https://{workspace}/api/2.0",
            "variables": {"workspace": {"default": "workspace.test"}},
        }],
        "security": [{"token": []}, {"netrc": []}],
        "paths": paths,
        "components": {
            "schemas": components.into_schemas(),
            "responses": {
                "Invalid": error("An argument is invalid, and nothing has changed."),
                "Refused": error("The request is refused, and nothing has changed."),
                "TooManyRuns": error("The workspace runs as much as it may; the run is not started."),
                "Failed": error("The service failed. Try again for ten minutes, at least 30 s apart."),
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "netrc": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The user `token`, with the token as its password.",
                },
            },
        },
    })
}

fn operation(endpoint: Endpoint, components: &mut Components) -> Value {
    let signature = endpoint.signature();
    let request = components.reference(signature.request, View::Sent);
    let response = components.reference(signature.response, View::told(signature.response));
    let mut operation = json!({
        "operationId": signature.name,
        "summary": signature.about,
        "x-section": signature.section,
    });
    if signature.method == http::Method::GET {
        // OpenAPI has no place for what holds between parameters.
        if !signature.request.constraints.is_empty() {
            let place = format!("The parameters together keep `{}`.", signature.request.name);
            operation["description"] = place.into();
        }
        operation["parameters"] = parameters(signature, components);
    } else {
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": request}}});
    }
    operation["responses"] = json!({
        "200": {
            "description": signature.response.about,
            "content": {"application/json": {"schema": response}},
        },
        "4XX": {"$ref": "#/components/responses/Refused"},
        "5XX": {"$ref": "#/components/responses/Failed"},
    });
    if let Some(status) = signature.invalid_status {
        operation["responses"][status.to_string()] =
            json!({"$ref": "#/components/responses/Invalid"});
    }
    if endpoint.effect().makes.contains(&Thing::Run) {
        operation["responses"]["429"] = json!({"$ref": "#/components/responses/TooManyRuns"});
    }
    operation
}

fn parameters(signature: &Signature, components: &mut Components) -> Value {
    let parameters = signature.request.fields.iter().map(|field| {
        json!({
            "name": field.name,
            "in": "query",
            "required": field.required.is_some(),
            "schema": components.field(field, View::Sent),
        })
    });
    parameters.collect()
}

/// The form of errors, which the document does not tell and the real service shows.
fn error(description: &str) -> Value {
    json!({
        "description": description,
        "content": {"application/json": {"schema": {
            "type": "object",
            "properties": {
                "error_code": {"type": ["string", "integer"]},
                "message": {"type": "string"},
            },
            "x-rule": "http/schema/error-envelope",
        }}},
    })
}
