//! The law of moved times: one offset for all moments of a cassette, and everything else byte for byte.

use std::cell::Cell;

use jobdeck::{
    exchange::{Body, Handler as _, Request, Response},
    replay::{Options, Recording, Replayer},
    serve,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::scripts::{hold, played, scripts};

/// The moments in an answer that tell when something was.
fn moments<'a>(request: &Request, answer: &'a mut Value) -> Vec<&'a mut Value> {
    let path = request.path().rsplit_once("/jobs/").map_or("", |(_, path)| path);
    let objects: Vec<&mut Value> = match path {
        "get" | "runs/get" => vec![answer],
        "runs/get-output" => answer.get_mut("metadata").into_iter().collect(),
        "list" | "runs/list" => {
            let name = if path == "list" { "jobs" } else { "runs" };
            answer.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten().collect()
        }
        _ => Vec::new(),
    };
    let fields = objects.into_iter().filter_map(Value::as_object_mut).flatten();
    let is_moment = |name: &str| ["created_time", "start_time", "end_time"].contains(&name);
    let moments = fields.filter(|(name, _)| is_moment(name)).map(|(_, value)| value);
    // 0 stands for a moment that has not come.
    moments.filter(|value| value.as_i64().is_some_and(|moment| moment != 0)).collect()
}

/// A body as some service might write it: with fields that only look like moments, and laid out or not.
fn written(mut answer: Value, is_laid_out: bool) -> String {
    if let Value::Object(fields) = &mut answer {
        let note =
            json!({"start_time": 7, "runs": [{"end_time": 8}], "text": "\"start_time\":9\u{e9}"});
        fields.insert("note".to_owned(), note);
    }
    let written = if is_laid_out {
        serde_json::to_string_pretty(&answer)
    } else {
        serde_json::to_string(&answer)
    };
    written.unwrap()
}

fn text(response: &Response) -> &str {
    std::str::from_utf8(response.body.bytes()).unwrap()
}

#[test]
fn one_offset_moves_all_moments_and_nothing_else() {
    let moved = Cell::new(0);
    let worlds = (scripts(), any::<bool>(), 0..4_000_000_000_000_000_u64);
    hold(300, &worlds, |(scripts, is_laid_out, began_us)| {
        let mut exchanges = scripts.recording(serve::Options::default());
        for response in exchanges.iter_mut().filter_map(|exchange| exchange.response.as_mut()) {
            let answer = serde_json::from_slice(response.body.bytes()).unwrap();
            response.body = Body::Whole(written(answer, is_laid_out).into());
        }
        let taped = Recording { exchanges, began_us, ..Recording::default() };
        let mut plain = Replayer::new(taped.clone(), Options::default());
        let options = Options { shift_times: true, ..Options::default() };
        let mut shifted = Replayer::new(taped, options);
        let (mut by_ms, mut wrong) = (None, Vec::new());
        played(scripts.others("live"), |_, request, now_us| {
            let recorded = plain.answer(request, now_us).response;
            let response = shifted.answer(request, now_us).response;
            if recorded.status == 424 {
                return response;
            }
            // The first answer says how long ago the recording began.
            let by_ms = *by_ms
                .get_or_insert((now_us / 1000).cast_signed() - (began_us / 1000).cast_signed());
            let mut expected: Value = serde_json::from_str(text(&recorded)).unwrap();
            for moment in moments(request, &mut expected) {
                *moment = (moment.as_i64().unwrap() + by_ms).into();
                moved.set(moved.get() + 1);
            }
            let expected = if is_laid_out {
                serde_json::to_string_pretty(&expected)
            } else {
                serde_json::to_string(&expected)
            };
            let expected = Response { body: Body::Whole(expected.unwrap().into()), ..recorded };
            if response != expected {
                wrong.push(format!(
                    "{}\ngot {}\nnot {}",
                    request.target,
                    text(&response),
                    text(&expected)
                ));
            }
            response
        });
        prop_assert!(wrong.is_empty(), "{}", wrong[0]);
        Ok(())
    });
    assert!(moved.get() > 1_000, "{} moments are too few", moved.get());
}
