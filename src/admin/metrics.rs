//! Numbers in the text format of Prometheus (version 0.0.4), as `GET /metrics` answers them.

use std::{
    fmt::{Display, Write as _},
    sync::atomic::{AtomicU64, Ordering},
};

/// The media type of the text.
pub(super) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Families of numbers, each with its samples, written down one after the other. Every name is given once.
#[derive(Clone, Debug, Default)]
pub struct Metrics(String);

impl Metrics {
    /// Begins with what is running: `jobdeck_info`, with the verb and the version.
    pub fn of(verb: &str) -> Self {
        let mut metrics = Self::default();
        metrics.family("jobdeck_info", "What is running; always 1.", "gauge");
        let labels = [("verb", verb), ("version", env!("CARGO_PKG_VERSION"))];
        metrics.sample("jobdeck_info", &labels, 1);
        metrics
    }

    /// A count that only grows. `name` ends in `_total`.
    pub fn counter(&mut self, name: &str, help: &str, count: u64) {
        self.family(name, help, "counter");
        self.sample(name, &[], count);
    }

    /// Counts that only grow, one for each value of a label. `name` ends in `_total`.
    pub fn counters<'a>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        counts: impl IntoIterator<Item = (&'a str, u64)>,
    ) {
        self.family(name, help, "counter");
        for (value, count) in counts {
            self.sample(name, &[(label, value)], count);
        }
    }

    /// A number that grows and shrinks.
    pub fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, help, "gauge");
        self.sample(name, &[], value);
    }

    /// How long things took. `name` ends in `_seconds`.
    pub fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.family(name, help, "histogram");
        let bucket = format!("{name}_bucket");
        let mut count = 0;
        let bounds = Histogram::BOUNDS.iter().map(|(_, text)| *text).chain(["+Inf"]);
        for (bound, within) in bounds.zip(&histogram.counts) {
            count += within.load(Ordering::Relaxed);
            self.sample(&bucket, &[("le", bound)], count);
        }
        let sum_us = histogram.sum_us.load(Ordering::Relaxed);
        let sum = format_args!("{}.{:06}", sum_us / 1_000_000, sum_us % 1_000_000).to_string();
        self.sample(&format!("{name}_sum"), &[], sum);
        self.sample(&format!("{name}_count"), &[], count);
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0
    }

    fn family(&mut self, name: &str, help: &str, kind: &str) {
        let help = help.replace('\\', r"\\").replace('\n', r"\n");
        // Text into memory cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', r"\\").replace('\n', r"\n").replace('"', "\\\"");
            let before = if index == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{before}{label}=\"{text}\"");
        }
        let end = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{end} {value}");
    }
}

/// How many answers had a status of which class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusClasses([u64; StatusClasses::NAMES.len()]);

impl StatusClasses {
    /// The classes, by the first digit of the status from 1.
    pub const NAMES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

    /// So many of each, in the order of the names.
    pub fn new(counts: [u64; Self::NAMES.len()]) -> Self {
        Self(counts)
    }

    /// The place of a status in the order of the names; none if it is in no class.
    pub fn place(status: u16) -> Option<usize> {
        usize::from(status / 100).checked_sub(1).filter(|place| *place < Self::NAMES.len())
    }

    /// Counts an answer.
    pub fn count(&mut self, status: u16) {
        if let Some(place) = Self::place(status) {
            self.0[place] += 1;
        }
    }

    /// Writes the counts down as `jobdeck_responses_total`.
    pub fn write(&self, metrics: &mut Metrics) {
        let name = "jobdeck_responses_total";
        let counts = Self::NAMES.into_iter().zip(self.0);
        metrics.counters(name, "Answers by the class of their status.", "class", counts);
    }
}

/// How long things took, counted in classes. Counting costs two additions, and nobody waits for it.
#[derive(Debug, Default)]
pub struct Histogram {
    /// How many took longer than the bound before, and not longer than the bound of this place; the last
    /// place is for all that took longer than any.
    counts: [AtomicU64; Histogram::BOUNDS.len() + 1],
    sum_us: AtomicU64,
}

impl Histogram {
    /// The bounds in microseconds, and in seconds as they are written.
    const BOUNDS: [(u64, &str); 16] = [
        (500, "0.0005"),
        (1_000, "0.001"),
        (2_500, "0.0025"),
        (5_000, "0.005"),
        (10_000, "0.01"),
        (25_000, "0.025"),
        (50_000, "0.05"),
        (100_000, "0.1"),
        (250_000, "0.25"),
        (500_000, "0.5"),
        (1_000_000, "1"),
        (2_500_000, "2.5"),
        (5_000_000, "5"),
        (10_000_000, "10"),
        (30_000_000, "30"),
        (60_000_000, "60"),
    ];

    /// Counts what took so long.
    pub fn count(&self, took_us: u64) {
        let place = Self::BOUNDS.partition_point(|(bound_us, _)| *bound_us < took_us);
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(took_us, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_help_type_and_labels() {
        let mut metrics = Metrics::default();
        metrics.counter("jobdeck_a_total", "One \\ two\nthree.", 7);
        let counts = [("plain", 1), ("odd \\ \"\n", 2)];
        metrics.counters("jobdeck_b_total", "Many.", "kind", counts);
        metrics.gauge("jobdeck_c", "Half.", 0.5);
        insta::assert_snapshot!(metrics.text(), @r##"
        # HELP jobdeck_a_total One \\ two\nthree.
        # TYPE jobdeck_a_total counter
        jobdeck_a_total 7
        # HELP jobdeck_b_total Many.
        # TYPE jobdeck_b_total counter
        jobdeck_b_total{kind="plain"} 1
        jobdeck_b_total{kind="odd \\ \"\n"} 2
        # HELP jobdeck_c Half.
        # TYPE jobdeck_c gauge
        jobdeck_c 0.5
        "##);
    }

    #[test]
    fn what_takes_as_long_as_a_bound_is_within_it_and_buckets_add_up() {
        let histogram = Histogram::default();
        for took_us in [0, 500, 501, 60_000_000, 60_000_001] {
            histogram.count(took_us);
        }
        let mut metrics = Metrics::default();
        metrics.histogram("jobdeck_seconds", "Time.", &histogram);
        let value = |start: &str| {
            let line = metrics.text().lines().find_map(|line| line.strip_prefix(start));
            line.expect("a sample").to_owned()
        };
        assert_eq!(value("jobdeck_seconds_bucket{le=\"0.0005\"} "), "2");
        assert_eq!(value("jobdeck_seconds_bucket{le=\"0.001\"} "), "3");
        assert_eq!(value("jobdeck_seconds_bucket{le=\"60\"} "), "4");
        assert_eq!(value("jobdeck_seconds_bucket{le=\"+Inf\"} "), "5");
        assert_eq!(value("jobdeck_seconds_count "), "5");
        assert_eq!(value("jobdeck_seconds_sum "), "120.001002");
    }

    #[test]
    fn the_bounds_grow_and_are_written_as_they_are() {
        assert!(Histogram::BOUNDS.is_sorted());
        for (bound_us, text) in Histogram::BOUNDS {
            let seconds: f64 = text.parse().expect("a number");
            assert_eq!(format!("{:.0}", seconds * 1e6), bound_us.to_string(), "{text}");
        }
    }

    #[test]
    fn statuses_have_a_class() {
        let mut classes = StatusClasses::default();
        for status in [0, 99, 200, 204, 404, 424, 599, 600, 999] {
            classes.count(status);
        }
        assert_eq!(classes, StatusClasses::new([0, 2, 0, 2, 1]));
    }
}
