//! What each exchange of a tape makes, changes, removes and shows, by the contract's table of effects.
//!
//! Only a success changes anything. A repetition that the document calls harmless (a token already used,
//! a job already removed, a run already ended) changes nothing.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{
    question::Question,
    things::{Thing, ThingId, Things},
};
use crate::{
    contract::{self, Endpoint, LifeCycleState},
    life::{Course, Sighting, Span, Told, Unended},
};

/// An exchange as far as cause and effect go.
pub(super) struct Fact<'a> {
    pub(super) question: &'a Question,
    pub(super) span: Span,
    /// What it tells, if it is a success with a whole answer.
    pub(super) told: Option<Told>,
}

/// What an exchange does and shows.
#[derive(Debug, Default)]
pub(super) struct About {
    pub(super) makes: Vec<ThingId>,
    /// What it changes without making it; includes what it removes.
    pub(super) changes: Vec<ThingId>,
    pub(super) removes: Vec<ThingId>,
    /// What it removes where that is still there: on the tape another had removed it before.
    pub(super) would_remove: Vec<ThingId>,
    pub(super) shows: Vec<Show>,
    /// The jobs or runs that it makes, for each list that they belong to.
    pub(super) made: Vec<Made>,
    /// What it lists, if it answers with a list.
    pub(super) listing: Option<Listing>,
}

impl About {
    /// Whether it did anything beside reading.
    pub(super) fn is_write(&self) -> bool {
        !(self.makes.is_empty() && self.changes.is_empty())
    }
}

/// The state of a thing as an answer shows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Show {
    pub(super) thing: ThingId,
    /// A hash of the state.
    pub(super) state: u64,
    /// Of a run: where it stands, if that is a state of the contract.
    pub(super) life: Option<LifeCycleState>,
    /// Of a run: whether it is over.
    pub(super) ended: Option<bool>,
}

impl Show {
    /// Whether a run was seen further on by another show.
    pub(super) fn is_behind(&self, life: Option<LifeCycleState>) -> bool {
        self.life.zip(life).is_some_and(|(own, other)| !other.can_lead_to(own))
    }
}

/// A job or run that belongs to a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) list: ThingId,
    pub(super) item: ThingId,
    /// Whether it is a run without a job of its own (`SUBMIT_RUN`).
    pub(super) submitted: bool,
}

/// The jobs or runs that an answer lists.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// In the order of their numbers.
    pub(super) items: Vec<ThingId>,
    /// Whether the list goes on.
    pub(super) has_more: bool,
}

/// Reads all exchanges of a tape, which stand in the order of arrival.
pub(super) fn about(facts: &[Fact<'_>], things: &mut Things) -> (Vec<About>, Lore) {
    let mut lore = Lore::read(facts);
    let abouts = facts
        .iter()
        .enumerate()
        .map(|(index, fact)| {
            let (Some(endpoint), Some(told)) = (fact.question.endpoint, &fact.told) else {
                return About::default();
            };
            let mut about = About::default();
            lore.effects(index, endpoint, fact, told, things, &mut about);
            lore.shows(index, endpoint, told, things, &mut about);
            about
        })
        .collect();
    (abouts, lore)
}

/// What the whole tape tells of runs and jobs.
#[derive(Debug, Default)]
pub(super) struct Lore {
    /// The job of each run.
    pub(super) job_of: HashMap<i64, i64>,
    /// The exchange that started a run.
    starter: HashMap<i64, (usize, Span)>,
    creator: HashMap<i64, usize>,
    job_remover: HashMap<i64, usize>,
    run_remover: HashMap<i64, usize>,
    tokens_of: HashMap<i64, Vec<String>>,
    /// The first answer that showed a run ended.
    ended: HashMap<i64, Span>,
    /// Answers that show a run where it cannot have been any more; the service is not always consistent.
    stale: HashSet<(usize, i64)>,
    /// The runs of each job, the first born last.
    unborn: HashMap<i64, Vec<i64>>,
    /// The runs of each job that may be active at the exchange being read.
    active: HashMap<i64, Vec<i64>>,
    /// The runs of each job that have been made by then.
    born: HashMap<i64, Vec<i64>>,
    /// Runs whose state is shown, but never as ended.
    pub(super) endless: Vec<Unended>,
}

impl Lore {
    fn read(facts: &[Fact<'_>]) -> Self {
        let mut lore = Self::default();
        let mut sightings = HashMap::<i64, Vec<Sighting>>::new();
        for (index, fact) in facts.iter().enumerate() {
            let (Some(endpoint), Some(told)) = (fact.question.endpoint, &fact.told) else {
                continue;
            };
            let named_job = fact.question.integer("job_id");
            match endpoint {
                Endpoint::RunNow | Endpoint::RunsSubmit => {
                    let Some(run) = told.run else { continue };
                    lore.starter.entry(run).or_insert((index, fact.span));
                    if let Some(job) = named_job.filter(|_| endpoint == Endpoint::RunNow) {
                        lore.job_of.insert(run, job);
                    }
                    if let Some(token) = fact.question.token() {
                        let tokens = lore.tokens_of.entry(run).or_default();
                        if !tokens.iter().any(|known| known == token) {
                            tokens.push(token.to_owned());
                        }
                    }
                }
                Endpoint::Create => {
                    if let Some(job) = told.job {
                        lore.creator.entry(job).or_insert(index);
                    }
                }
                Endpoint::Delete => {
                    if let Some(job) = named_job {
                        lore.job_remover.entry(job).or_insert(index);
                    }
                }
                Endpoint::RunsDelete => {
                    if let Some(run) = fact.question.integer("run_id") {
                        lore.run_remover.entry(run).or_insert(index);
                    }
                }
                _ => {}
            }
            for run in &told.runs {
                if let Some(job) = run.job {
                    lore.job_of.insert(run.run, job);
                }
                let seen = sightings.entry(run.run).or_default();
                let sighting = |state| Sighting { index, span: fact.span, state };
                seen.extend(run.life_cycle().map(sighting));
            }
        }
        for (run, sightings) in sightings {
            let course = Course::of(sightings);
            lore.stale.extend(course.stale.iter().map(|index| (*index, run)));
            lore.ended.extend(course.ended.map(|ended| (run, ended)));
            lore.endless.extend(course.unended(run));
        }
        lore.endless.sort_unstable_by_key(|unended| unended.run);
        for (run, job) in &lore.job_of {
            lore.unborn.entry(*job).or_default().push(*run);
        }
        let starter = &lore.starter;
        for runs in lore.unborn.values_mut() {
            // A run that the tape does not start was there from the beginning.
            let born = |run: &i64| starter.get(run).map_or((0, *run), |(at, _)| (at + 1, *run));
            runs.sort_unstable_by_key(|run| std::cmp::Reverse(born(run)));
        }
        lore
    }

    fn effects(
        &mut self,
        index: usize,
        endpoint: Endpoint,
        fact: &Fact<'_>,
        told: &Told,
        things: &mut Things,
        about: &mut About,
    ) {
        let job = fact.question.integer("job_id");
        let run = fact.question.integer("run_id");
        let repeated = match endpoint {
            Endpoint::RunNow | Endpoint::RunsSubmit => {
                told.run.is_none_or(|run| self.starter[&run].0 != index)
            }
            Endpoint::Create => told.job.is_none_or(|job| self.creator[&job] != index),
            Endpoint::Delete => job.is_none_or(|job| self.job_remover[&job] != index),
            Endpoint::RunsDelete => run.is_none_or(|run| self.run_remover[&run] != index),
            Endpoint::RunsCancel => run.is_none_or(|run| self.had_ended(run, fact.span)),
            _ => false,
        };
        if repeated {
            return;
        }
        self.makes(endpoint, job.or(told.job), told.run, things, about);
        self.changes(index, fact, told.run.or(run), things, about);
        self.removes(index, endpoint, job, run, things, about);
        about.makes.sort_unstable();
        about.changes.extend(&about.removes);
        // A token may stand for more than one run.
        about.changes.sort_unstable();
        about.changes.dedup();
    }

    fn makes(
        &self,
        endpoint: Endpoint,
        job: Option<i64>,
        run: Option<i64>,
        things: &mut Things,
        about: &mut About,
    ) {
        for thing in endpoint.effect().makes {
            match (thing, job, run) {
                (contract::Thing::Job, Some(job), _) => {
                    let item = things.id(Thing::Job(job));
                    about.makes.push(item);
                    if endpoint == Endpoint::Create {
                        about.makes.push(things.id(Thing::JobLife(job)));
                        let list = things.id(Thing::JobList);
                        about.made.push(Made { list, item, submitted: false });
                    }
                }
                (contract::Thing::Run, _, Some(run)) => {
                    let item = things.id(Thing::Run(run));
                    about.makes.extend([item, things.id(Thing::RunLife(run))]);
                    let submitted = endpoint == Endpoint::RunsSubmit;
                    for list in lists_of(self.job_of.get(&run).copied()) {
                        about.made.push(Made { list: things.id(list), item, submitted });
                    }
                }
                _ => {}
            }
        }
    }

    fn changes(
        &mut self,
        index: usize,
        fact: &Fact<'_>,
        run: Option<i64>,
        things: &mut Things,
        about: &mut About,
    ) {
        let Some(effect) = fact.question.endpoint.map(Endpoint::effect) else { return };
        let job = fact.question.integer("job_id");
        let settings = fact.question.arguments.get("new_settings");
        let is_timed = settings.is_some_and(|settings| settings.get("timeout_seconds").is_some());
        let timed = if is_timed { effect.changes_with_timeout } else { &[] };
        let changed = || effect.changes.iter().chain(timed);
        let stops = changed().any(|thing| *thing == contract::Thing::ActiveRuns);
        let active = match job {
            Some(job) if stops => self.active(job, index, fact.span),
            _ => Vec::new(),
        };
        let mut change = |thing| about.changes.push(things.id(thing));
        for thing in changed() {
            match thing {
                contract::Thing::Job => job.map(Thing::Job).into_iter().for_each(&mut change),
                contract::Thing::Run => run.map(Thing::Run).into_iter().for_each(&mut change),
                contract::Thing::Token => {
                    let token = fact.question.token().map(str::to_owned);
                    token.map(Thing::Token).into_iter().for_each(&mut change);
                }
                contract::Thing::JobList => change(Thing::JobList),
                // Where it stops runs, it changes the lists only through those.
                contract::Thing::RunList if stops && active.is_empty() => {}
                contract::Thing::RunList => {
                    let job = job.or_else(|| self.job_of.get(&run?).copied());
                    lists_of(job).for_each(&mut change);
                }
                contract::Thing::ActiveRuns => {
                    active.iter().map(|run| Thing::Run(*run)).for_each(&mut change);
                }
                contract::Thing::JobRuns => {}
            }
        }
    }

    fn removes(
        &mut self,
        index: usize,
        endpoint: Endpoint,
        job: Option<i64>,
        run: Option<i64>,
        things: &mut Things,
        about: &mut About,
    ) {
        for thing in endpoint.effect().removes {
            match (thing, job, run) {
                (contract::Thing::Job, Some(job), _) => {
                    let gone = [Thing::Job(job), Thing::JobLife(job)];
                    about.removes.extend(gone.map(|thing| things.id(thing)));
                }
                (contract::Thing::Run, _, Some(run)) => {
                    let gone = [Thing::Run(run), Thing::RunLife(run)];
                    about.removes.extend(gone.map(|thing| things.id(thing)));
                }
                (contract::Thing::Token, _, Some(run)) => {
                    about.removes.extend(self.tokens(run, things));
                }
                (contract::Thing::JobRuns, Some(job), _) => {
                    self.bear(job, index);
                    let runs = self.born.remove(&job).unwrap_or_default();
                    for run in runs {
                        let was_there = !self.was_removed(run, index);
                        let gone =
                            if was_there { &mut about.removes } else { &mut about.would_remove };
                        let run_itself = [Thing::Run(run), Thing::RunLife(run)];
                        gone.extend(run_itself.map(|thing| things.id(thing)));
                        gone.extend(self.tokens(run, things));
                    }
                }
                _ => {}
            }
        }
    }

    fn shows(
        &self,
        index: usize,
        endpoint: Endpoint,
        told: &Told,
        things: &mut Things,
        about: &mut About,
    ) {
        for seen in &told.runs {
            let Some(state) =
                seen.state.as_ref().filter(|_| !self.stale.contains(&(index, seen.run)))
            else {
                continue;
            };
            let ended = seen.life_cycle().is_some_and(LifeCycleState::is_terminal);
            about.shows.push(Show {
                thing: things.id(Thing::Run(seen.run)),
                state: hash(state),
                life: seen.life_cycle(),
                ended: Some(ended),
            });
        }
        match endpoint {
            Endpoint::Get => {
                let shown = told.job.zip(told.settings.as_ref());
                about.shows.extend(shown.map(|(job, settings)| Show {
                    thing: things.id(Thing::Job(job)),
                    state: hash(settings),
                    life: None,
                    ended: None,
                }));
            }
            Endpoint::List => {
                let mut items: Vec<_> =
                    told.jobs.iter().map(|job| things.id(Thing::Job(*job))).collect();
                items.sort_unstable();
                about.listing = Some(Listing { items, has_more: told.has_more });
            }
            Endpoint::RunsList => {
                let mut items: Vec<_> =
                    told.runs.iter().map(|seen| things.id(Thing::Run(seen.run))).collect();
                items.sort_unstable();
                about.listing = Some(Listing { items, has_more: told.has_more });
            }
            _ => {}
        }
    }

    fn had_ended(&self, run: i64, span: Span) -> bool {
        self.ended.get(&run).is_some_and(|ended| ended.before(span))
    }

    fn was_removed(&self, run: i64, index: usize) -> bool {
        self.run_remover.get(&run).is_some_and(|remover| *remover < index)
    }

    fn tokens(&self, run: i64, things: &mut Things) -> Vec<ThingId> {
        let tokens = self.tokens_of.get(&run).into_iter().flatten();
        tokens.map(|token| things.id(Thing::Token(token.clone()))).collect()
    }

    /// The runs of a job that are active when an exchange comes, as far as is known.
    fn active(&mut self, job: i64, index: usize, span: Span) -> Vec<i64> {
        self.bear(job, index);
        let Some(mut active) = self.active.remove(&job) else { return Vec::new() };
        active.retain(|run| !self.had_ended(*run, span) && !self.was_removed(*run, index));
        self.active.entry(job).or_insert(active).clone()
    }

    /// Moves the runs of a job on that were started before an exchange came.
    fn bear(&mut self, job: i64, index: usize) {
        let Some(unborn) = self.unborn.get_mut(&job) else { return };
        while let Some(run) =
            unborn.pop_if(|run| self.starter.get(run).is_none_or(|(at, _)| *at < index))
        {
            self.active.entry(job).or_default().push(run);
            self.born.entry(job).or_default().push(run);
        }
    }
}

/// The lists that a run of this job stands in.
fn lists_of(job: Option<i64>) -> impl Iterator<Item = Thing> {
    job.map(Thing::RunListOf).into_iter().chain([Thing::RunList])
}

/// A hash that is the same in every process.
pub(super) fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
