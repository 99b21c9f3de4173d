//! What the peers of a deck may use, and how long they may take.

use std::time::Duration;

use clap::Args;

use super::values::size_bytes;
use crate::net;

/// The longest time that a limit can be set to.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// The least and the most that the head of a request may be allowed.
const HEAD_BYTES: std::ops::RangeInclusive<usize> = 1024..=256 * 1024;

/// What clients may use.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub(in crate::cli) struct Limits {
    /// Take so many connections at a time; more wait
    #[arg(long, value_name = "N", default_value = "4096", value_parser = connections)]
    max_connections: usize,
    /// Read no request whose head is longer
    #[arg(long, value_name = "SIZE", default_value = "64KiB", value_parser = head_bytes)]
    max_head: usize,
    /// How long a connection may take for the head of its next request, idle time included
    #[arg(long, value_name = "DURATION", default_value = "75s", value_parser = duration)]
    head_timeout: Duration,
    /// How long the body of a request may stand still
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    body_timeout: Duration,
}

impl Limits {
    /// The same for a listener.
    pub(in crate::cli) fn of_listener(&self) -> net::Limits {
        net::Limits {
            connections_max: self.max_connections,
            head_bytes_max: self.max_head,
            head_timeout: self.head_timeout,
            body_timeout: self.body_timeout,
            ..net::Limits::default()
        }
    }
}

/// How long the workspace may take.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub(in crate::cli) struct Patience {
    /// How long a connection to the workspace may take, TLS included
    #[arg(long = "connect-timeout", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    connect: Duration,
    /// How long the workspace may take to begin its answer
    #[arg(long = "response-timeout", value_name = "DURATION", default_value = "5m", value_parser = duration)]
    response: Duration,
    /// How long the workspace may pause within its answer
    #[arg(long = "idle-timeout", value_name = "DURATION", default_value = "5m", value_parser = duration)]
    idle: Duration,
}

impl Patience {
    /// The same for a proxy, for which all else is said already.
    pub(in crate::cli) fn of_proxy(&self, proxy: net::ProxyOptions) -> net::ProxyOptions {
        net::ProxyOptions {
            connect_timeout: self.connect,
            response_timeout: self.response,
            idle_timeout: self.idle,
            ..proxy
        }
    }
}

/// A time such as `500ms`, `30s`, `5m` or `1h 30m`, above zero and up to a day.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "a time from 1ms to 24h, such as 500ms, 30s or 5m".to_owned();
    let duration: jiff::SignedDuration = text.parse().map_err(|_| expected())?;
    let duration = Duration::try_from(duration).map_err(|_| expected())?;
    if (Duration::from_millis(1)..=LONGEST).contains(&duration) {
        Ok(duration)
    } else {
        Err(expected())
    }
}

fn connections(text: &str) -> Result<usize, String> {
    // What the semaphore behind it can count.
    text.parse()
        .ok()
        .filter(|number| (1..=1_000_000).contains(number))
        .ok_or_else(|| "a number from 1 to 1000000".to_owned())
}

fn head_bytes(text: &str) -> Result<usize, String> {
    size_bytes(text).and_then(|bytes| {
        let fits = HEAD_BYTES.contains(&bytes);
        fits.then_some(bytes).ok_or_else(|| "a size from 1KiB to 256KiB".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Both {
        #[command(flatten)]
        limits: Limits,
        #[command(flatten)]
        patience: Patience,
    }

    #[track_caller]
    fn check(text: &str, ms: Option<u64>) {
        assert_eq!(duration(text).ok(), ms.map(Duration::from_millis), "{text}");
    }

    #[test]
    fn durations_have_a_unit() {
        check("500ms", Some(500));
        check("30s", Some(30_000));
        check("5m", Some(300_000));
        check("1h 30m", Some(5_400_000));
        check("1.5s", Some(1_500));
        check("24h", Some(86_400_000));
        for text in ["", "30", "0s", "-1s", "25h", "10us", "soon", "5 quarts"] {
            check(text, None);
        }
    }

    #[test]
    fn what_is_not_said_is_as_the_network_has_it() {
        let Both { limits, patience } = Both::parse_from(["jobdeck"]);
        let own = format!("{:?}", limits.of_listener());
        assert_eq!(own, format!("{:?}", net::Limits::default()));
        let proxy = net::ProxyOptions::new("http://127.0.0.1");
        let own = format!("{:?}", patience.of_proxy(proxy.clone()));
        assert_eq!(own, format!("{proxy:?}"));
    }

    #[test]
    fn limits_are_within_what_makes_sense() {
        assert_eq!(head_bytes("1KiB"), Ok(1024));
        assert!(head_bytes("1023").is_err() && head_bytes("1MiB").is_err());
        assert_eq!(connections("1"), Ok(1));
        assert!(connections("0").is_err() && connections("1000001").is_err());
    }
}
