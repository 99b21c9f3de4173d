//! What has to hold whatever comes from outside. The fuzz targets call these with what the fuzzer makes up,
//! the ordinary tests with the committed seeds.

use bytes::Bytes;
use jobdeck::{
    call,
    cassette::{Cassette, Policy, har, show},
    compare::compare,
    contract::Endpoint,
    exchange::{Body, Handler, Request},
    replay::{Options, Replayer},
    validate,
};

/// A file is refused, or it is a cassette that comes back as it was from its own text, differs from itself in
/// nothing, and shows nothing that steers a terminal.
pub fn cassette_load(bytes: &[u8]) {
    let Ok(cassette) = Cassette::parse(bytes, "fuzz") else { return };
    let again =
        Cassette::parse(cassette.to_text().as_bytes(), "fuzz").expect("its own text is sound");
    assert_eq!(again.exchanges, cassette.exchanges);
    assert_eq!(again.to_text(), cassette.to_text());
    let comparison = compare(&cassette, &again);
    assert!(comparison.is_same(), "{comparison}");
    let table = show::table(&cassette, 80);
    assert!(!table.contains(|letter: char| letter.is_control() && letter != '\n'));
}

/// A file is refused, or it is an archive whose cassette comes back as it was by way of another archive.
pub fn har_import(bytes: &[u8]) {
    let as_it_is = har::Options {
        policy: Policy { off: true, ..Policy::default() },
        ..har::Options::default()
    };
    for options in [har::Options::default(), as_it_is.clone()] {
        let Ok(imported) = har::import(bytes, "fuzz", &options) else { continue };
        let text = har::export(&imported.cassette).expect("a cassette can be written");
        let again =
            har::import(text.as_bytes(), "fuzz", &as_it_is).expect("its own archive is one");
        assert_eq!(again.cassette, imported.cassette);
    }
}

/// Any sequence of requests (a line each: method, target, body) gets a miss or a recorded status, and the
/// same answers from a fresh replayer.
pub fn request_match(bytes: &[u8]) {
    let tape = include_bytes!("../cassettes/quickstart.json");
    let cassette = Cassette::parse(tape, "quickstart").expect("a committed cassette is sound");
    let recorded: Vec<u16> =
        cassette.exchanges.iter().filter_map(|e| e.response.as_ref().map(|r| r.status)).collect();
    let play = || {
        let mut replayer = Replayer::new(cassette.clone(), Options::default());
        requests(bytes).map(|request| replayer.answer(&request, 0).response).collect::<Vec<_>>()
    };
    let answers = play();
    assert!(
        answers.iter().all(|a| a.status == 424 || a.status == 404 || recorded.contains(&a.status))
    );
    assert_eq!(answers, play());
}

/// Arguments read from any body can be judged; judging says where, and the same each time.
pub fn validate(bytes: &[u8]) {
    for endpoint in Endpoint::ALL {
        let signature = endpoint.signature();
        let mut request =
            Request::new(signature.method.clone(), format!("/api/2.0/{}", signature.path));
        request.body = Body::Whole(Bytes::copy_from_slice(bytes));
        let Ok(call) = call::read(&request) else { continue };
        let findings = validate::arguments(endpoint, &call.arguments);
        assert_eq!(findings, validate::arguments(endpoint, &call.arguments));
        // What is read once is in its one form: it reads as itself.
        request.body =
            Body::Whole(serde_json::to_vec(&call.arguments).expect("a map is JSON").into());
        assert_eq!(call::read(&request).expect("a map is a call").arguments, call.arguments);
    }
}

fn requests(bytes: &[u8]) -> impl Iterator<Item = Request> {
    bytes.split(|byte| *byte == b'\n').filter_map(|line| {
        let mut words = line.splitn(3, |byte| *byte == b' ');
        let method = http::Method::from_bytes(words.next()?).ok()?;
        let target = String::from_utf8(words.next()?.to_vec()).ok()?;
        let mut request = Request::new(method, target);
        request.body = Body::Whole(Bytes::copy_from_slice(words.next().unwrap_or_default()));
        Some(request)
    })
}
