//! Recorders that are killed: nothing that a client had for a second is lost, and nothing older is harmed.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    deck::{Deck, jobdeck, output},
    http::call,
};

/// How long a response may have been with the client before its exchange has to be on the disk.
const LOSS_WINDOW: Duration = Duration::from_secs(1);

fn record(cassette: &Path) -> Deck {
    Deck::start([
        "record".as_ref(),
        cassette.as_os_str(),
        "--upstream".as_ref(),
        "workspace".as_ref(),
    ])
}

/// Asks one question after the other, until the deck goes away. Calls `answered` with the number of each that
/// was answered whole.
fn ask_on(url: &str, next: &AtomicU32, answered: &impl Fn(u32)) {
    let token = "authorization: Bearer client-token-0123456789\r\n";
    loop {
        let number = next.fetch_add(1, Ordering::SeqCst);
        let target = format!("/api/2.0/jobs/get?job_id={number}");
        let answer = crate::http::send(url, "GET", &target, token, "");
        // A body that breaks off is no JSON.
        if !answer.is_ok_and(|(_, body)| serde_json::from_str::<Value>(&body).is_ok()) {
            return;
        }
        answered(number);
    }
}

/// Has four clients ask until the deck goes away, which `end` sees to.
fn under_load(url: &str, answered: impl Fn(u32) + Sync, end: impl FnOnce()) {
    let next = AtomicU32::new(1);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| ask_on(url, &next, &answered));
        }
        end();
    });
}

/// Puts a recorder under load and kills it in the middle. Gives the numbers of the requests that it must
/// not have lost.
fn kill_under_load(deck: Deck) -> BTreeSet<u32> {
    let url = deck.url.clone();
    let answers = Mutex::new(Vec::new());
    let mut killed = Instant::now();
    let answered = |number| answers.lock().unwrap().push((number, Instant::now()));
    under_load(&url, answered, || {
        let started = Instant::now();
        while started.elapsed() < LOSS_WINDOW * 2 {
            call(&url, "GET", "/api/2.0/jobs/list", "");
        }
        killed = Instant::now();
        deck.kill();
    });
    let answers = answers.into_inner().unwrap().into_iter();
    answers.filter(|(_, at)| killed - *at > LOSS_WINDOW).map(|(number, _)| number).collect()
}

/// The numbers that clients had an answer to, when something is done to the deck behind so many answers.
fn answered_until(deck: Deck, count: usize, end: impl FnOnce(Deck)) -> BTreeSet<u32> {
    let url = deck.url.clone();
    let answers = Mutex::new(BTreeSet::new());
    let (enough, is_enough) = mpsc::channel();
    let answered = |number| {
        let mut answers = answers.lock().unwrap();
        answers.insert(number);
        if answers.len() == count {
            enough.send(()).unwrap();
        }
    };
    under_load(&url, answered, || {
        is_enough.recv().unwrap();
        end(deck);
    });
    answers.into_inner().unwrap()
}

fn numbers(cassette: &Path) -> BTreeSet<u32> {
    let text = fs::read_to_string(cassette).unwrap();
    let target = regex::Regex::new(r"/api/2\.0/jobs/get\?job_id=(\d+)").unwrap();
    target.captures_iter(&text).map(|found| found[1].parse().unwrap()).collect()
}

#[test]
fn what_clients_had_for_a_second_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let deck = record(&cassette);
    call(&deck.url, "GET", "/api/2.0/jobs/list", "");
    assert_eq!(deck.stop().code, Some(0));
    let older = fs::read(&cassette).unwrap();

    // `cassette recover` brings it back, beside the older one.
    let kept = kill_under_load(record(&cassette));
    assert!(kept.len() > 100, "too little load to tell: {}", kept.len());
    let recover = output(jobdeck(["cassette", "recover"]).arg(&cassette));
    assert!(recover.status.success(), "{recover:?}");
    let recovered = folder.path().join("x.recovered.json");
    assert_eq!(String::from_utf8_lossy(&recover.stdout).trim(), recovered.to_str().unwrap());
    assert!(numbers(&recovered).is_superset(&kept));
    assert_eq!(fs::read(&cassette).unwrap(), older);
    let verify = output(jobdeck(["cassette", "verify"]).args([&cassette, &recovered]));
    assert!(verify.status.success(), "{verify:?}");
    fs::remove_file(&recovered).unwrap();

    // So does the next recording, before it starts.
    let kept = kill_under_load(record(&cassette));
    let next = record(&cassette);
    assert!(numbers(&recovered).is_superset(&kept));
    assert_eq!(fs::read(&cassette).unwrap(), older);
    let ended = next.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("x.recovered.json"), "{}", ended.stderr);
    // It kept nothing, so it replaced nothing.
    assert_eq!(fs::read(&cassette).unwrap(), older);
}

#[test]
fn a_stop_under_load_keeps_just_what_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let answered = answered_until(record(&cassette), 200, |deck| {
        let ended = deck.stop();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(!ended.stderr.contains("of them"), "{}", ended.stderr);
    });
    assert_eq!(numbers(&cassette), answered);
}

/// What a durable recorder that is killed behind so many answers leaves to be recovered.
#[track_caller]
fn check_kill(folder: &Path, older: &[u8], count: usize) {
    let cassette = folder.join("x.json");
    let mut command = jobdeck(["record".as_ref(), cassette.as_os_str()]);
    command.args(["--upstream", "workspace", "--durable"]);
    let answered = answered_until(Deck::start_with(command), count, Deck::kill);
    let recover = output(jobdeck(["cassette", "recover"]).arg(&cassette));
    assert!(recover.status.success(), "{count}: {recover:?}");
    let recovered = folder.join("x.recovered.json");
    assert!(numbers(&recovered).is_superset(&answered), "{count}");
    let verify = output(jobdeck(["cassette", "verify"]).arg(&recovered));
    assert!(verify.status.success(), "{count}: {verify:?}");
    fs::remove_file(recovered).unwrap();
    assert_eq!(fs::read(cassette).unwrap(), older, "{count}");
}

#[test]
#[ignore = "half a minute; .ci/run asks for it"]
fn a_hundred_kills_lose_nothing_that_was_to_be_durable() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let deck = record(&cassette);
    call(&deck.url, "GET", "/api/2.0/jobs/list", "");
    assert_eq!(deck.stop().code, Some(0));
    let older = fs::read(&cassette).unwrap();
    // Moments without a pattern, the same each time: what comes of them differs with every run anyway.
    let mut moment = 1_u32;
    for _ in 0..100 {
        moment = moment.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        check_kill(folder.path(), &older, 1 + usize::from(moment.to_be_bytes()[0]));
    }
}

#[test]
fn two_recorders_do_not_share_a_cassette() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let first = record(&cassette);
    let mut second = jobdeck(["record".as_ref(), cassette.as_os_str()]);
    let second = output(second.args(["--upstream", "workspace", "--listen", "127.0.0.1:0"]));
    assert_eq!(second.status.code(), Some(4), "{second:?}");
    call(&first.url, "GET", "/api/2.0/jobs/list", "");
    assert_eq!(first.stop().code, Some(0));
}

#[test]
fn a_damaged_journal_is_moved_aside_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    fs::write(folder.path().join("x.json.partial"), [0; 4096]).unwrap();
    let deck = record(&cassette);
    call(&deck.url, "GET", "/api/2.0/jobs/list", "");
    let ended = deck.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("x.json.partial.damaged"), "{}", ended.stderr);
    assert_eq!(fs::read(folder.path().join("x.json.partial.damaged")).unwrap(), [0; 4096]);
}
