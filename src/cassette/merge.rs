//! Several recordings of one workspace as one.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    Cassette,
    document::{EXCHANGES_MAX, SEQ_MAX},
    redact::{Renumbering, host_of, is_loopback},
    show::visible,
};
use crate::{
    contract::{Endpoint, Thing},
    error::{Error, Kind, Result},
    exchange::{Exchange, Outcome},
};

/// Whether recordings of different workspaces may be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstreams {
    /// They may not, nor those that make different things of one id: each began with a fresh workspace. Decks and
    /// servers on this machine, whose ports are of no meaning, are told apart by that alone.
    Same,
    /// They may; the first gives its name.
    Any,
}

/// Puts recordings one after another: numbers, connections, times and placeholders of a later one go on
/// behind those of the earlier. Each comes with the name that stands for it in errors.
///
/// A secret that stands in several recordings has a placeholder in each of them: nothing tells that it is
/// the same.
pub fn merge(
    cassettes: impl IntoIterator<Item = (String, Cassette)>,
    upstreams: Upstreams,
) -> Result<Cassette> {
    let failed = |name: &str, cause: String| {
        Error::new(Kind::Usage, format!("failed to merge cassette `{name}`")).because(cause)
    };
    let mut all: Option<Cassette> = None;
    for (name, later) in cassettes {
        let Some(whole) = &mut all else {
            all = Some(later);
            continue;
        };
        if upstreams == Upstreams::Same && !is_one(&whole.upstream, &later.upstream) {
            let (own, other) = (visible(&later.upstream), visible(&whole.upstream));
            let cause = format!("it is of {own}, and not of {other}");
            return Err(failed(&name, cause).hint("--force merges it even so"));
        }
        if upstreams == Upstreams::Same
            && let Some(Made(kind, id)) = made_twice(whole, &later)
        {
            let cause = format!(
                "it makes {kind} {} as one before it does: each began with a fresh workspace, or is there twice",
                visible(&id)
            );
            return Err(failed(&name, cause).hint(
                "keep them apart, in a folder for `jobdeck replay FOLDER`, or one on the other with `jobdeck replay \
                 A B`; --force merges them even so",
            ));
        }
        if whole.exchanges.len() + later.exchanges.len() > EXCHANGES_MAX {
            return Err(failed(
                &name,
                format!("together there are over {EXCHANGES_MAX} exchanges"),
            ));
        }
        append(whole, later)
            .ok_or_else(|| failed(&name, "its numbers are too large".to_owned()))?;
    }
    all.ok_or_else(|| Error::new(Kind::Usage, "failed to merge: there is no cassette"))
}

/// Whether two upstreams may be one workspace.
fn is_one(one: &str, other: &str) -> bool {
    let is_here = |upstream: &str| host_of(upstream).is_some_and(is_loopback);
    one == other || is_here(one) && is_here(other)
}

/// A job or a run that an answer brought into being, and its id.
#[derive(PartialEq, Eq, Hash)]
struct Made(&'static str, String);

impl Made {
    fn by(exchange: &Exchange) -> Option<Self> {
        let is_told = exchange.outcome != Outcome::Deck;
        let response = exchange.response.as_ref().filter(|it| is_told && it.is_success())?;
        let effect = Endpoint::at(exchange.request.path())?.effect();
        // What has to be there before is not brought into being.
        let makes = |thing| effect.makes.contains(&thing) && !effect.needs.contains(&thing);
        let (kind, key) = if makes(Thing::Job) {
            ("job", "job_id")
        } else if makes(Thing::Run) {
            ("run", "run_id")
        } else {
            return None;
        };
        let answer: Value = serde_json::from_slice(response.body.bytes()).ok()?;
        Some(Self(kind, answer.get(key)?.to_string()))
    }
}

/// The first thing that both recordings make.
fn made_twice(whole: &Cassette, later: &Cassette) -> Option<Made> {
    let before: HashSet<_> = whole.exchanges.iter().filter_map(Made::by).collect();
    later.exchanges.iter().filter_map(Made::by).find(|made| before.contains(made))
}

/// Puts one recording behind another; none if a number gets too large.
fn append(whole: &mut Cassette, later: Cassette) -> Option<()> {
    let numbers = Renumbering::behind(whole, &later);
    let last_seq = whole.exchanges.iter().map(|exchange| exchange.seq).max().unwrap_or(0);
    let connections = whole.exchanges.iter().map(|exchange| exchange.connection).max();
    let end_us = whole.exchanges.iter().map(|exchange| exchange.end_us().saturating_add(1)).max();
    let first_seq = later.exchanges.iter().map(|exchange| exchange.seq).min().unwrap_or(0);
    let first_connection = later.exchanges.iter().map(|exchange| exchange.connection).min();
    for mut exchange in later.exchanges {
        exchange.seq =
            (exchange.seq - first_seq + 1).checked_add(last_seq).filter(|seq| *seq <= SEQ_MAX)?;
        exchange.connection = (exchange.connection - first_connection.unwrap_or(0))
            .checked_add(1)?
            .checked_add(connections.unwrap_or(0))?;
        exchange.at_us = exchange.at_us.checked_add(end_us.unwrap_or(0))?;
        numbers.exchange(&mut exchange);
        whole.exchanges.push(exchange);
    }
    let new = later.volatile.into_iter().filter(|pointer| !whole.volatile.contains(pointer));
    let new: Vec<String> = new.collect();
    whole.volatile.extend(new);
    whole.redaction = whole.redaction.and(&later.redaction);
    Some(())
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;
    use crate::{
        cassette::{
            Policy, redact,
            tests::{cassette, exchange, post},
        },
        exchange::{Body, Request, Response},
    };

    /// A recording with a credential, a user, a host beside the workspace's, and the number of a workspace.
    fn recording(secret: &str, user: &str, plain: &str) -> Cassette {
        let mut run_now = post(
            "/api/2.0/jobs/run-now?o=7000001",
            &format!(r#"{{"token": "{secret}", "n": 1.0}}"#),
        );
        run_now.headers.push("authorization", &format!("Bearer {secret}"));
        run_now.headers.push("x-databricks-org-id", "7000001");
        run_now.headers.push("host", "adb-7.1.azuredatabricks.net");
        run_now.headers.push("content-length", "99");
        let told = format!(
            r#"{{"creator_user_name":"{user}","note":"{secret} and other.cloud.databricks.com","name":"{plain}"}}"#
        );
        let mut basic = Request::new(http::Method::GET, "/x");
        let pair = STANDARD.encode(format!("token:{secret}"));
        basic.headers.push("authorization", &format!("Basic {pair}"));
        let mut bytes = b"\xff".to_vec();
        bytes.extend(STANDARD.encode(format!("abc{secret}")).into_bytes());
        let mut binary = Response::json(200, "");
        binary.body = Body::Whole(bytes.into());
        let whole = Cassette {
            upstream: "https://adb-7.1.azuredatabricks.net".to_owned(),
            ..cassette(vec![
                exchange(1, run_now, Response::json(200, told)),
                exchange(2, basic, binary),
            ])
        };
        redact::recording(whole, Policy::default()).cassette
    }

    fn merged(cassettes: &[&Cassette], upstreams: Upstreams) -> Result<Cassette> {
        let named = (1..).map(|number: u32| format!("{number}.json"));
        merge(named.zip(cassettes.iter().map(|cassette| (*cassette).clone())), upstreams)
    }

    #[test]
    fn everything_goes_on_behind_what_was() {
        let one = recording("correct-horse-battery", "a@b.com", "token-1");
        let two = recording("staple-staple-staple", "c@d.com", "token-1");
        let whole = merged(&[&one, &two, &one], Upstreams::Same).unwrap();
        insta::assert_snapshot!(whole.to_text());
        assert_eq!(whole.exchanges[..2], one.exchanges);
        // What is redacted stays so.
        let again = redact::recording(whole.clone(), Policy::default());
        assert_eq!((again.cassette, again.places), (whole, 0));
    }

    #[test]
    fn other_workspaces_are_refused_unless_they_are_wanted() {
        let one = recording("correct-horse-battery", "a@b.com", "x");
        let two = Cassette { upstream: "http://a.example:1".to_owned(), ..one.clone() };
        let error = merged(&[&one, &two], Upstreams::Same).unwrap_err();
        insta::assert_snapshot!(format!("{error}\n{}", error.next_step().unwrap()), @"
        failed to merge cassette `2.json`: it is of http://a.example:1, and not of https://host-1.jobdeck.invalid
        --force merges it even so
        ");
        let whole = merged(&[&two, &one], Upstreams::Any).unwrap();
        assert_eq!(whole.upstream, two.upstream);
        assert!(whole.to_text().contains("host-4.jobdeck.invalid"), "{}", whole.to_text());
    }

    /// A recording of a job of this id, made by a deck on this port.
    fn making(port: u16, path: &str, answer: &str) -> Cassette {
        let upstream = format!("http://127.0.0.1:{port}");
        let answer = Response::json(200, answer.to_owned());
        Cassette { upstream, ..cassette(vec![exchange(1, post(path, "{}"), answer)]) }
    }

    #[test]
    fn what_began_with_a_fresh_workspace_is_kept_apart() {
        let create = "/api/2.0/jobs/create";
        let one = making(1, create, r#"{"job_id":7}"#);
        let merges = |later: &Cassette| merged(&[&one, later], Upstreams::Same);
        let error = merges(&making(2, create, r#"{"job_id": 7}"#)).unwrap_err();
        insta::assert_snapshot!(format!("{error}\n{}", error.next_step().unwrap()), @"
        failed to merge cassette `2.json`: it makes job 7 as one before it does: each began with a fresh workspace, or is there twice
        keep them apart, in a folder for `jobdeck replay FOLDER`, or one on the other with `jobdeck replay A B`; --force merges them even so
        ");
        assert!(merged(&[&one, &one], Upstreams::Any).is_ok());
        // A port of this machine is of no meaning, another id another thing, and what was there is not made.
        assert!(merges(&making(2, create, r#"{"job_id":8}"#)).is_ok());
        assert!(merges(&making(1, "/api/2.0/jobs/run-now", r#"{"run_id":7}"#)).is_ok());
        assert!(merges(&making(1, "/api/2.0/jobs/reset", r#"{"job_id":7}"#)).is_ok());
        assert!(merges(&making(1, "/api/2.0/clusters/create", r#"{"job_id":7}"#)).is_ok());
        let run = making(1, "/api/2.0/jobs/runs/submit", r#"{"run_id":7}"#);
        let error = merged(&[&one, &run, &run], Upstreams::Same).unwrap_err();
        assert!(error.to_string().contains("`3.json`: it makes run 7 "), "{error}");
    }

    #[test]
    fn a_placeholder_that_only_stands_in_a_basic_pair_keeps_its_number_for_itself() {
        let basic = |pair: &str| {
            let mut request = Request::new(http::Method::GET, "/x");
            let pair = STANDARD.encode(pair);
            request.headers.push("authorization", &format!("Basic {pair}"));
            let whole = cassette(vec![exchange(1, request, Response::json(200, "{}"))]);
            redact::recording(whole, Policy::default()).cassette
        };
        let one = basic("token:correct-horse-battery");
        let whole = merged(&[&one, &basic("token:staple-staple-staple")], Upstreams::Same).unwrap();
        let pairs = whole.exchanges.iter().map(|exchange| {
            exchange.request.headers.get("authorization").unwrap().split_once(' ').unwrap().1
        });
        let pairs: Vec<_> = pairs.map(|pair| STANDARD.decode(pair).unwrap()).collect();
        assert_eq!(pairs, [b"token:token-1".to_vec(), b"token:token-2".to_vec()]);
    }

    #[test]
    fn numbers_never_run_over() {
        let one = recording("correct-horse-battery", "a@b.com", "x");
        let mut late = one.clone();
        late.exchanges[1].seq = SEQ_MAX;
        assert!(merged(&[&late, &one], Upstreams::Same).is_err());
        late.exchanges[1].seq = 2;
        late.exchanges[1].at_us = u64::MAX;
        assert!(merged(&[&late, &one], Upstreams::Same).is_err());
        late.exchanges[1].at_us = 2000;
        for exchange in &mut late.exchanges {
            exchange.seq -= 1;
            exchange.connection = 0;
        }
        let whole = merged(&[&one, &late], Upstreams::Same).unwrap();
        let numbers = whole.exchanges.iter().map(|exchange| (exchange.seq, exchange.connection));
        assert_eq!(numbers.collect::<Vec<_>>(), [(1, 1), (2, 1), (3, 2), (4, 2)]);
    }
}
