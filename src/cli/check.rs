//! `jobdeck check`: a server, or a recording, against the contract.

use std::{
    collections::BTreeSet,
    fs,
    io::{IsTerminal as _, stderr},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

use super::{
    arguments::{Allow, Check, Level, ReportFormat},
    exit::Exit,
    print, token,
};
use crate::{
    cassette::Cassette,
    check::{
        self, Allowed, Budget, Deviations, Embedded, End, Leftovers, Options, Outcome, Profile,
        Program, Progress, Remote, Selection, Summary, Target,
    },
    contract::rules,
    error::{Error, Kind, Result},
    exchange::Outcome as Ending,
    net, record,
    report::{self, Again, Kept, Proof},
    serve::{self, Workspace},
};

/// What names the embedded workspace where a URL is asked for.
const EMBEDDED_URL: &str = "http://embedded.jobdeck.invalid";

pub(super) fn run(arguments: &Check) -> Result<Exit> {
    let level = match arguments.level {
        Level::Must => rules::Level::Must,
        Level::Should => rules::Level::Should,
        Level::Observed => rules::Level::Observed,
    };
    let mut selection = Selection::new(&arguments.rules, level)?;
    if let Some(shard) = arguments.shard {
        selection = selection.within(shard);
    }
    if let Some(path) = &arguments.deviations {
        selection.deviations = Deviations::load(path, net::now_us())?;
    }
    if let Some(path) = &arguments.cassette {
        return judge(arguments, path, &selection);
    }
    let mut options = options(arguments, selection)?;
    if let Some(path) = &arguments.cleanup {
        return clean_up(arguments, options, path);
    }
    let program = arguments.rerun.as_deref().map(steps).transpose()?;
    if let Some((rule, _)) = &program {
        options.selection = Selection::new(std::slice::from_ref(rule), level)?;
    }
    let journal = options.journal.clone();
    let started = Instant::now();
    let mut outcome = if let Some(url) = &arguments.target {
        let mut target = remote(url, &options.profile)?;
        carry_out(&mut target, &options, program.map(|(_, program)| program))?
    } else {
        let mut target = embedded(&options.profile)?;
        carry_out(&mut target, &options, program.map(|(_, program)| program))?
    };
    // The embedded workspace has a time of its own, in which nobody waits.
    outcome.took = started.elapsed();
    let upstream = arguments.target.as_deref().unwrap_or(EMBEDDED_URL);
    tell(arguments, &outcome, upstream, arguments.rerun.is_none())?;
    if let (false, Some(journal)) = (outcome.left_behind.is_empty(), journal) {
        let (target, journal) = (upstream, journal.display());
        print::note(format_args!(
            "jobdeck: not all could be removed; try `jobdeck check {target} --cleanup {journal}`"
        ));
    }
    Ok(exit(&outcome, arguments.complete))
}

fn options(arguments: &Check, selection: Selection) -> Result<Options> {
    let mut profile = match &arguments.profile {
        Some(path) => Profile::load(path)?,
        None => Profile::of_reference(),
    };
    if arguments.token.is_some() {
        profile.token.clone_from(&arguments.token);
    }
    if let Some(base_path) = &arguments.base_path {
        profile.base_path.clone_from(base_path);
    }
    let seed = match arguments.seed {
        Some(seed) => seed,
        None => u64::from(token::random()?),
    };
    let mut options = Options::new(profile, selection, seed);
    options.allowed = Allowed {
        compute: arguments.allow.contains(&Allow::Compute),
        // What is made in this process uses up nobody's quota.
        load: arguments.allow.contains(&Allow::Load) || arguments.target.is_none(),
    };
    options.budget = Budget {
        time_max: arguments.max_time.map(Duration::from_secs),
        requests_max: arguments.max_requests,
        rate: arguments.rate,
    };
    options.workers = usize::from(arguments.workers);
    // What is made in this process is gone with it.
    if arguments.target.is_some() {
        options.journal = Some(format!("jobdeck-check-{:08x}.journal", token::random()?).into());
    }
    let is_whole = arguments.rerun.is_none() && arguments.cleanup.is_none();
    if is_whole && arguments.target.is_some() && arguments.profile.is_none() {
        print::note(
            "jobdeck: without --profile the target is taken to offer what `jobdeck serve` does",
        );
    }
    Ok(options)
}

/// The embedded workspace. It takes one token only: one that takes any could not be seen to refuse a wrong
/// one.
pub(super) fn embedded(profile: &Profile) -> Result<Embedded<Workspace>> {
    let token = Some(profile.token()?);
    let workspace = Workspace::new(serve::Options { token, ..serve::Options::default() });
    Ok(Embedded::new(workspace, net::now_us()))
}

fn remote(url: &str, profile: &Profile) -> Result<Remote> {
    Remote::new(url, &profile.base_path, Some(net::stop_signals()?))
}

fn carry_out(
    target: &mut dyn Target,
    options: &Options,
    program: Option<Program>,
) -> Result<Outcome> {
    match program {
        Some(program) => check::rerun(target, options, &program),
        None => with_progress(|watch| check::check(target, options, watch)),
    }
}

/// Shows how far it is, if somebody looks.
fn with_progress<T>(work: impl FnOnce(&mut dyn FnMut(Progress<'_>)) -> T) -> T {
    if !stderr().is_terminal() {
        return work(&mut |_| {});
    }
    let bar = ProgressBar::new(1);
    let template = "{elapsed:>4} {bar:20} {pos}/{len}, {eta} left: {wide_msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    let mut all_broken = BTreeSet::new();
    let done = work(&mut |Progress { phase, now, done, of, requests, broken }| {
        if of > 0 {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        }
        all_broken.extend(broken());
        let broken = all_broken.len();
        bar.set_message(format!("{phase}, {now}; {requests} requests, {broken} rules broken"));
    });
    bar.finish_and_clear();
    done
}

/// A kept finding: the rule that it shows, and its steps.
fn steps(path: &Path) -> Result<(String, Program)> {
    #[derive(Deserialize)]
    struct Kept {
        rule: String,
        #[serde(flatten)]
        program: Program,
    }
    let failed = |cause: String| {
        Error::new(Kind::Usage, format!("failed to read the steps in `{}`", path.display()))
            .because(cause)
            .hint("a check leaves them in FOLDER/RULE.steps.json")
    };
    let text = fs::read_to_string(path).map_err(|cause| failed(cause.to_string()))?;
    let kept: Kept = serde_json::from_str(&text).map_err(|cause| failed(cause.to_string()))?;
    Ok((kept.rule, kept.program))
}

fn clean_up(arguments: &Check, options: Options, path: &Path) -> Result<Exit> {
    let left = Leftovers::read(path)?;
    let url = arguments.target.as_deref().unwrap_or_default();
    if left.target.trim_end_matches('/') != url.trim_end_matches('/') {
        let doing = format!("failed to clean up `{url}`");
        return Err(Error::new(Kind::Usage, doing)
            .because(format!("this is the journal of a check of {}", left.target)));
    }
    let budget = Budget { rate: options.budget.rate, ..Budget::default() };
    let options = Options { journal: None, budget, ..options };
    let mut target = remote(url, &options.profile)?;
    let (removed, still) = check::clean_up(&mut target, &options, &left)?;
    print::line(format_args!("{removed} things removed"))?;
    if still.is_empty() {
        fs::remove_file(path).map_err(|cause| {
            Error::new(Kind::Environment, format!("failed to remove `{}`", path.display()))
                .because(cause)
        })?;
        return Ok(Exit::Held);
    }
    print::line(format_args!("still there: {}", still.join(", ")))?;
    print::note(format_args!(
        "jobdeck: what bears another name is not removed, for it may be somebody else's; when nothing of the \
         check is left, delete {}",
        path.display()
    ));
    Ok(Exit::Environment)
}

fn judge(arguments: &Check, path: &Path, selection: &Selection) -> Result<Exit> {
    let cassette = Cassette::load(path)?;
    let outcome =
        check::judge(&path.display().to_string(), &cassette.exchanges, selection, arguments.alone);
    tell(arguments, &outcome, &cassette.upstream, false)?;
    Ok(exit(&outcome, arguments.complete))
}

/// What is said at the end of a recording: what in it contradicts the contract.
pub(super) fn judge_recording(path: &Path) -> Result<Exit> {
    let cassette = Cassette::load(path)?;
    let answered = cassette.exchanges.iter().any(|exchange| exchange.outcome == Ending::Complete);
    if !answered {
        return Ok(Exit::Held);
    }
    let selection = Selection::new(&[], rules::Level::Must)?;
    let outcome = check::judge(&path.display().to_string(), &cassette.exchanges, &selection, false);
    let proofs = proofs(&outcome, &cassette.upstream)?;
    print::note(report::text(&outcome, &unkept(proofs), &Again::default()).trim_end());
    // A recording in which nothing could be judged is none that contradicts.
    Ok(if outcome.summary() == Summary::Broken { Exit::Found } else { Exit::Held })
}

fn proofs<'o>(outcome: &'o Outcome, upstream: &str) -> Result<Vec<Proof<'o>>> {
    let recorded = record::rfc_3339(net::now_us())?;
    let proof = |found| Proof::new(found, upstream, &recorded).below(&outcome.base_path);
    Ok(outcome.findings.iter().map(proof).collect())
}

fn unkept(proofs: Vec<Proof<'_>>) -> Vec<(Proof<'_>, Option<Kept>)> {
    proofs.into_iter().map(|proof| (proof, None)).collect()
}

/// Prints the report, writes those that were asked for, and keeps what was found, if it was made by steps
/// that can be done again.
fn tell(arguments: &Check, outcome: &Outcome, upstream: &str, keep: bool) -> Result<()> {
    let mut kept = Vec::new();
    let mut unwritable = None;
    for proof in proofs(outcome, upstream)? {
        let is_steps = proof.found.program.is_some();
        let place = if keep && is_steps && unwritable.is_none() {
            // What was found is told even where it cannot be kept.
            proof.keep(&arguments.failures).map_err(|error| unwritable = Some(error)).ok()
        } else {
            None
        };
        kept.push((proof, place));
    }
    let again = command(arguments);
    let to_stdout = arguments.report.iter().any(|(_, path)| path.as_os_str() == "-");
    let text = report::text(outcome, &kept, &again);
    if to_stdout {
        print::note(text.trim_end());
    } else {
        print::line(text.trim_end())?;
    }
    for (format, path) in &arguments.report {
        let text = match format {
            ReportFormat::Text => report::text(outcome, &kept, &again),
            ReportFormat::Json => format!("{:#}\n", report::json(outcome, &kept, &again)),
            ReportFormat::Junit => report::junit(outcome, &kept)?,
            ReportFormat::Markdown => report::markdown(outcome, &kept, &again),
            ReportFormat::Html => report::html(outcome, &kept, &again),
            ReportFormat::Github => report::github(outcome, &kept),
            ReportFormat::Coverage => report::coverage(outcome),
        };
        if path.as_os_str() == "-" { print::line(text.trim_end())? } else { write(path, &text)? }
    }
    if let Some(error) = unwritable {
        print::error(&error);
    }
    Ok(())
}

fn write(path: &PathBuf, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|cause| {
        Error::new(Kind::Environment, format!("failed to write the report `{}`", path.display()))
            .because(cause)
    })
}

/// The command that checks the same target again.
fn command(arguments: &Check) -> Again {
    let mut words = vec!["jobdeck check".to_owned()];
    words.extend(arguments.target.clone());
    for (flag, path) in [("--profile", &arguments.profile), ("--cassette", &arguments.cassette)] {
        if let Some(path) = path {
            words.push(format!("{flag} {}", path.display()));
        }
    }
    if let Some(base_path) = &arguments.base_path {
        words.push(format!("--base-path {base_path}"));
    }
    match arguments.token.as_deref() {
        Some(token) if token.starts_with("env:") => words.push(format!("--token {token}")),
        // It is not for a terminal, a report or a log.
        Some(_) => words.push("--token TOKEN".to_owned()),
        None => {}
    }
    for allow in &arguments.allow {
        let word = match allow {
            Allow::Compute => "compute",
            Allow::Load => "load",
        };
        words.push(format!("--allow {word}"));
    }
    if let Some(path) = &arguments.deviations {
        words.push(format!("--deviations {}", path.display()));
    }
    if let Some(shard) = arguments.shard {
        words.push(format!("--shard {shard}"));
    }
    Again { command: words.join(" "), rules: arguments.rules.clone() }
}

fn exit(outcome: &Outcome, complete: bool) -> Exit {
    match outcome.again() {
        Some(check::Again::Fixed) => return Exit::Held,
        Some(check::Again::StillFails) => return Exit::Found,
        Some(check::Again::CannotTell) => return Exit::Environment,
        None => {}
    }
    match (outcome.summary(), &outcome.ended) {
        (Summary::Broken, _) => Exit::Found,
        (Summary::Nothing, _) | (_, Some(End::Failed(_) | End::Interrupted)) => Exit::Environment,
        (Summary::Partial, _) if complete => Exit::Found,
        (Summary::Partial | Summary::Held, _) => Exit::Held,
    }
}
