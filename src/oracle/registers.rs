//! The settings of a job that is reset from many sides are those of one register: each read shows what one reset
//! wrote, whole, and the reads agree on an order of the resets. Of updates from many sides each setting is a
//! register of its own.
//!
//! Where every reset writes something else, that is decided in the time that it takes to sort: the reads of
//! one value stand together with the write of it, and no such group may have to be both before and after
//! another (P. Gibbons and E. Korach, *Testing Shared Memories*, 1997).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    Facts, Oracle, Tally, cut,
    facts::Job,
    history::{Answer, Entry},
    tally::Proof,
};
use crate::{
    contract::{Endpoint, Field, structures::JOB_SETTINGS},
    json::Pointer,
    model,
};

const WHOLE: &str = "x/concurrency/reset-atomic";
const ONE_ORDER: &str = "x/concurrency/reset-last-writer";
const OWN_WRITE: &str = "get/consistency/sees-own-write";

pub(super) const ORACLE: Oracle = Oracle { rules: || vec![WHOLE, ONE_ORDER, OWN_WRITE], judge };

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    // Somebody else may have written in between.
    if !facts.history.is_own() {
        return;
    }
    for job in facts.jobs.values() {
        let Some(register) = Register::of(job) else { continue };
        for read in &register.reads {
            if register.by == Endpoint::Update {
                register.latest(read, tally);
            } else {
                register.whole(read, tally);
            }
        }
        if register.by == Endpoint::Reset {
            register.one_order(tally);
        }
    }
}

/// A job that is written by nothing but resets, or by updates that remove nothing, some of them at the same time
/// as another or as a read.
struct Register<'h> {
    by: Endpoint,
    /// In the order of calls, the create first.
    writes: Vec<Write<'h>>,
    /// When all writes up to each of them were over.
    over_us: Vec<u64>,
    reads: Vec<Read<'h>>,
    /// The settings that every write sets, and not all to the same: texts, numbers and flags, of which there is
    /// no telling in two ways.
    fields: Vec<&'static Field>,
}

struct Write<'h> {
    entry: &'h Entry,
    settings: &'h Map<String, Value>,
}

struct Read<'h> {
    entry: &'h Entry,
    settings: &'h Map<String, Value>,
}

impl Write<'_> {
    fn call_us(&self) -> u64 {
        self.entry.call_us()
    }

    /// When it was over; never, for one of which nobody knows when it took effect.
    fn return_us(&self) -> u64 {
        match self.entry.answer {
            Answer::Unknown(_) => u64::MAX,
            _ => self.entry.return_us(),
        }
    }

    /// Whether a setting is shown as this wrote it.
    fn shows(&self, field: &Field, shown: &Map<String, Value>) -> bool {
        let sent = self.settings.get(field.name);
        sent.is_some_and(|sent| model::gap(field, sent, shown.get(field.name)).is_none())
    }
}

impl<'h> Register<'h> {
    fn of(job: &Job<'h>) -> Option<Self> {
        let created = job.created?;
        let mut writes = vec![Write { entry: created, settings: created.arguments()? }];
        let is_delete = |write: &&&Entry| write.endpoint() == Some(Endpoint::Delete);
        let mut edits = job.writes.iter().filter(|write| !is_delete(write)).peekable();
        let by = edits.peek()?.endpoint()?;
        for write in edits {
            let arguments = write.arguments()?;
            let removed = arguments.get("fields_to_remove").and_then(Value::as_array);
            if write.endpoint() != Some(by) || removed.is_some_and(|names| !names.is_empty()) {
                return None;
            }
            let settings = arguments.get("new_settings")?.as_object()?;
            writes.push(Write { entry: write, settings });
        }
        let shown = |get: &&'h Entry| {
            let settings = get.done()?.get("settings")?.as_object()?;
            Some(Read { entry: get, settings })
        };
        let reads: Vec<_> = job.gets.iter().filter_map(shown).collect();
        let mut fields: Vec<&'static Field> = JOB_SETTINGS.fields.iter().collect();
        fields.retain(|field| field.is_documented());
        fields.retain(|field| {
            let sent = || writes.iter().map(|write| write.settings.get(field.name));
            let is_plain = |value: Option<&Value>| {
                value.is_some_and(|value| value.is_string() || value.is_i64() || value.is_boolean())
            };
            sent().all(is_plain) && sent().any(|other| other != sent().next().flatten())
        });
        let over_us = writes.iter().scan(0, |over_us, write| {
            *over_us = write.return_us().max(*over_us);
            Some(*over_us)
        });
        let over_us = over_us.collect();
        let register = Self { by, writes, over_us, reads, fields };
        register.is_contended().then_some(register)
    }

    fn is_contended(&self) -> bool {
        let beside =
            (2..self.writes.len()).any(|at| self.writes[at].call_us() <= self.over_us[at - 1]);
        beside || self.reads.iter().any(|read| self.is_amid(read))
    }

    fn is_amid(&self, read: &Read<'_>) -> bool {
        let called = self.called_by(read.entry.return_us());
        called > 1 && self.over_us[called - 1] >= read.entry.call_us()
    }

    /// How many writes were called by then.
    fn called_by(&self, at_us: u64) -> usize {
        self.writes.partition_point(|write| write.call_us() <= at_us)
    }

    /// The writes that a read may show: called before its end, and not certainly overwritten before it began.
    fn candidates(&self, read: &Read<'_>) -> Vec<&Write<'h>> {
        let called = self.called_by(read.entry.return_us());
        let from_us = read.entry.call_us();
        let past = self.writes[..called].iter().rev().find(|write| write.return_us() < from_us);
        let last_call_us = past.map_or(0, Write::call_us);
        let recent = (0..called).rev().take_while(|at| self.over_us[*at] >= last_call_us);
        let recent = recent.map(|at| &self.writes[at]);
        recent.filter(|write| write.return_us() >= last_call_us).collect()
    }

    /// Whether no two writes wrote the same, so that a read shows which one it shows.
    fn is_distinct(&self) -> bool {
        let mut known = BTreeSet::new();
        self.writes.iter().all(|write| {
            let sent = self.fields.iter().map(|field| write.settings[field.name].to_string());
            known.insert(sent.collect::<Vec<_>>())
        })
    }

    /// What a read shows is not put together from several writes.
    fn whole(&self, read: &Read<'h>, tally: &mut Tally) {
        let mut candidates = self.candidates(read);
        candidates.reverse();
        if candidates.len() < 2 || self.fields.len() < 2 {
            return;
        }
        let of_one =
            |write: &Write<'_>| self.fields.iter().all(|field| write.shows(field, read.settings));
        let holds = candidates.iter().any(|write| of_one(write));
        // What no write says is no mixture of them.
        let is_mixture = self
            .fields
            .iter()
            .all(|field| candidates.iter().any(|write| write.shows(field, read.settings)));
        if holds || is_mixture {
            tally.judge(WHOLE, holds, || {
                let mut evidence: Vec<_> = candidates.iter().map(|write| write.entry).collect();
                evidence.push(read.entry);
                Proof::new(&evidence)
                    .at(Pointer::root().join("settings"))
                    .expected("the settings of one of these writes as a whole")
                    .got("some of one and some of another")
            });
        }
    }

    /// Each setting is shown as one of the updates wrote it that nothing certainly came after.
    fn latest(&self, read: &Read<'h>, tally: &mut Tally) {
        let candidates = self.candidates(read);
        if candidates.len() < 2 {
            return;
        }
        for field in &self.fields {
            let holds = candidates.iter().any(|write| write.shows(field, read.settings));
            tally.judge(OWN_WRITE, holds, || {
                let mut evidence: Vec<_> = candidates.iter().map(|write| write.entry).collect();
                evidence.reverse();
                evidence.push(read.entry);
                let shown = read.settings.get(field.name);
                Proof::new(&evidence)
                    .at(Pointer::root().join("settings").join(field.name))
                    .expected("what one of these writes set")
                    .got(shown.map_or("nothing".to_owned(), |shown| cut(&shown.to_string())))
            });
        }
    }

    /// The reads that show what one write wrote, each with that, do not contradict each other.
    fn one_order(&self, tally: &mut Tally) {
        if !self.is_distinct() {
            return;
        }
        let mut groups: Vec<Group<'_, 'h>> = self.writes.iter().map(Group::of).collect();
        for read in &self.reads {
            let shown = |group: &&mut Group<'_, '_>| {
                self.fields.iter().all(|field| group.write.shows(field, read.settings))
            };
            // It is one of the latest, if all is well.
            if let Some(group) = groups.iter_mut().rev().find(shown) {
                group.add(read.entry);
            }
        }
        groups.retain(Group::happened);
        let resets =
            groups.iter().filter(|group| group.write.entry.endpoint() == Some(Endpoint::Reset));
        let is_shown = |group: &Group<'_, '_>| {
            [group.first, group.last].iter().any(|entry| entry.index != group.write.entry.index)
        };
        if resets.count() < 2 || !groups.iter().any(is_shown) {
            return;
        }
        let wrong = contradiction(&groups);
        tally.judge(ONE_ORDER, wrong.is_none(), || {
            let [one, other] = wrong.unwrap_or([&groups[0], &groups[0]]);
            let mut evidence =
                vec![one.write.entry, other.write.entry, one.last, other.last, other.first];
            evidence.sort_by_key(|entry| entry.index);
            evidence.dedup_by_key(|entry| entry.index);
            Proof::new(&evidence)
                .expected("reads that agree on one order of the resets")
                .got("the settings of a reset both before and after those of another")
        });
    }
}

/// A write with the reads that show it.
struct Group<'w, 'h> {
    write: &'w Write<'h>,
    /// The one that was over first, and when that was.
    first: &'h Entry,
    first_return_us: u64,
    /// The one that was called last.
    last: &'h Entry,
}

impl<'w, 'h> Group<'w, 'h> {
    fn of(write: &'w Write<'h>) -> Self {
        let entry = write.entry;
        Self { write, first: entry, first_return_us: write.return_us(), last: entry }
    }

    fn add(&mut self, read: &'h Entry) {
        if read.return_us() < self.first_return_us {
            (self.first, self.first_return_us) = (read, read.return_us());
        }
        if read.call_us() > self.last.call_us() {
            self.last = read;
        }
    }

    /// Whether the write took effect for certain.
    fn happened(&self) -> bool {
        self.first_return_us < u64::MAX
    }

    /// Whether its value is there for certain from one time to another.
    fn is_forward(&self) -> bool {
        self.first_return_us < self.last.call_us()
    }
}

/// Two groups of which each would have to be before the other, or one that is read before it is written.
fn contradiction<'g, 'w, 'h>(groups: &'g [Group<'w, 'h>]) -> Option<[&'g Group<'w, 'h>; 2]> {
    if let Some(early) = groups.iter().find(|g| g.first_return_us < g.write.call_us()) {
        return Some([early, early]);
    }
    let (mut forward, backward): (Vec<_>, Vec<_>) =
        groups.iter().partition(|group| group.is_forward());
    forward.sort_by_key(|group| group.first_return_us);
    for pair in forward.windows(2) {
        if pair[1].first_return_us < pair[0].last.call_us() {
            return Some([pair[0], pair[1]]);
        }
    }
    // What is all at one moment, whenever that is, cannot be while another value is there.
    backward.into_iter().find_map(|group| {
        let before = forward.partition_point(|of| of.first_return_us < group.last.call_us());
        let around = forward.get(before.checked_sub(1)?)?;
        (group.first_return_us < around.last.call_us()).then_some([*around, group])
    })
}
