//! How runs/list comes in parts: order, limits, offsets, and whether there is more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Facts, Oracle, Tally,
    facts::{Job, Run, runs},
    history::{Answer, Entry},
    lists::{flag, limit},
    tally::Proof,
};
use crate::json::Pointer;

const ORDER: &str = "runs-list/pagination/order-desc";
const AT_MOST: &str = "runs-list/pagination/limit-at-most";
const EXACT: &str = "runs-list/pagination/limit-exact";
const DEFAULT: &str = "runs-list/pagination/default-limit-20";
const ZERO: &str = "runs-list/pagination/limit-0-is-max";
const MORE: &str = "runs-list/pagination/has-more-true";
const NO_MORE: &str = "runs-list/pagination/has-more-false";
const OFFSET: &str = "runs-list/pagination/offset";
const PAST_END: &str = "runs-list/pagination/offset-past-end";
const PARTITION: &str = "runs-list/pagination/partition";
const APPENDED: &str = "runs-list/pagination/append-during-walk";

/// The most that a list may ever show at once, as far as the document is clear.
const LIMIT_CERTAIN: usize = 999;

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        vec![
            ORDER, AT_MOST, EXACT, DEFAULT, ZERO, MORE, NO_MORE, OFFSET, PAST_END, PARTITION,
            APPENDED,
        ]
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    let mut walks: BTreeMap<(i64, Count), Vec<Page<'_>>> = BTreeMap::new();
    for list in &facts.run_lists {
        let page = Page::of(list);
        order(&page, tally);
        at_most(&page, tally);
        let Some(job) = list.integer("job_id").and_then(|id| facts.jobs.get(&id)) else { continue };
        if let Some(count) = page.is_plain().then(|| count(facts, job, list)).flatten() {
            counted(&page, count.runs, tally);
            walks.entry((job.id, count)).or_default().push(page);
        }
    }
    if facts.history.is_own() {
        for job in facts.jobs.values() {
            appended(facts, job, tally);
        }
    }
    for ((_, count), pages) in walks {
        offsets(&pages, tally);
        partition(&pages, count.runs, tally);
    }
}

/// One page.
struct Page<'h> {
    list: &'h Entry,
    offset: usize,
    ids: Vec<i64>,
    start_ms: Vec<i64>,
    has_more: bool,
}

impl<'h> Page<'h> {
    fn of(list: &'h Entry) -> Self {
        let runs: Vec<_> = list.done().into_iter().flat_map(runs).collect();
        let integers = |name: &str| -> Vec<i64> {
            runs.iter().filter_map(|run| run.get(name)?.as_i64()).collect()
        };
        let has_more = list.done().and_then(|body| body.get("has_more")).and_then(Value::as_bool);
        Self {
            list,
            offset: list.integer("offset").and_then(|n| usize::try_from(n).ok()).unwrap_or(0),
            ids: integers("run_id"),
            start_ms: integers("start_time"),
            has_more: has_more.unwrap_or(false),
        }
    }

    /// Whether it asks for all runs of its job.
    fn is_plain(&self) -> bool {
        !flag(self.list, "active_only")
            && !flag(self.list, "completed_only")
            && self.list.text("run_type").is_none()
    }

    fn proof(&self) -> Proof {
        Proof::new(&[self.list])
    }
}

fn order(page: &Page<'_>, tally: &mut Tally) {
    if page.start_ms.len() < 2 {
        return;
    }
    let rising = page.start_ms.windows(2).position(|pair| pair[0] < pair[1]);
    tally.judge(ORDER, rising.is_none(), || {
        let index = rising.unwrap_or_default();
        page.proof()
            .at(Pointer::root().join("runs").join(index + 1).join("start_time"))
            .expected(format!("no later start than {}", page.start_ms[index]))
            .got(page.start_ms[index + 1].to_string())
    });
}

fn at_most(page: &Page<'_>, tally: &mut Tally) {
    let most = limit(page.list);
    let asked = page.list.integer("limit");
    let rule = match asked {
        Some(1..) => AT_MOST,
        None if page.ids.len() > most => DEFAULT,
        _ => return,
    };
    tally.judge(rule, page.ids.len() <= most, || {
        page.proof().expected(format!("at most {most} runs")).got(page.ids.len().to_string())
    });
}

/// How many runs a job has, and after which starts and deletes that is so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Count {
    runs: usize,
    starts: usize,
    deletes: usize,
}

/// How many runs a job has while it is listed, if that is certain: all are known, and none comes or goes on
/// its own.
fn count(facts: &Facts<'_>, job: &Job<'_>, list: &Entry) -> Option<Count> {
    let alone = facts.history.is_own() && job.is_there_at(list);
    let settings = job.quiet_at(list)?.settings.as_ref()?;
    let calm = settings.integer("max_retries") == Some(0) && settings.value("schedule").is_none();
    if !alone || !calm {
        return None;
    }
    let mut runs = BTreeSet::new();
    let (mut starts, mut deletes) = (0, 0);
    for start in &job.starts {
        match &start.answer {
            Answer::Unknown(_) => return None,
            Answer::Done(body) if start.is_before(list) => {
                let id = body.get("run_id")?.as_i64()?;
                let run = facts.runs.get(&id);
                if run.is_some_and(|run| run.may_be_forgotten_at(list)) {
                    return None;
                }
                // A token that was used for another job gives a run of that one.
                let first = run.and_then(Run::started);
                if first.is_some_and(|first| first.integer("job_id") == Some(job.id)) {
                    starts += 1;
                    runs.insert(id);
                }
            }
            Answer::Done(_) if start.overlaps(list) => return None,
            _ => {}
        }
    }
    for delete in
        runs.clone().iter().filter_map(|id| facts.runs.get(id)).flat_map(|run| &run.deletes)
    {
        match delete.answer {
            Answer::Unknown(_) => return None,
            Answer::Done(_) if delete.is_before(list) => {
                deletes += 1;
                runs.remove(&delete.integer("run_id")?);
            }
            Answer::Done(_) if delete.overlaps(list) => return None,
            _ => {}
        }
    }
    Some(Count { runs: runs.len(), starts, deletes })
}

fn counted(page: &Page<'_>, count: usize, tally: &mut Tally) {
    let left = count.saturating_sub(page.offset);
    let shown = page.ids.len();
    let runs =
        |number: usize| if number == 1 { "1 run".to_owned() } else { format!("{number} runs") };
    let mut expect = |rule, expected: usize| {
        tally.judge(rule, shown == expected, || {
            let expected = format!("{}: the job has {count}", runs(expected));
            page.proof().expected(expected).got(runs(shown))
        });
    };
    match page.list.integer("limit") {
        None if left > 20 => expect(DEFAULT, 20),
        Some(0) if left <= LIMIT_CERTAIN && left > 20 => expect(ZERO, left),
        Some(1..) if left > limit(page.list) => expect(EXACT, limit(page.list)),
        _ => {}
    }
    if page.offset >= count && page.offset > 0 {
        tally.judge(PAST_END, shown == 0 && !page.has_more, || {
            page.proof().expected("no run, and no more").got(runs(shown))
        });
    }
    let at = Pointer::root().join("has_more");
    let until = page.offset.saturating_add(shown);
    if until < count {
        tally.judge(MORE, page.has_more, || {
            let expected = format!("true: {} of {count} runs are shown", runs(until));
            page.proof().at(at.clone()).expected(expected).got("false, or nothing")
        });
    } else if until == count {
        tally.judge(NO_MORE, !page.has_more, || {
            page.proof().at(at.clone()).expected("false: all runs are shown").got("true")
        });
    }
}

/// A page at an offset is the same part of what is shown from the start.
fn offsets(pages: &[Page<'_>], tally: &mut Tally) {
    let whole = pages.iter().filter(|page| page.offset == 0).max_by_key(|page| page.ids.len());
    let Some(whole) = whole else { return };
    for page in pages.iter().filter(|page| page.offset > 0) {
        let until = page.offset.saturating_add(page.ids.len()).min(whole.ids.len());
        let Some(expected) = whole.ids.get(page.offset..until).filter(|ids| !ids.is_empty()) else {
            continue;
        };
        let shown = &page.ids[..expected.len().min(page.ids.len())];
        tally.judge(OFFSET, shown == expected, || {
            Proof::new(&[whole.list, page.list])
                .at(Pointer::root().join("runs"))
                .expected(format!("run {} first, at offset {}", expected[0], page.offset))
                .got(shown.first().map_or("no run".to_owned(), |id| format!("run {id}")))
        });
    }
}

/// The pages of a walk from the start to the end show each run once.
fn partition(pages: &[Page<'_>], count: usize, tally: &mut Tally) {
    let mut by_limit: BTreeMap<i64, Vec<&Page<'_>>> = BTreeMap::new();
    for page in pages {
        if let Some(asked @ 1..) = page.list.integer("limit") {
            by_limit.entry(asked).or_default().push(page);
        }
    }
    for walk in by_limit.values() {
        let mut at = 0;
        let mut seen: Vec<i64> = Vec::new();
        let mut evidence = Vec::new();
        while let Some(page) = walk.iter().find(|page| page.offset == at && !page.ids.is_empty()) {
            seen.extend(&page.ids);
            evidence.push(page.list);
            at += page.ids.len();
        }
        if evidence.len() < 2 || at < count {
            continue;
        }
        let distinct = seen.iter().collect::<BTreeSet<_>>().len();
        tally.judge(PARTITION, distinct == count && seen.len() == count, || {
            Proof::new(&evidence)
                .expected(format!("each of {count} runs once"))
                .got(format!("{} entries, {distinct} of them different", seen.len()))
        });
    }
}

/// A walk from page to page shows every run that was there when it began, though others come meanwhile.
fn appended(facts: &Facts<'_>, job: &Job<'_>, tally: &mut Tally) {
    let lists = facts.run_lists.iter().filter(|list| list.integer("job_id") == Some(job.id));
    let pages: Vec<_> = lists.map(|list| Page::of(list)).filter(Page::is_plain).collect();
    for (index, first) in pages.iter().enumerate() {
        let asked = first.list.integer("limit");
        if first.offset != 0 || !first.has_more {
            continue;
        }
        let mut walk = vec![first];
        for page in &pages[index + 1..] {
            let last = walk[walk.len() - 1];
            let is_next = page.offset == last.offset.saturating_add(last.ids.len())
                && (page.list.integer("limit"), page.list.case) == (asked, first.list.case);
            if !is_next || !last.has_more || !last.list.is_before(page.list) {
                break;
            }
            walk.push(page);
        }
        let last = walk[walk.len() - 1];
        let comes_meanwhile = |start: &&Entry| {
            first.list.is_before(start) && start.is_before(last.list) && start.done().is_some()
        };
        if last.has_more || !job.starts.iter().any(comes_meanwhile) {
            continue;
        }
        let shown: BTreeSet<i64> = walk.iter().flat_map(|page| page.ids.iter().copied()).collect();
        let was_there = |run: &&Run<'_>| {
            run.started().is_some_and(|start| start.is_before(first.list))
                && !run.may_be_removed_at(Some(job), last.list)
        };
        let missed = facts.runs_of(job).filter(was_there).find(|run| !shown.contains(&run.id));
        tally.judge(APPENDED, missed.is_none(), || {
            let evidence: Vec<_> = walk.iter().map(|page| page.list).collect();
            let missed = missed.map_or(0, |run| run.id);
            Proof::new(&evidence)
                .expected("every run that was there when the walk began")
                .got(format!("no page with run {missed}"))
        });
    }
}
