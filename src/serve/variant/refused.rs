//! Refusals in another form. The document asks for a status in few places, and for no form.

use serde_json::json;

use super::Variant;
use crate::{
    contract::Endpoint,
    exchange::Response,
    serve::{
        Workspace,
        refusal::{Code, Refusal},
    },
};

impl Workspace {
    /// The response that tells a refusal to who called this endpoint, if it was one.
    pub(in crate::serve) fn refused_as_variant(
        &self,
        mut refusal: Refusal,
        endpoint: Option<Endpoint>,
    ) -> Response {
        // There the document names the status of an answer to what is invalid.
        let settled = endpoint.is_some_and(|one| one.signature().invalid_status.is_some());
        refusal.message = self.options.ids.in_words(&refusal.message);
        if self.varies(Variant::NotFound404) && refusal.code == Code::Unknown && !settled {
            (refusal.status, refusal.code) = (404, Code::Word("RESOURCE_DOES_NOT_EXIST"));
        }
        if !self.varies(Variant::OtherErrors) {
            return refusal.into();
        }
        // Who sends what is no JSON should be told 400.
        let malformed = refusal.code == Code::Word("MALFORMED_REQUEST");
        if refusal.status == 400 && !settled && !malformed {
            refusal.status = 422;
        }
        let reason = refusal.code.word().map_or("denied".to_owned(), str::to_lowercase);
        let body = json!({"error": {"reason": reason, "detail": refusal.message}});
        let Response { status, headers, .. } = refusal.into();
        Response { headers, ..Response::json(status, body.to_string()) }
    }
}
