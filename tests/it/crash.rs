//! Recorders that are killed: nothing that a client had for a second is lost, and nothing older is harmed.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

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

/// Puts a recorder under load and kills it in the middle. Gives the numbers of the requests that it must
/// not have lost.
fn kill_under_load(deck: Deck) -> BTreeSet<u32> {
    let url = deck.url.clone();
    let next = AtomicU32::new(1);
    let over = AtomicBool::new(false);
    let answered = Mutex::new(Vec::new());
    let killed = thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let target = format!("/api/2.0/jobs/get?job_id={number}");
                    let token = "authorization: Bearer client-token-0123456789\r\n";
                    if crate::http::send(&url, "GET", &target, token, "").is_ok() {
                        answered.lock().unwrap().push((number, Instant::now()));
                    }
                }
            });
        }
        let started = Instant::now();
        while started.elapsed() < LOSS_WINDOW * 2 {
            call(&url, "GET", "/api/2.0/jobs/list", "");
        }
        let killed = Instant::now();
        deck.kill();
        over.store(true, Ordering::SeqCst);
        killed
    });
    let answered = answered.into_inner().unwrap();
    answered
        .into_iter()
        .filter(|(_, at)| killed - *at > LOSS_WINDOW)
        .map(|(number, _)| number)
        .collect()
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
