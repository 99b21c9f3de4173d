//! What is said of a recording that has ended, and what it comes to.

use std::path::Path;

use crate::{
    cassette::Cassette,
    cli::{arguments::Record, cassette::tell_residues, exit::Exit, print},
    compare::compare,
    error::Result,
    exchange::Outcome,
    life::Unended,
    record::{Recording, Verdict},
};

/// How many runs are named that never end; lists show those of everybody.
const UNENDED_MAX: usize = 10;

/// What a recording comes to by itself.
pub(super) fn exit(recording: &Recording) -> Exit {
    match recording.verdict() {
        Verdict::Clean => Exit::Held,
        Verdict::Unanswered => Exit::Environment,
        Verdict::Suspicious => Exit::Found,
    }
}

/// Tells what is otherwise than in an older recording.
pub(super) fn compare_with(older: &Cassette, path: &Path) -> Result<Exit> {
    let comparison = compare(older, &Cassette::load(path)?);
    print::note(&comparison);
    Ok(if comparison.is_same() { Exit::Held } else { Exit::Found })
}

/// Tells how the exchanges ended and where they are.
pub(super) fn tell(arguments: &Record, upstream: &str, recording: &Recording) {
    let Recording { finished, counts, refused, unended } = recording;
    match &finished.path {
        Some(path) => print::note(format_args!(
            "jobdeck: {} exchanges in {}",
            finished.exchanges,
            path.display()
        )),
        None => print::note(format_args!(
            "jobdeck: nothing was recorded; {} is as it was",
            arguments.cassette.display()
        )),
    }
    for (outcome, name) in Outcome::NAMES.into_iter().filter(|(o, _)| *o != Outcome::Complete) {
        let count = counts.of(outcome);
        if count > 0 {
            print::note(format_args!("jobdeck: {count} of them {name}"));
        }
    }
    if !refused.is_empty() {
        let refused: Vec<_> = refused.iter().map(|(name, n)| format!("{name} {n}")).collect();
        print::note(format_args!("jobdeck: refused by --allow-write: {}", refused.join(", ")));
    }
    let cassette = arguments.cassette.display();
    if counts.is_unanswered() {
        print::note(format_args!(
            "jobdeck: {upstream} gave no whole answer to any request; {cassette} is as it was"
        ));
    } else if counts.is_without_answers() {
        print::note(format_args!("jobdeck: {upstream} was asked nothing; {cassette} is as it was"));
    }
    if finished.omitted > 0 {
        let size = arguments.max_recorded_body;
        print::note(format_args!(
            "jobdeck: {} bodies are not in it: longer than {size} bytes, cut off, or encoded in a way that \
             cannot be read",
            finished.omitted
        ));
    }
    tell_unended(unended.as_deref());
    if !finished.residues.is_empty() {
        print::note(
            "jobdeck: these looked like credentials and were blanked; tell where they come from:",
        );
        tell_residues(&finished.residues);
    }
}

/// Names the runs that a replay will show as active for ever.
fn tell_unended(unended: Option<&[Unended]>) {
    let Some(unended) = unended else {
        return print::note(
            "jobdeck: too long to be searched for runs that never end; `jobdeck replay` names them",
        );
    };
    for run in unended.iter().take(UNENDED_MAX) {
        print::note(format_args!("warning: {run}"));
    }
    let more = unended.len().saturating_sub(UNENDED_MAX);
    if more > 0 {
        print::note(format_args!("warning: {more} more runs never end in this recording"));
    }
}
