//! How far one client, or all clients together, have come on a tape.
//!
//! A session chooses an answer (which changes nothing) and then gives it (which does).

use foldhash::{HashMap, HashSet};

use super::{
    about::{Made, Show},
    history::{Change, EntryId, Need, Sum, Way},
    names::{CREDENTIAL, Names},
    tape::{Entry, Lists, Row, RowId, Tape},
    things::ThingId,
};
use crate::contract::Endpoint;

/// The position of a session.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// The move by which it came here, as its player counts them; 0 at the beginning.
    pub(super) moved: u64,
    /// For each row: the position behind the last answer given.
    next: HashMap<RowId, u32>,
    /// For each row: the write given last.
    given: HashMap<RowId, EntryId>,
    /// The writes given.
    used: HashSet<EntryId>,
    /// The changes of each thing that were replayed since it was last made.
    live: HashMap<ThingId, Live>,
    /// The latest recorded state of each thing that the session was shown, with the answer that did.
    shown: HashMap<ThingId, (EntryId, Show)>,
    /// Runs that the session was shown to be over.
    ended: HashSet<ThingId>,
    gone: HashSet<ThingId>,
    /// What the session made, by the list that it belongs to.
    made: HashMap<ThingId, Vec<Made>>,
    /// How often the last answer of a row was repeated, if that shows a run still active.
    pub(super) repeats: HashMap<RowId, u32>,
    pub(super) names: Names,
    /// What the placeholders of the recording stand for.
    pub(super) placeholders: HashMap<String, String>,
    /// For each first row of a skeleton: how many of its rows, from there, have their names bound.
    pub(super) bound_rows: HashMap<RowId, usize>,
}

#[derive(Debug, Default)]
struct Live {
    changes: HashSet<EntryId>,
    sum: Sum,
}

/// An answer that a session may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) entry: EntryId,
    position: u32,
    pub(super) how: How,
}

/// On what ground an answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It is the next that fits.
    Next,
    /// It is the last that fits, once more.
    Repeated,
    /// It is a write whose repetition the document calls harmless.
    Harmless,
    /// It is a list that comes close.
    Approximate,
}

impl Session {
    /// The answer that the session gets to the question of a row, if one may be given.
    pub(super) fn choose(
        &self,
        tape: &Tape,
        row: RowId,
        credential: Option<&str>,
    ) -> Option<Choice> {
        let asked = Asked::new(self, tape, row, credential);
        let lax = Asked { lax: true, ..asked };
        let next = self.next.get(&row).copied().unwrap_or(0);
        let choice = |how| move |(position, entry)| Choice { entry, position, how };
        asked
            .first(next, |_| true)
            .or_else(|| asked.row.has_writes.then(|| asked.first(0, |entry| entry.is_write))?)
            .map(choice(How::Next))
            .or_else(|| self.harmless(tape, row).map(choice(How::Harmless)))
            .or_else(|| asked.last().map(choice(How::Repeated)))
            .or_else(|| asked.approximate().map(choice(How::Approximate)))
            .or_else(|| lax.first(next, |_| true).map(choice(How::Next)))
            .or_else(|| lax.last().map(choice(How::Repeated)))
    }

    /// Moves on by an answer. Whether anything is otherwise than before: if not, the same question gets the same
    /// answer again.
    pub(super) fn give(
        &mut self,
        tape: &Tape,
        row: RowId,
        choice: Choice,
        credential: Option<&str>,
    ) -> bool {
        let entry = &tape.entries[choice.entry as usize];
        match choice.how {
            How::Next | How::Approximate => {
                self.repeats.remove(&row);
            }
            How::Repeated if entry.shows_active() => *self.repeats.entry(row).or_default() += 1,
            How::Repeated => {}
            How::Harmless => return false,
        }
        let next = self.next.entry(row).or_default();
        let mut moves = *next <= choice.position;
        *next = (*next).max(choice.position + 1);
        if entry.is_write && self.used.insert(choice.entry) {
            self.given.insert(row, choice.entry);
            self.happen(tape, choice.entry);
            moves = true;
        }
        // A list that only comes close tells nothing about what is not the session's.
        let tells =
            |show: &&Show| choice.how != How::Approximate || self.live.contains_key(&show.thing);
        for show in entry.about.shows.iter().filter(tells) {
            let is_latest = self.shown.get(&show.thing).is_none_or(|(latest, _)| {
                *latest != choice.entry && !entry.span.before(tape.entries[*latest as usize].span)
            });
            if is_latest {
                self.shown.insert(show.thing, (choice.entry, *show));
            }
            let ends = show.ended == Some(true) && self.ended.insert(show.thing);
            moves |= is_latest || ends;
        }
        if let (true, Some(live), Some(recorded)) =
            (tape.has_refusals, credential, entry.credential.as_deref())
            && self.names.recorded(CREDENTIAL, live).is_none()
            && !self.names.is_taken(CREDENTIAL, recorded)
        {
            self.names.bind(CREDENTIAL, live, recorded);
            moves = true;
        }
        moves
    }

    /// Applies the effect of a write.
    fn happen(&mut self, tape: &Tape, id: EntryId) {
        let entry = &tape.entries[id as usize];
        for thing in &entry.about.makes {
            let live = self.live.entry(*thing).or_default();
            // What overlapped in the recording may have come after it.
            live.changes.retain(|other| {
                let other = tape.entries[*other as usize].span;
                !other.before(entry.span) && !entry.span.before(other)
            });
            live.changes.insert(id);
            live.sum = live.changes.iter().fold(Sum::default(), |sum, id| sum.with(*id));
            self.shown.remove(thing);
            // A list may have shown it before it was made here, as somebody else's.
            self.ended.remove(thing);
        }
        let removed = entry.about.would_remove.iter().filter(|thing| !self.gone.contains(thing));
        let removed: Vec<ThingId> = removed.copied().collect();
        for thing in entry.about.changes.iter().chain(&removed) {
            let live = self.live.entry(*thing).or_default();
            if live.changes.insert(id) {
                live.sum = live.sum.with(id);
            }
        }
        for made in &entry.about.made {
            self.made.entry(made.list).or_default().push(*made);
        }
        self.gone.extend(entry.about.removes.iter().chain(&removed));
    }

    /// The write of a row that may be given again, because the document says that it does nothing more.
    fn harmless(&self, tape: &Tape, row: RowId) -> Option<(u32, EntryId)> {
        let id = *self.given.get(&row)?;
        let entry = &tape.entries[id as usize];
        let harmless = match tape.endpoint(row)? {
            Endpoint::RunNow | Endpoint::RunsSubmit => {
                let used = tape.rows[row as usize].question.token().is_some();
                used && !entry.about.makes.iter().any(|thing| self.gone.contains(thing))
            }
            Endpoint::Delete => true,
            Endpoint::RunsCancel => {
                entry.about.changes.iter().any(|thing| self.ended.contains(thing))
            }
            _ => false,
        };
        harmless.then_some((0, id))
    }

    /// Whether a write has been given.
    pub(super) fn has_given(&self, id: EntryId) -> bool {
        self.used.contains(&id)
    }

    /// The changes of a thing that were replayed since it was last made.
    pub(super) fn changes(&self, thing: ThingId) -> impl Iterator<Item = EntryId> {
        self.live.get(&thing).into_iter().flat_map(|live| live.changes.iter().copied())
    }

    /// The answer that showed a thing otherwise than an older answer does.
    pub(super) fn contradicts(&self, tape: &Tape, entry: &Entry) -> Option<EntryId> {
        entry.about.shows.iter().find_map(|show| self.goes_back(tape, entry, show))
    }

    /// The answer that showed a thing further on than another does: one from later or, where their times
    /// overlap, one of a run in a state that does not lead to this one.
    fn goes_back(&self, tape: &Tape, entry: &Entry, show: &Show) -> Option<EntryId> {
        let (later, shown) = self.shown.get(&show.thing)?;
        let later_span = tape.entries[*later as usize].span;
        let is_older = entry.span.before(later_span)
            || (!later_span.before(entry.span) && show.is_behind(shown.life));
        (shown.state != show.state && is_older).then_some(*later)
    }

    fn sum(&self, thing: ThingId) -> Sum {
        self.live.get(&thing).map_or_else(Sum::default, |live| live.sum)
    }

    fn meets(&self, need: &Need, lax: bool) -> bool {
        if need.is_shown && !lax {
            return need.ways[0].required == self.sum(need.thing);
        }
        need.ways.iter().any(|way| self.is_way(need.thing, way))
    }

    fn is_way(&self, thing: ThingId, way: &Way) -> bool {
        let Some(live) = self.live.get(&thing) else { return way.required == Sum::default() };
        let beside = way.optional.iter().filter(|id| live.changes.contains(id));
        beside.fold(live.sum, |sum, id| sum.without(*id)) == way.required
    }
}

/// A question to a row.
#[derive(Clone, Copy)]
struct Asked<'a> {
    session: &'a Session,
    tape: &'a Tape,
    row: &'a Row,
    credential: Option<&'a str>,
    /// Whether an answer will do that was on its way while a write happened, and shows no effect of it.
    lax: bool,
    /// The changes replayed of what the row reads, folded as in [`Fits::exact`], and how many they are.
    fold: u64,
    count: u32,
}

impl<'a> Asked<'a> {
    fn new(session: &'a Session, tape: &'a Tape, row: RowId, credential: Option<&'a str>) -> Self {
        let row = &tape.rows[row as usize];
        let sums = row.reads.iter().map(|thing| session.sum(*thing));
        let (fold, count) =
            sums.fold((0, 0), |(fold, count), sum| (sum.fold(fold), count + sum.count));
        Self { session, tape, row, credential, lax: false, fold, count }
    }

    fn entry(&self, position: u32) -> (EntryId, &'a Entry) {
        let id = self.row.answers[position as usize];
        (id, &self.tape.entries[id as usize])
    }

    /// The first answer from a position on that fits and may be given.
    fn first(&self, from: u32, wanted: impl Fn(&Entry) -> bool) -> Option<(u32, EntryId)> {
        let passes =
            |position: &u32| self.may_be_given(*position) && wanted(self.entry(*position).1);
        self.fitting()
            .filter_map(|(positions, checked)| {
                let start = positions.partition_point(|position| *position < from);
                positions[start..]
                    .iter()
                    .copied()
                    .find(|position| (checked || self.fits(*position)) && passes(position))
            })
            .min()
            .map(|position| (position, self.entry(position).0))
    }

    /// The last read that fits.
    fn last(&self) -> Option<(u32, EntryId)> {
        let passes = |position: &u32| {
            let entry = self.entry(*position).1;
            self.may_be_given(*position)
                && !entry.is_write
                && !(entry.is_transient() && self.row.has_lasting)
        };
        self.fitting()
            .filter_map(|(positions, checked)| {
                positions
                    .iter()
                    .rev()
                    .copied()
                    .find(|position| (checked || self.fits(*position)) && passes(position))
            })
            .max()
            .map(|position| (position, self.entry(position).0))
    }

    /// Lists of positions that may fit, each in order, with whether those in it do for certain.
    fn fitting(&self) -> impl Iterator<Item = (&'a [u32], bool)> {
        let (fits, count) = (&self.row.fits, self.count);
        let exact = fits.exact.get(&self.fold).map(|positions| (&**positions, true));
        let flexible = fits.flexible.range(count.saturating_sub(fits.slack)..=count);
        exact
            .into_iter()
            .chain(flexible.map(|(_, positions)| (&**positions, false)))
            .chain([(&*fits.loose, false)])
    }

    fn fits(&self, position: u32) -> bool {
        self.entry(position).1.needs.iter().all(|need| self.session.meets(need, self.lax))
    }

    fn may_be_given(&self, position: u32) -> bool {
        let (id, entry) = self.entry(position);
        let is_spent = entry.is_write && self.session.used.contains(&id);
        !is_spent
            && self.suits_credential(entry)
            && self.session.contradicts(self.tape, entry).is_none()
    }

    /// Whether an answer is for whoever asks. Only a refusal looks at the credential: it is given to the
    /// one that got it, and that one gets nothing that was given to others.
    fn suits_credential(&self, entry: &Entry) -> bool {
        if self.row.refused.is_empty() {
            return true;
        }
        let names = &self.session.names;
        let recorded = self.credential.and_then(|live| names.recorded(CREDENTIAL, live));
        let is_own = |recorded: Option<&str>| match (self.credential, recorded) {
            (None, None) => true,
            (Some(live), Some(own)) => names.agree(CREDENTIAL, live, own),
            (None, Some(_)) | (Some(_), None) => false,
        };
        let known = self.credential.is_none() || recorded.is_some();
        let is_refused = known && self.row.refused.iter().any(|refused| is_own(refused.as_deref()));
        let own = is_own(entry.credential.as_deref());
        if is_refused { own } else { own || !entry.is_refusal() }
    }

    /// The list that comes closest: it lacks nothing that this session made, names nothing that it
    /// removed, and shows no run as active that it saw end.
    fn approximate(&self) -> Option<(u32, EntryId)> {
        let lists = self.row.lists.as_ref()?;
        let list = *self.row.reads.first()?;
        let made: Vec<ThingId> = self
            .session
            .made
            .get(&list)
            .into_iter()
            .flatten()
            .filter(|made| self.belongs(made))
            .map(|made| made.item)
            .collect();
        let is_page = self.row.question.integer("offset").is_some();
        let position = self.candidates(lists, &made, is_page).find(|position| {
            let entry = self.entry(*position).1;
            let Some(listing) = &entry.about.listing else { return false };
            let may_lack = is_page || listing.has_more;
            let active = |show: &Show| show.ended == Some(false);
            (may_lack || made.iter().all(|item| listing.items.binary_search(item).is_ok()))
                && !listing.items.iter().any(|item| self.session.gone.contains(item))
                && listing.items.iter().all(|item| self.could_show(*item, entry))
                && !entry
                    .about
                    .shows
                    .iter()
                    .any(|show| active(show) && self.session.ended.contains(&show.thing))
                && self.suits_credential(entry)
        })?;
        Some((position, self.entry(position).0))
    }

    /// Whether a list that only comes close may show this thing: one that the session made or changed
    /// stands there after just the changes that were replayed, and not as it was before it was seen otherwise.
    fn could_show(&self, thing: ThingId, entry: &Entry) -> bool {
        let Some(live) = self.session.live.get(&thing) else { return true };
        let history = &self.tape.histories[thing as usize];
        let show = entry.about.shows.iter().find(|show| show.thing == thing);
        // Only a delete changes what has ended, and what was deleted is looked at before.
        let has_ended = show.is_some_and(|show| show.ended == Some(true));
        let replayed = |change: &Change| live.changes.contains(&change.entry);
        let goes_back =
            show.is_some_and(|show| self.session.goes_back(self.tape, entry, show).is_some());
        history.past(entry.span).all(replayed)
            && (has_ended || !history.future(entry.span).any(replayed))
            && !goes_back
    }

    /// Whether something that the session made has to stand in the list that is asked for.
    fn belongs(&self, made: &Made) -> bool {
        let question = &self.row.question;
        let ended = self.session.ended.contains(&made.item);
        let type_fits = match question.arguments.get("run_type").and_then(|value| value.as_str()) {
            Some("JOB_RUN") => !made.submitted,
            Some("SUBMIT_RUN") => made.submitted,
            _ => true,
        };
        !self.session.gone.contains(&made.item)
            && type_fits
            && (!ended || !question.is_true("active_only"))
            && (ended || !question.is_true("completed_only"))
    }

    /// Lists with the fewest strangers first. Where something has to be in it, only those that it is in.
    fn candidates(
        &self,
        lists: &'a Lists,
        made: &[ThingId],
        is_page: bool,
    ) -> Box<dyn Iterator<Item = u32> + 'a> {
        let has_more = |position: &u32| {
            let entry = self.entry(*position).1;
            entry.about.listing.as_ref().is_some_and(|listing| listing.has_more)
        };
        let may_lack = is_page || lists.by_size.iter().any(has_more);
        let rarest = made
            .iter()
            .map(|item| lists.containing.get(item).map_or(&[][..], |positions| &**positions))
            .min_by_key(|positions| positions.len());
        match rarest.filter(|_| !may_lack) {
            Some(positions) => Box::new(positions.iter().copied()),
            None => Box::new(lists.by_size.iter().copied()),
        }
    }
}
