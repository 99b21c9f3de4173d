//! Moments in answers, moved as if the recording had begun when the replay does.

use crate::{
    contract::{Endpoint, Role, Shape, Structure},
    exchange::{Body, Response},
    json::{string_end, value_end},
};

/// By how much moments are moved: one offset for all answers of a cassette.
#[derive(Debug)]
pub(super) enum Shift {
    /// The recording began then, in microseconds since 1970, and nothing has been given yet.
    From(u64),
    /// By so many milliseconds.
    By(i64),
}

impl Shift {
    /// That of a recording which began at a time, in microseconds since 1970.
    pub(super) fn from(began_us: u64) -> Self {
        Self::From(began_us)
    }

    /// The body of an answer of an endpoint with its moments moved; none if it has none. The first answer,
    /// given at `now_us`, decides by how much.
    pub(super) fn moved(
        &mut self,
        endpoint: Endpoint,
        response: &Response,
        now_us: u64,
    ) -> Option<Body> {
        let by_ms = match *self {
            Self::By(by_ms) => by_ms,
            Self::From(began_us) => {
                let by_ms = (now_us / 1000).cast_signed() - (began_us / 1000).cast_signed();
                *self = Self::By(by_ms);
                by_ms
            }
        };
        let Body::Whole(bytes) = &response.body else { return None };
        if !response.is_success() {
            return None;
        }
        // Behind this, every string and bracket has its end, and none nests too deep.
        serde_json::from_slice::<serde::de::IgnoredAny>(bytes).ok()?;
        let mut text = Text { bytes, at: 0, moved: Vec::new(), copied: 0, by_ms };
        text.space();
        if bytes.get(text.at) == Some(&b'{') {
            text.object(endpoint.signature().response);
        }
        text.finish().map(|moved| Body::Whole(moved.into()))
    }
}

/// A JSON text on its way to one with other moments.
struct Text<'a> {
    bytes: &'a [u8],
    at: usize,
    moved: Vec<u8>,
    /// How much of the text stands in `moved`.
    copied: usize,
    by_ms: i64,
}

impl Text<'_> {
    /// Reads over a value, which may have a shape that the contract knows.
    fn value(&mut self, shape: Option<&'static Shape>) {
        self.space();
        match (shape, self.bytes.get(self.at)) {
            (Some(Shape::Structure(structure) | Shape::Patch(structure)), Some(b'{')) => {
                self.object(structure);
            }
            (Some(Shape::List(inner)), Some(b'[')) => self.list(inner),
            _ => self.at = value_end(self.bytes, self.at),
        }
    }

    fn object(&mut self, structure: &'static Structure) {
        while self.step_into(b'}') {
            let end = string_end(self.bytes, self.at);
            let name: Option<String> = serde_json::from_slice(&self.bytes[self.at..end]).ok();
            self.at = end;
            self.space();
            // The colon.
            self.at += 1;
            let field = name.and_then(|name| structure.field(&name));
            match field {
                Some(field) if field.role == Some(Role::Time) => self.moment(),
                _ => self.value(field.map(|field| &field.shape)),
            }
        }
    }

    fn list(&mut self, inner: &'static Shape) {
        while self.step_into(b']') {
            self.value(Some(inner));
        }
    }

    /// From an opening bracket or from behind an item to the next item; false behind the last.
    fn step_into(&mut self, close: u8) -> bool {
        self.space();
        let is_end = self.bytes.get(self.at).is_none_or(|byte| *byte == close);
        self.at += 1;
        self.space();
        let is_empty = !is_end && self.bytes.get(self.at) == Some(&close);
        if is_empty {
            self.at += 1;
        }
        !is_end && !is_empty
    }

    fn moment(&mut self) {
        self.space();
        let start = self.at;
        self.at = value_end(self.bytes, start);
        let written = std::str::from_utf8(&self.bytes[start..self.at]);
        let moment = written.ok().and_then(|text| text.parse::<i64>().ok());
        // 0 is a moment that has not come.
        let Some(moment) = moment.filter(|moment| *moment != 0) else { return };
        self.moved.extend_from_slice(&self.bytes[self.copied..start]);
        self.moved.extend_from_slice(moment.saturating_add(self.by_ms).to_string().as_bytes());
        self.copied = self.at;
    }

    fn space(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn finish(mut self) -> Option<Vec<u8>> {
        if self.copied == 0 {
            return None;
        }
        self.moved.extend_from_slice(&self.bytes[self.copied..]);
        Some(self.moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(endpoint: Endpoint, body: &str, expected: Option<&str>) {
        let response = Response::json(200, body.to_owned());
        let moved = Shift::from(1_000_000).moved(endpoint, &response, 3_000_999);
        assert_eq!(moved, expected.map(|text| Body::Whole(text.to_owned().into())));
    }

    #[test]
    fn the_moments_of_the_contract_move_and_nothing_else() {
        check(
            Endpoint::RunsGet,
            r#"{ "start_time" : 5,"end_time":0, "x":{"start_time":5},"run_duration":9, "t":[{},[]]}"#,
            Some(
                r#"{ "start_time" : 2005,"end_time":0, "x":{"start_time":5},"run_duration":9, "t":[{},[]]}"#,
            ),
        );
        check(
            Endpoint::RunsList,
            r#"{"runs":[{"start_time":5,"setup_duration":7} , {"\u0073tart_time":6}],"has_more":false}"#,
            Some(
                r#"{"runs":[{"start_time":2005,"setup_duration":7} , {"\u0073tart_time":2006}],"has_more":false}"#,
            ),
        );
        check(Endpoint::RunsList, r#"{"runs":[],"start_time":"5"}"#, None);
        check(Endpoint::RunsList, "{}", None);
        check(Endpoint::RunsGet, r#"{"start_time":1.5,"start_time":null}"#, None);
        check(Endpoint::RunsGet, r#"{"start_time":5"#, None);
    }

    #[test]
    fn one_offset_holds_for_all_answers() {
        let mut shift = Shift::from(0);
        let response = Response::json(200, r#"{"start_time":1}"#.to_owned());
        let first = shift.moved(Endpoint::RunsGet, &response, 10_000);
        assert_eq!(shift.moved(Endpoint::RunsGet, &response, 99_000), first);
    }
}
