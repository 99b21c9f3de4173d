//! Recordings from the journal to the loaded cassette, and every kind of damage between.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::mpsc,
};

use proptest::prelude::*;
use tempfile::TempDir;

use super::{
    Cassette, Journal, Keep, Mode, Options, Policy, Redactor, file, journal::Room, recover, reseal,
    scan, verify,
};
use crate::{
    error::{Error, Kind},
    exchange::{Body, Exchange, Headers, Outcome, Request, Response},
};

pub(super) fn exchange(seq: u64, request: Request, response: Response) -> Exchange {
    Exchange {
        seq,
        connection: 1,
        at_us: seq * 1000,
        first_byte_us: Some(310),
        took_us: 544,
        request,
        response: Some(response),
        redacted: Vec::new(),
        outcome: Outcome::Complete,
        weather: None,
    }
}

/// A recording of these exchanges, as they are.
pub(super) fn cassette(exchanges: Vec<Exchange>) -> Cassette {
    Cassette {
        recorded: "2026-11-23T10:00:00Z".to_owned(),
        upstream: "https://host-1.jobdeck.invalid".to_owned(),
        redaction: Redactor::new(Policy::default(), "").redaction(),
        volatile: Vec::new(),
        exchanges,
        sha256: String::new(),
    }
}

pub(super) fn post(target: &str, body: &str) -> Request {
    let mut request = Request::new(http::Method::POST, target);
    request.headers.push("content-type", "application/json");
    request.body = Body::Whole(body.to_owned().into());
    request
}

fn run_now() -> Exchange {
    let mut request = post("/api/2.0/jobs/run-now", r#"{"job_id": 1, "idempotency_token": "a1"}"#);
    request.headers.push("authorization", "Bearer dapi0123456789abcdef0123456789abcdef");
    exchange(1, request, Response::json(200, r#"{"run_id":452,"number_in_job":1.50}"#))
}

fn get(seq: u64) -> Exchange {
    let request = Request::new(http::Method::GET, format!("/api/2.0/jobs/runs/get?run_id={seq}"));
    exchange(seq, request, Response::json(200, format!("{{\"run_id\":{seq}}}")))
}

fn options() -> Options {
    Options {
        mode: Mode::All,
        recorded: "2026-11-23T10:00:00Z".to_owned(),
        upstream: "https://adb-42.7.azuredatabricks.net".to_owned(),
        volatile: Vec::new(),
        policy: Policy::default(),
        durable: false,
        queue_bytes_max: 1 << 20,
        watch: None,
        times: super::Times::Keep,
    }
}

fn unredacted() -> Options {
    Options { policy: Policy { off: true, ..Policy::default() }, ..options() }
}

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.json");
    (directory, path)
}

fn record(path: &Path, options: Options, exchanges: &[Exchange]) -> super::Finished {
    let journal = Journal::create(path, options).unwrap();
    for exchange in exchanges {
        journal.append(exchange.clone()).unwrap();
    }
    journal.finish(Keep::Seal).unwrap()
}

fn sealed() -> String {
    let (_directory, path) = place();
    record(&path, options(), &[get(2), run_now()]);
    fs::read_to_string(path).unwrap()
}

fn told(error: &Error) -> String {
    format!("{error}\n{}", error.next_step().unwrap_or("-"))
}

#[test]
fn is_made_to_be_read() {
    insta::assert_snapshot!(sealed());
}

#[test]
fn is_in_the_order_of_arrival() {
    let cassette = Cassette::parse(sealed().as_bytes(), "a.json").unwrap();
    let order: Vec<u64> = cassette.exchanges.iter().map(|exchange| exchange.seq).collect();
    assert_eq!(order, [1, 2]);
    assert_eq!(cassette.upstream, "https://host-1.jobdeck.invalid");
    assert_eq!(cassette.to_text(), sealed());
}

#[test]
fn may_be_laid_out_anew_but_not_changed() {
    let text = sealed();
    let sha256 = Cassette::parse(text.as_bytes(), "a.json").unwrap().sha256;
    let bare = crate::json::Layout::Compact.apply(&text);
    let wide = crate::json::Layout::Indented { width: 7, newline: true }.apply(&text);
    for other in [text.replace('\n', "\r\n"), bare, wide, format!("\u{feff}{text}")] {
        assert_eq!(Cassette::parse(other.as_bytes(), "a.json").unwrap().sha256, sha256);
    }
    // The seal may stand anywhere.
    let body = text.split_once("\n  \"seal\": ").unwrap();
    let moved = format!(
        "{{\"seal\": {}, {}}}",
        body.1.trim_end().strip_suffix('}').unwrap(),
        body.0.trim_start_matches('{').trim_end_matches(',')
    );
    assert_eq!(Cassette::parse(moved.as_bytes(), "a.json").unwrap().sha256, sha256);
}

#[test]
fn tells_every_kind_of_damage() {
    let text = sealed();
    let mut all = String::new();
    let mut damage = |name: &str, text: String| {
        let error = Cassette::parse(text.as_bytes(), "a.json").expect_err(name);
        assert_eq!(error.kind(), Kind::Cassette, "{name}");
        all.extend([name, "\n  ", &told(&error).replace('\n', "\n  "), "\n\n"]);
    };
    let put = |from: &str, to: &str| {
        let new = text.replacen(from, to, 1);
        assert_ne!(new, text, "{from}");
        new
    };
    damage("no JSON", "Hello".to_owned());
    damage("empty", String::new());
    damage("cut", text[..text.len() / 2].to_owned());
    damage("changed", put("452", "453"));
    damage("no seal", {
        let (before, _) = text.split_once(",\n  \"seal\"").unwrap();
        format!("{before}\n}}\n")
    });
    damage("another count", put("\"exchanges\": 2", "\"exchanges\": 3"));
    damage("conflict", put("\"took_us\"", "\n<<<<<<< ours\n\"took_us\""));
    damage("newer", put("\"jobdeck\": 1", "\"jobdeck\": 2, \"tapes\": []"));
    damage("unknown key", put("\"headers\"", "\"haeders\""));
    damage("repeated key", put("\"seq\": 1", "\"seq\": 1, \"seq\": 1"));
    damage("repeated seq", put("\"seq\": 2", "\"seq\": 1"));
    damage("no number", put("\"seq\": 2", "\"seq\": \"2\""));
    damage("number beyond all", put("\"seq\": 2", "\"seq\": 18446744073709551615"));
    damage("another format", "{\"log\": {\"version\": \"1.2\"}}".to_owned());
    damage("seal of another type", put("\"seal\": {\"exchanges\": 2, ", "\"seal\": [2], \"x\": {"));
    damage("method", put("\"POST\"", "\"PO ST\""));
    damage("status", put("\"status\": 200", "\"status\": 20"));
    damage("header name", put("\"content-type\"", "\"content type\""));
    damage("header value", put("\"application/json\"", "\"a\\nb\""));
    damage("two bodies", put("\"json\": {", "\"text\": \"\", \"json\": {"));
    damage("style", put("\"spaced\"", "\"sapced\""));
    damage("outcome", put("\"complete\"", "\"compleet\""));
    damage("nesting", put("\"run_id\": 452", &format!("\"run_id\": {}", "[".repeat(200))));
    insta::assert_snapshot!(all);
    let error = Cassette::parse(b"{\n\"a\": \"\xff\"}", "a.json").unwrap_err();
    assert_eq!(error.to_string(), "failed to read cassette `a.json:2`: it is not UTF-8 text");
}

#[test]
fn a_cut_journal_gives_exactly_its_whole_lines() {
    let (_directory, path) = place();
    let partial = file::beside(&path, ".partial");
    let journal = Journal::create(&path, options()).unwrap();
    for exchange in [get(3), run_now(), get(2)] {
        journal.append(exchange).unwrap();
    }
    drop(journal);
    let whole = fs::read(&partial).unwrap();
    for end in 0..=whole.len() {
        fs::write(&partial, &whole[..end]).unwrap();
        let lines = whole[..end].split(|byte| *byte == b'\n').count() - 1;
        // Without a whole exchange, whatever is not the end of a line is damage, and stays.
        if lines < 2 && end > 0 && whole[end - 1] != b'\n' {
            let error = recover(&path, None).unwrap_err();
            assert!(error.to_string().contains("not one whole exchange"), "{error}");
            assert_eq!(fs::read(&partial).unwrap(), whole[..end]);
            continue;
        }
        let recovered = recover(&path, None).unwrap();
        assert!(!partial.exists());
        assert_eq!(
            recovered.as_ref().map_or(0, |found| found.exchanges),
            lines.saturating_sub(1) as u64
        );
        if let Some(recovered) = recovered {
            assert_eq!(recovered.torn, whole[end - 1] != b'\n', "{end}");
            assert_eq!(Cassette::load(&path).unwrap().exchanges.len(), lines - 1);
            fs::remove_file(&path).unwrap();
        }
    }
    assert_eq!(recover(&path, None).unwrap(), None);
}

#[test]
fn garbage_in_a_journal_is_told() {
    let (_directory, path) = place();
    let partial = file::beside(&path, ".partial");
    let journal = Journal::create(&path, options()).unwrap();
    journal.append(get(1)).unwrap();
    drop(journal);
    let mut bytes = fs::read(&partial).unwrap();
    bytes.extend_from_slice(b"\0\0\0\n");
    fs::write(&partial, &bytes).unwrap();
    let error = recover(&path, None).unwrap_err();
    assert_eq!(error.kind(), Kind::Cassette);
    assert!(error.to_string().contains("a.json.partial:3`: expected value"), "{error}");
    // What was recorded is still there.
    assert_eq!(fs::read(&partial).unwrap(), bytes);
}

#[test]
fn recovery_overwrites_nothing() {
    let (_directory, path) = place();
    record(&path, options(), &[get(1)]);
    for name in ["a.recovered.json", "a.recovered-2.json"] {
        let journal = Journal::create(&path, options()).unwrap();
        journal.append(get(7)).unwrap();
        drop(journal);
        let recovered = recover(&path, None).unwrap().unwrap();
        assert!(recovered.path.ends_with(name), "{recovered:?}");
        assert_eq!(Cassette::load(&recovered.path).unwrap().exchanges[0].seq, 7);
    }
    assert_eq!(Cassette::load(&path).unwrap().exchanges[0].seq, 1);
}

#[test]
fn the_next_recording_saves_what_a_crash_left() {
    let (_directory, path) = place();
    drop({
        let journal = Journal::create(&path, options()).unwrap();
        journal.append(get(1)).unwrap();
        journal
    });
    let error = Cassette::load(&path).unwrap_err();
    assert!(told(&error).contains("jobdeck cassette recover "), "{error}");
    let journal = Journal::create(&path, options()).unwrap();
    let recovered = journal.recovered().cloned().unwrap();
    assert_eq!((recovered.exchanges, recovered.torn), (1, false));
    assert_eq!(Cassette::load(&recovered.path).unwrap().exchanges.len(), 1);
    journal.finish(Keep::Seal).unwrap();
    assert!(recovered.path.exists() && !path.exists());
}

#[test]
fn what_a_crash_left_outlives_the_next_recording() {
    let (_directory, path) = place();
    drop({
        let journal = Journal::create(&path, options()).unwrap();
        journal.append(get(7)).unwrap();
        journal
    });
    let journal = Journal::create(&path, options()).unwrap();
    let recovered = journal.recovered().cloned().unwrap();
    assert!(recovered.path.ends_with("a.recovered.json"), "{recovered:?}");
    journal.append(get(1)).unwrap();
    journal.finish(Keep::Seal).unwrap();
    assert_eq!(Cassette::load(&recovered.path).unwrap().exchanges[0].seq, 7);
    assert_eq!(Cassette::load(&path).unwrap().exchanges[0].seq, 1);
}

#[test]
fn a_start_that_fails_saves_nothing() {
    let (directory, path) = place();
    drop({
        let journal = Journal::create(&path, options()).unwrap();
        journal.append(get(7)).unwrap();
        journal
    });
    fs::write(&path, "{").unwrap();
    let options = Options { mode: Mode::NewEpisodes, ..options() };
    assert!(Journal::create(&path, options).is_err());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}

#[test]
fn a_journal_of_which_nothing_can_be_made_is_moved_aside() {
    let (_directory, path) = place();
    let partial = file::beside(&path, ".partial");
    for name in [".damaged", ".damaged-2"] {
        fs::write(&partial, b"\0\0\0").unwrap();
        let journal = Journal::create(&path, options()).unwrap();
        assert_eq!(fs::read(file::beside(&partial, name)).unwrap(), b"\0\0\0");
        journal.append(get(1)).unwrap();
        assert_eq!(journal.finish(Keep::Seal).unwrap().exchanges, 1);
    }
}

#[test]
fn what_is_no_file_is_no_cassette() {
    let (directory, _) = place();
    let error = Journal::create(directory.path(), options()).unwrap_err();
    assert_eq!(error.kind(), Kind::Environment);
    assert!(error.to_string().contains("no regular file"), "{error}");
    let error = Cassette::load(directory.path()).unwrap_err();
    assert_eq!(error.kind(), Kind::Cassette);
    assert!(error.to_string().contains("no regular file"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_link_leads_to_the_same_journal() {
    let (directory, path) = place();
    record(&path, options(), &[get(1)]);
    let link = directory.path().join("link.json");
    std::os::unix::fs::symlink("a.json", &link).unwrap();
    let first = Journal::create(&path, options()).unwrap();
    let second = Journal::create(&link, options()).unwrap_err();
    assert!(second.to_string().contains("another recording writes it"), "{second}");
    first.finish(Keep::Seal).unwrap();
    assert_eq!(record(&link, options(), &[get(2)]).exchanges, 1);
    assert_eq!(Cassette::load(&path).unwrap().exchanges[0].seq, 2);
    assert!(link.is_symlink());
}

#[test]
fn one_recording_at_a_time() {
    let (_directory, path) = place();
    let first = Journal::create(&path, options()).unwrap();
    let second = Journal::create(&path, options()).unwrap_err();
    let own = format!("another recording writes it (process {})", std::process::id());
    assert!(second.to_string().ends_with(&own), "{second}");
    assert_eq!(second.kind(), Kind::Environment);
    assert!(recover(&path, None).is_err());
    first.finish(Keep::Seal).unwrap();
    Journal::create(&path, options()).unwrap();
}

#[test]
fn a_cassette_is_untouched_until_the_end_and_by_nothing() {
    let (directory, path) = place();
    record(&path, options(), &[get(1)]);
    let before = fs::read(&path).unwrap();
    let finished = record(&path, options(), &[]);
    assert_eq!((finished.path, finished.exchanges), (None, 0));
    let journal = Journal::create(&path, options()).unwrap();
    journal.append(get(2)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
    let finished = journal.finish(Keep::Failed).unwrap();
    assert!(finished.path.unwrap().ends_with("a.failed.json"));
    assert_eq!(fs::read(&path).unwrap(), before);
    let mut names: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["a.failed.json", "a.json"]);
}

#[test]
fn new_episodes_come_behind_the_old() {
    let (_directory, path) = place();
    record(&path, options(), &[run_now()]);
    let journal = Journal::create(&path, Options { mode: Mode::NewEpisodes, ..options() }).unwrap();
    assert_eq!((journal.next_seq(), journal.after_us()), (2, 1544));
    let mut request = post("/api/2.0/jobs/list", "");
    request.headers.push("authorization", "Bearer dapi99999999999999999999999999999999");
    journal.append(exchange(2, request, Response::json(200, "{}"))).unwrap();
    journal.finish(Keep::Seal).unwrap();
    let cassette = Cassette::load(&path).unwrap();
    let credentials: Vec<_> = cassette
        .exchanges
        .iter()
        .map(|e| e.request.headers.get("authorization").unwrap())
        .collect();
    assert_eq!(credentials, ["Bearer token-1", "Bearer token-2"]);
}

#[test]
fn a_durable_exchange_is_in_the_journal_when_append_returns() {
    let (_directory, path) = place();
    let journal = Journal::create(&path, Options { durable: true, ..options() }).unwrap();
    for seq in 1..=3 {
        journal.append(get(seq)).unwrap();
        let text = fs::read_to_string(file::beside(&path, ".partial")).unwrap();
        assert_eq!(text.lines().count() as u64, 1 + seq);
    }
}

#[test]
fn a_small_queue_makes_wait_and_drops_nothing() {
    let (_directory, path) = place();
    let journal = Journal::create(&path, Options { queue_bytes_max: 1, ..options() }).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let journal = &journal;
            scope.spawn(move || {
                for number in 0..50 {
                    journal.append(get(1 + thread * 50 + number)).unwrap();
                }
            });
        }
    });
    assert_eq!(journal.finish(Keep::Seal).unwrap().exchanges, 200);
    assert_eq!(Cassette::load(&path).unwrap().exchanges.len(), 200);
}

#[test]
fn a_hand_edit_is_accepted_by_resealing() {
    let (_directory, path) = place();
    record(&path, options(), &[run_now()]);
    let edited = fs::read_to_string(&path).unwrap().replace("452", "9007199254740993");
    fs::write(&path, edited.replace("        ", "\t")).unwrap();
    assert!(verify(&path).is_err());
    let verified = reseal(&path).unwrap();
    assert_eq!((verified.exchanges, &verified.residues[..]), (1, &[][..]));
    assert_eq!(verify(&path).unwrap(), verified);
    assert_eq!(fs::read_to_string(&path).unwrap().matches("9007199254740993").count(), 1);
    assert_eq!(
        Cassette::load(&path).unwrap().exchanges[0].response.as_ref().unwrap().body.bytes(),
        br#"{"run_id":9007199254740993,"number_in_job":1.50}"#
    );
}

#[test]
fn a_cassette_with_a_credential_does_not_verify() {
    let (_directory, path) = place();
    record(&path, unredacted(), &[run_now()]);
    let residues = verify(&path).unwrap().residues;
    assert_eq!(residues.len(), 1, "{residues:?}");
    assert_eq!(
        residues[0].to_string(),
        "exchange 1, `/request/headers/authorization`: credential-headers"
    );
    record(&path, options(), &[run_now()]);
    assert_eq!(scan(&Cassette::load(&path).unwrap()), []);
}

#[test]
fn an_absent_cassette_is_told() {
    let (_directory, path) = place();
    let error = Cassette::load(&path).unwrap_err();
    assert_eq!(error.kind(), Kind::Cassette);
    assert!(error.to_string().ends_with("no such file"), "{error}");
}

/// More than any test needs.
const ROOM: Room = Room { bytes: u64::MAX, exchanges: usize::MAX };

/// A disk with so much room left.
struct Full {
    file: fs::File,
    room: usize,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.room == 0 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        let written = self.file.write(&bytes[..bytes.len().min(self.room)])?;
        self.room -= written;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl super::journal::Storage for Full {
    fn sync(&mut self) -> std::io::Result<()> {
        self.file.sync_data()
    }
}

#[test]
fn a_full_disk_fails_loudly_and_keeps_what_was_written() {
    let (_directory, path) = place();
    let durable = Options { durable: true, ..options() };
    let journal =
        Journal::with_storage(&path, durable, ROOM, |file| Box::new(Full { file, room: 500 }))
            .unwrap();
    journal.append(get(1)).unwrap();
    for seq in 2..5 {
        let error = journal.append(get(seq)).unwrap_err();
        assert_eq!(error.kind(), Kind::Environment);
        assert!(error.to_string().contains("no storage space"), "{error}");
    }
    let error = journal.finish(Keep::Seal).unwrap_err();
    assert!(error.next_step().unwrap().contains("jobdeck cassette recover "), "{error:?}");
    assert!(!path.exists());
    let recovered = recover(&path, None).unwrap().unwrap();
    assert_eq!((recovered.exchanges, recovered.torn), (1, true));
}

/// A disk that takes nothing until it is let go.
struct Stuck {
    file: fs::File,
    entered: mpsc::Sender<()>,
    leave: mpsc::Receiver<()>,
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // Both fail once the test has let go.
        let _ = self.entered.send(());
        let _ = self.leave.recv();
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl super::journal::Storage for Stuck {
    fn sync(&mut self) -> std::io::Result<()> {
        self.file.sync_data()
    }
}

#[test]
fn what_would_wait_for_the_disk_comes_back_at_once() {
    let (_directory, path) = place();
    let ((entered, is_stuck), (let_go, leave)) = (mpsc::channel(), mpsc::channel());
    let stuck =
        |file| -> Box<dyn super::journal::Storage> { Box::new(Stuck { file, entered, leave }) };
    let one_fits = Options { queue_bytes_max: 1, ..options() };
    let journal = Journal::with_storage(&path, one_fits, ROOM, stuck).unwrap();
    assert_eq!(journal.append_at_once(get(1)).unwrap(), None);
    is_stuck.recv().unwrap();
    // The next one fits into the queue as a rule, unless this machine was slow; then none does.
    let second = journal.append_at_once(get(2)).unwrap();
    assert_eq!(journal.append_at_once(get(3)).unwrap(), Some(get(3)));
    drop((let_go, is_stuck));
    for seq in second.map_or(3, |_| 2)..4 {
        journal.append(get(seq)).unwrap();
    }
    assert_eq!(journal.finish(Keep::Seal).unwrap().exchanges, 3);
}

#[test]
fn a_durable_exchange_is_never_kept_at_once() {
    let (_directory, path) = place();
    let journal = Journal::create(&path, Options { durable: true, ..options() }).unwrap();
    assert_eq!(journal.append_at_once(get(1)).unwrap(), Some(get(1)));
    assert_eq!(journal.finish(Keep::Seal).unwrap().exchanges, 0);
}

#[test]
fn a_recording_ends_loudly_before_it_is_too_large_to_be_read() {
    for room in [Room { exchanges: 2, ..ROOM }, Room { bytes: 1200, ..ROOM }] {
        let (_directory, path) = place();
        let durable = Options { durable: true, ..options() };
        let journal = Journal::with_storage(&path, durable, room, |file| Box::new(file)).unwrap();
        let kept = (1..50).take_while(|seq| journal.append(get(*seq)).is_ok()).count();
        assert!((1..20).contains(&kept), "{kept}");
        let error = journal.append(get(60)).unwrap_err();
        assert!(error.next_step().unwrap().contains("another cassette"), "{error:?}");
        drop(journal);
        let recovered = recover(&path, None).unwrap().unwrap();
        assert_eq!((recovered.exchanges, recovered.torn), (kept as u64, false));
        Cassette::load(&path).unwrap();
    }
}

#[test]
fn a_secret_learned_late_is_taken_out_of_earlier_exchanges() {
    let (_directory, path) = place();
    let early =
        exchange(1, post("/x", r#"{"a":"a-credential-of-length"}"#), Response::json(200, "{}"));
    let late = post("/x", r#"{"client_secret":"a-credential-of-length"}"#);
    record(&path, options(), &[early, exchange(2, late, Response::json(200, "{}"))]);
    let exchanges = Cassette::load(&path).unwrap().exchanges;
    assert_eq!(exchanges[0].request.body.bytes(), br#"{"a":"token-1"}"#);
    assert_eq!(exchanges[0].redacted, ["/request/body/a"]);
}

fn any_body() -> impl Strategy<Value = Body> {
    let json = (crate::json::tests::any_value(), 0..4_u8, any::<bool>()).prop_map(
        |(value, layout, newline)| {
            use crate::json::Layout;
            let layout = match layout {
                0 => Layout::Compact,
                1 => Layout::Spaced,
                width => Layout::Indented { width, newline },
            };
            layout.apply(&value.to_string()).into_bytes()
        },
    );
    let fixed = prop_oneof![
        Just(r#"{"a":1,"a":2,"b":"\u00e9\/\ud800","n":1.0e5,"big":12345678901234567890123}"#),
        Just("null"),
        Just("{\"a\":\n1}"),
        Just(" 1 "),
    ]
    .prop_map(|text| text.as_bytes().to_vec());
    let deep =
        (1..300_usize).prop_map(|n| format!("{}{}", "[".repeat(n), "]".repeat(n)).into_bytes());
    prop_oneof![
        4 => json.prop_map(|bytes| Body::Whole(bytes.into())),
        2 => prop::collection::vec(any::<u8>(), 0..80).prop_map(|bytes| Body::Whole(bytes.into())),
        2 => any::<String>().prop_map(|text| Body::Whole(text.into())),
        1 => fixed.prop_map(|bytes| Body::Whole(bytes.into())),
        1 => deep.prop_map(|bytes| Body::Whole(bytes.into())),
        1 => (any::<u64>(), "[0-9a-f]{64}").prop_map(|(bytes, sha256)| Body::Omitted { bytes, sha256 }),
    ]
}

fn any_headers() -> impl Strategy<Value = Headers> {
    let value = prop::collection::vec(
        any::<u8>().prop_filter("no control character", |b| *b == 9 || (*b >= 32 && *b != 127)),
        0..20,
    );
    prop::collection::vec(("[a-z][a-z0-9-]{0,12}", value), 0..6).prop_map(|fields| {
        let mut headers = Headers::default();
        for (name, value) in fields {
            let value = http::HeaderValue::from_bytes(&value).unwrap();
            headers.append(name.parse().unwrap(), value);
        }
        headers
    })
}

fn any_exchange() -> impl Strategy<Value = Exchange> {
    let request = ("[A-Z]{1,8}", "/[!-~]{0,30}", any_headers(), any_body());
    let response = (100..1000_u16, any_headers(), any_body());
    let times = (any::<u64>(), any::<u64>(), any::<Option<u64>>(), any::<u64>());
    let redacted = prop::collection::vec("(/[a-z~01]{1,5}){1,3}", 0..3);
    (request, prop::option::of(response), times, redacted, 0..Outcome::NAMES.len()).prop_map(
        |(request, response, times, redacted, outcome)| Exchange {
            seq: 0,
            connection: times.0,
            at_us: times.1,
            first_byte_us: times.2,
            took_us: times.3,
            request: Request {
                method: request.0.parse().unwrap(),
                target: request.1,
                headers: request.2,
                body: request.3,
            },
            response: response.map(|(status, headers, body)| Response { status, headers, body }),
            redacted,
            outcome: Outcome::NAMES[outcome].0,
            weather: None,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_recorded_comes_back(mut exchanges in prop::collection::vec(any_exchange(), 1..6)) {
        for (seq, exchange) in (1..).zip(&mut exchanges) {
            exchange.seq = seq;
        }
        let (_directory, path) = place();
        let backwards: Vec<_> = exchanges.iter().rev().cloned().collect();
        record(&path, unredacted(), &backwards);
        let cassette = Cassette::load(&path).unwrap();
        prop_assert_eq!(&cassette.exchanges, &exchanges);
        prop_assert_eq!(cassette.to_text(), fs::read_to_string(&path).unwrap());
    }

    #[test]
    fn no_bytes_make_the_reader_panic(mut bytes: Vec<u8>, at: prop::sample::Index, byte: u8) {
        let _ = Cassette::parse(&bytes, "a.json");
        bytes = sealed().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Cassette::parse(&bytes, "a.json");
    }
}
