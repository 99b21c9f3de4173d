//! How soon a replay answers, how much memory it takes, and what matching costs, by the size of the cassette.
//!
//! `cargo bench --bench load [-- EXCHANGES…]` (100 to 100,000 if none are named). Each cassette is replayed by a deck
//! in a process of its own, which is asked once; then all its questions are put to it in this process, three
//! times each. It never fails on a number.

#![allow(clippy::print_stdout)] // What it prints is what it is for.

#[allow(dead_code)] // each benchmark takes what it needs
mod parts;

use std::{
    error::Error,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Instant,
};

use jobdeck::{
    cassette::{Cassette, Keep},
    exchange::Handler as _,
    replay::{Options, Replayer},
};

use parts::{answer, deck::Deck, memory::peak_mib, recording};

fn main() -> Result<(), Box<dyn Error>> {
    let mut counts: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    if counts.is_empty() {
        counts = vec![100, 1_000, 10_000, 100_000];
    }
    println!(
        "{:>10} {:>9} {:>14} {:>10} {:>8} {:>13}",
        "exchanges", "file MiB", "first answer", "peak MiB", "of file", "us to match"
    );
    for count in counts {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("bench.json");
        recording::record_all(&path, (1..=count).map(|seq| recording::poll(seq, seq)))?
            .finish(Keep::Seal)?;
        let started = Instant::now();
        let deck = Deck::start_at_large(["replay".as_ref(), path.as_os_str()])?;
        ask(&deck.url)?;
        let first_ms = started.elapsed().as_secs_f64() * 1e3;
        let peak = peak_mib(deck.process.id())?;
        drop(deck);
        let bytes = fs::metadata(&path)?.len();
        let us = matching_us(&path, count)?;
        #[allow(clippy::cast_precision_loss)] // far below 2^52
        let (file, peak) = (bytes as f64 / 1_048_576.0, peak as f64);
        println!(
            "{count:>10} {file:>9.1} {first_ms:>11.0} ms {peak:>10.0} {:>8.2} {us:>13.2}",
            peak / file
        );
    }
    Ok(())
}

/// Asks for the first run over a connection, and reads the head of the answer.
fn ask(url: &str) -> Result<(), Box<dyn Error>> {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {}1 HTTP/1.1\r\nhost: {address}\r\n\r\n", answer::TARGET)?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    if &head == b"HTTP/1.1 200" { Ok(()) } else { Err("the first answer is no 200".into()) }
}

/// How long one question takes, once all were asked.
fn matching_us(path: &std::path::Path, count: u64) -> Result<f64, Box<dyn Error>> {
    let cassette = Cassette::load(path)?;
    let questions: Vec<_> =
        cassette.exchanges.iter().map(|exchange| exchange.request.clone()).collect();
    let mut replayer = Replayer::new(cassette, Options::default());
    let mut us = f64::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        for question in &questions {
            if replayer.answer(question, 0).response.status != 200 {
                return Err("a question is not answered".into());
            }
        }
        #[allow(clippy::cast_precision_loss)] // far below 2^52
        let each = started.elapsed().as_secs_f64() * 1e6 / count as f64;
        us = us.min(each);
    }
    Ok(us)
}
