//! What came of the windows of a benchmark, as a table.

use super::wrk::Load;

/// A second of questions.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    /// CPU time of the server for each request, in microseconds.
    pub(crate) us: f64,
    /// The same in units of the peer beside it.
    pub(crate) ratio: f64,
    pub(crate) load: Load,
}

/// CPU time for each request, in microseconds.
#[allow(clippy::cast_precision_loss)] // both are far below 2^52
pub(crate) fn us_for_each(ns: u64, requests: u64) -> f64 {
    ns as f64 / 1e3 / requests as f64
}

/// Prints the heads of the columns.
pub(crate) fn head() {
    println!(
        "{:<24}{:>8}{:>8}{:>16}{:>10}{:>10}",
        "", "us", "ratio", "min-max", "p50 us", "p99 us"
    );
}

/// Prints the medians over windows, with the least and the greatest ratio.
pub(crate) fn tell(what: &str, windows: &[Window]) {
    let sorted = |number: fn(&Window) -> f64| {
        let mut numbers: Vec<f64> = windows.iter().map(number).collect();
        numbers.sort_by(f64::total_cmp);
        numbers
    };
    #[allow(clippy::cast_precision_loss)] // times of a second at most
    let (p50, p99) = (
        median(&sorted(|window| window.load.p50_us as f64)),
        median(&sorted(|window| window.load.p99_us as f64)),
    );
    let (us, ratios) = (median(&sorted(|window| window.us)), sorted(|window| window.ratio));
    let ratio = median(&ratios);
    let span = match (ratios.first(), ratios.last()) {
        (Some(least), Some(most)) => format!("{least:.2}-{most:.2}"),
        _ => String::new(),
    };
    println!("{what:<24}{us:>8.2}{ratio:>8.2}{span:>16}{p50:>10.0}{p99:>10.0}");
}

/// The middle one of numbers that are sorted.
fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
