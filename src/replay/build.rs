//! From a recording to its [`Tape`]: which exchanges ask the same, what each answer tells, what must have
//! happened before it, and in which order a row gives its answers.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};

use super::{
    Options, Polls, Recording, Transients,
    about::{Fact, Lore, Show, about, hash},
    history::{Change, EntryId, History, Need, Standing},
    names::Class,
    placeholders::Placeholders,
    question::Question,
    tape::{BYTES_KEY_MAX, DISCOVERY, Entry, Fits, Known, Lists, Row, RowId, Tape, bytes_key},
    things::{ThingId, Things, reads},
};
use crate::{
    exchange::{Body, Exchange, Headers, Outcome, Response},
    json::canonical,
    life::{Span, told, whole_answer},
    parts,
};

impl Tape {
    /// Indexes a recording.
    pub(super) fn build(recording: Recording, options: &Options) -> Self {
        let mut exchanges = recording.exchanges;
        exchanges.sort_by_key(|exchange| exchange.seq);
        exchanges.retain(|exchange| {
            exchange.outcome != Outcome::Deck && exchange.request.path() != DISCOVERY
        });
        let mut tape = Self {
            entries: Vec::new(),
            rows: Vec::new(),
            things: Things::default(),
            histories: Vec::new(),
            by_key: HashMap::default(),
            by_bytes: HashMap::default(),
            by_skeleton: HashMap::default(),
            blanked_segments: HashMap::default(),
            blanks: HashMap::default(),
            by_path: BTreeMap::new(),
            has_omitted: exchanges
                .iter()
                .any(|exchange| matches!(exchange.request.body, Body::Omitted { .. })),
            has_refusals: false,
            made: HashSet::default(),
            runs_of_jobs: HashMap::default(),
            endless: Vec::new(),
            idle_pointers: Vec::new(),
        };
        let mut volatile = recording.volatile;
        volatile.extend(options.volatile.iter().cloned());
        let rows = tape.find_rows(&exchanges, &volatile, options);
        let taken = exchanges.into_iter().zip(rows);
        let taken: Vec<Taken> = taken.map(|(exchange, row)| Taken::of(exchange, row)).collect();
        volatile.sort_unstable();
        volatile.dedup();
        let strikes = |pointer: &String| tape.rows.iter().any(|row| row.question.strikes(pointer));
        volatile.retain(|pointer| !strikes(pointer));
        tape.idle_pointers = volatile;
        let lore = tape.read_answers(taken);
        let made = tape.entries.iter().flat_map(|entry| &entry.about.made);
        tape.made = made.map(|made| made.item).collect();
        tape.endless = lore.endless;
        for (run, job) in lore.job_of {
            tape.runs_of_jobs.entry(job).or_default().push(run);
        }
        tape.find_needs();
        tape.fill_rows(options);
        for row in 0..tape.rows.len() {
            tape.index_row(row);
        }
        tape
    }

    /// Finds or makes the row of each exchange.
    fn find_rows(
        &mut self,
        exchanges: &[Exchange],
        volatile: &[String],
        options: &Options,
    ) -> Vec<RowId> {
        let mut firsts: Vec<&Exchange> = Vec::new();
        let mut known = HashMap::<Vec<u8>, usize>::default();
        let mut places = Vec::with_capacity(exchanges.len());
        let mut bytes = Vec::new();
        for exchange in exchanges {
            bytes_key(&exchange.request, &mut bytes);
            let is_whole = matches!(exchange.request.body, Body::Whole(_));
            let is_known = is_whole && bytes.len() <= BYTES_KEY_MAX;
            if let Some(place) = known.get(&bytes).filter(|_| is_known) {
                places.push(*place);
                continue;
            }
            places.push(firsts.len());
            if is_known {
                known.insert(bytes.clone(), firsts.len());
            }
            firsts.push(exchange);
        }
        let mut keys = vec![None; firsts.len()];
        for (bytes, place) in known {
            keys[place] = Some(bytes);
        }
        let asked = parts::side_by_side(&firsts, |part| {
            part.iter().map(|exchange| Asked::of(exchange, volatile, options)).collect()
        });
        let asked = asked.into_iter().zip(keys);
        let rows: Vec<RowId> = asked.map(|(asked, bytes)| self.row_of(asked, bytes)).collect();
        places.into_iter().map(|place| rows[place]).collect()
    }

    /// Finds or makes the row of a request; its bytes are those by which it is known, if it is.
    fn row_of(&mut self, asked: Asked, bytes: Option<Vec<u8>>) -> RowId {
        let Asked { question, key, path, names, placeholders, skeleton } = asked;
        if let Some(row) = self.by_key.get(&key) {
            return *row;
        }
        // Each row takes many bytes of a cassette, so there are never 2^32 of them.
        let row = RowId::try_from(self.rows.len()).unwrap_or(RowId::MAX);
        if let Some(skeleton) = skeleton {
            self.by_skeleton.entry(skeleton).or_default().push(row);
        }
        if let Some(bytes) = bytes.filter(|_| placeholders.is_empty()) {
            let names = names.iter().map(|(_, _, recorded)| recorded.clone()).collect();
            self.by_bytes.insert(bytes, Known::new(row, names));
        }
        let segments: Vec<usize> = placeholders.segments.iter().map(|(at, _)| *at).collect();
        if !segments.is_empty() {
            let shape = (question.method.clone(), question.path.split('/').count());
            self.blanked_segments.entry(shape).or_default().insert(segments);
        }
        let blanks: Vec<String> =
            placeholders.arguments.iter().map(|(place, _)| place.clone()).collect();
        if !blanks.is_empty() {
            self.blanks.entry(path.clone()).or_default().insert(blanks);
        }
        self.by_path.entry(path).or_default().push(row);
        self.by_key.insert(key, row);
        let reads = reads(&question, &mut self.things);
        self.rows.push(Row {
            question,
            reads,
            answers: Vec::new(),
            incomplete: Vec::new(),
            names,
            placeholders,
            refused: Vec::new(),
            has_writes: false,
            has_lasting: false,
            fits: Fits::default(),
            lists: None,
        });
        row
    }

    /// Makes the entries.
    fn read_answers(&mut self, taken: Vec<Taken>) -> Lore {
        let told = parts::side_by_side(&taken, |part| {
            let told = |taken: &Taken| {
                let question = &self.rows[taken.row as usize].question;
                let success = taken.response.as_ref().filter(|response| response.is_success());
                let (endpoint, response) = question.endpoint.zip(success)?;
                Some(told(endpoint, response.body.bytes()))
            };
            part.iter().map(told).collect()
        });
        let facts = taken.iter().zip(told).map(|(taken, told)| {
            let question = &self.rows[taken.row as usize].question;
            Fact { question, span: taken.span, told }
        });
        let facts: Vec<Fact<'_>> = facts.collect();
        let (abouts, lore) = about(&facts, &mut self.things);
        let mut framing = Framing::default();
        self.entries = taken
            .into_iter()
            .zip(abouts)
            .map(|(Taken { span, row, credential, response }, about)| Entry {
                seq: span.seq,
                span,
                row,
                credential,
                response: response.map(|response| framing.without(response)),
                is_write: about.is_write(),
                about,
                needs: Vec::new(),
            })
            .collect();
        lore
    }

    /// Works out what must have been replayed for each answer to fit.
    fn find_needs(&mut self) {
        let mut changes: Vec<Vec<Change>> = vec![Vec::new(); self.things.len()];
        let mut first_shown = HashMap::<(ThingId, u64), (u64, u64)>::default();
        for (id, entry) in (0..).zip(&self.entries) {
            let span = entry.span;
            for (things, makes) in [(&entry.about.makes, true), (&entry.about.changes, false)] {
                for thing in things {
                    changes[*thing as usize].push(Change { entry: id, span, makes });
                }
            }
            for thing in &self.rows[entry.row as usize].reads {
                if let Some(state) = shown_state(entry, *thing) {
                    let first = first_shown.entry((*thing, state)).or_insert((u64::MAX, 0));
                    *first = (*first).min((span.end_us, span.seq));
                }
            }
            for Show { thing, state, .. } in &entry.about.shows {
                let first = first_shown.entry((*thing, *state)).or_insert((u64::MAX, 0));
                *first = (*first).min((span.end_us, span.seq));
            }
        }
        self.histories = changes.into_iter().map(History::new).collect();
        for id in 0..self.entries.len() {
            let entry = &self.entries[id];
            let need = |thing: &ThingId| {
                let shown = shown_state(entry, *thing).filter(|_| !entry.is_write);
                let standing = |change: &Change| {
                    if self.is_list_from_before(entry, change) {
                        return Standing::Before;
                    }
                    // What it shows was also seen before the change, so it may be from before too.
                    let seen_before = shown.is_some_and(|state| {
                        let (end_us, seq) = first_shown[&(*thing, state)];
                        (Span { at_us: 0, end_us, seq }).before(change.span)
                    });
                    let after = shown.is_some() && !seen_before;
                    if after { Standing::After } else { Standing::Either }
                };
                // There are never 2^32 entries, since each takes many bytes of a cassette.
                let id = EntryId::try_from(id).unwrap_or(EntryId::MAX);
                let ways = self.histories[*thing as usize].ways(id, entry.span, standing);
                Need { thing: *thing, ways, is_shown: shown.is_some() }
            };
            let needs = self.rows[entry.row as usize].reads.iter().map(need).collect();
            self.entries[id].needs = needs;
        }
    }

    /// Whether a list tells by its items that it is from before a change: it names what the change removes, or
    /// is whole without what the change makes.
    fn is_list_from_before(&self, entry: &Entry, change: &Change) -> bool {
        let Some(listing) = &entry.about.listing else { return false };
        let question = &self.rows[entry.row as usize].question;
        let about = &self.entries[change.entry as usize].about;
        let names = |item: &ThingId| listing.items.binary_search(item).is_ok();
        let is_part = listing.has_more
            || ["offset", "limit"].into_iter().any(|name| question.integer(name).is_some())
            || ["active_only", "completed_only"].into_iter().any(|name| question.is_true(name))
            || question.arguments.get("run_type").is_some();
        let lists = self.rows[entry.row as usize].reads.first();
        let mut made = about.made.iter().filter(|made| Some(&made.list) == lists);
        about.removes.iter().any(names) || (!is_part && made.any(|made| !names(&made.item)))
    }

    /// Puts the entries that can be given into their rows.
    fn fill_rows(&mut self, options: &Options) {
        let mut all: Vec<Vec<EntryId>> = vec![Vec::new(); self.rows.len()];
        for (id, entry) in (0..).zip(&self.entries) {
            all[entry.row as usize].push(id);
        }
        for (row, ids) in self.rows.iter_mut().zip(all) {
            let entries = &self.entries;
            let entry = |id: &EntryId| &entries[*id as usize];
            let last_whole = ids.iter().rposition(|id| entry(id).response.is_some());
            let last_lasting = ids
                .iter()
                .rposition(|id| entry(id).response.is_some() && !entry(id).is_transient());
            for (place, id) in ids.into_iter().enumerate() {
                if entry(&id).response.is_none() {
                    if last_whole.is_none_or(|last| last < place) {
                        row.incomplete.push(id);
                    }
                    continue;
                }
                let survived =
                    entry(&id).is_transient() && last_lasting.is_some_and(|last| last > place);
                if survived && options.transients == Transients::Skip {
                    continue;
                }
                if options.polls == Polls::ByState
                    && row.answers.last().is_some_and(|last| is_same_poll(entry(last), entry(&id)))
                {
                    row.answers.pop();
                }
                row.answers.push(id);
            }
            row.has_lasting = last_lasting.is_some();
            row.has_writes = row.answers.iter().any(|id| entry(id).is_write);
            let refused = row.answers.iter().map(entry).filter(|entry| entry.is_refusal());
            row.refused = refused.map(|entry| entry.credential.clone()).collect();
            row.refused.sort_unstable();
            row.refused.dedup();
            self.has_refusals |= !row.refused.is_empty();
        }
    }

    fn index_row(&mut self, row: usize) {
        let mut fits = Fits::default();
        let mut lists = Lists::default();
        let row = &mut self.rows[row];
        for (position, id) in (0..).zip(&row.answers) {
            let entry = &self.entries[*id as usize];
            let ways = entry.needs.iter().map(|need| &need.ways[0]);
            let optional: usize = ways.clone().map(|way| way.optional.len()).sum();
            let is_settled = |need: &Need| {
                need.is_shown || (need.ways.len() == 1 && need.ways[0].optional.is_empty())
            };
            if entry.needs.iter().all(is_settled) {
                let fold = ways.clone().fold(0, |seed, way| way.required.fold(seed));
                fits.exact.entry(fold).or_default().push(position);
            }
            if entry.needs.iter().any(|need| need.ways.len() > 1) {
                fits.loose.push(position);
            } else if optional > 0 {
                let required = ways.map(|way| way.required.count).sum();
                fits.flexible.entry(required).or_default().push(position);
                fits.slack = fits.slack.max(u32::try_from(optional).unwrap_or(u32::MAX));
            }
            if let Some(listing) = &entry.about.listing {
                lists.by_size.push(position);
                for item in &listing.items {
                    lists.containing.entry(*item).or_default().push(position);
                }
            }
        }
        let size = |position: &u32| {
            let entry = &self.entries[row.answers[*position as usize] as usize];
            let length = entry.about.listing.as_ref().map_or(0, |listing| listing.items.len());
            (length, std::cmp::Reverse(*position))
        };
        lists.by_size.sort_by_key(size);
        lists.containing.values_mut().for_each(|positions| positions.sort_by_key(size));
        row.fits = fits;
        row.lists = (!lists.by_size.is_empty()).then_some(lists);
    }
}

/// What can be told of a request by itself.
struct Asked {
    question: Question,
    key: String,
    /// The path with its placeholders blanked.
    path: String,
    names: Vec<(Class, String, String)>,
    placeholders: Placeholders,
    /// Its text with names and placeholders blanked, if it has any.
    skeleton: Option<String>,
}

impl Asked {
    fn of(exchange: &Exchange, volatile: &[String], options: &Options) -> Self {
        let question = Question::read(&exchange.request, &options.ignore_query);
        let made_up = question.made_up(volatile).into_iter();
        let names: Vec<_> = made_up
            .filter_map(|(class, place)| {
                let text = canonical(question.arguments.pointer(&place)?);
                Some((class, place, text))
            })
            .collect();
        let mut placeholders = Placeholders::of(&question, exchange);
        placeholders.arguments.retain(|(place, _)| !names.iter().any(|(_, name, _)| name == place));
        let segments: Vec<usize> = placeholders.segments.iter().map(|(at, _)| *at).collect();
        let path = question.blanked_path(&segments);
        let has_blanks = !names.is_empty() || !placeholders.is_empty();
        let skeleton = has_blanks.then(|| {
            let names = names.iter().map(|(_, place, _)| place);
            let blanks = placeholders.arguments.iter().map(|(place, _)| place);
            question.skeleton(&path, names.chain(blanks).map(String::as_str))
        });
        Self { key: question.key(), question, path, names, placeholders, skeleton }
    }
}

/// What is left of an exchange once its question is in a row. Nothing else of the request is kept.
struct Taken {
    span: Span,
    row: RowId,
    credential: Option<String>,
    /// The answer, if the whole of it is there.
    response: Option<Response>,
}

impl Taken {
    fn of(exchange: Exchange, row: RowId) -> Self {
        Self {
            span: Span::of(&exchange),
            row,
            credential: exchange.request.headers.get("authorization").map(str::to_owned),
            response: whole_answer(&exchange).is_some().then_some(exchange.response).flatten(),
        }
    }
}

/// Takes off responses the headers that belong to the connection on which they came, and has those that are left
/// with the same ones share them: what is looked at often is near then.
#[derive(Default)]
struct Framing {
    known: HashSet<Headers>,
    /// The headers of the last response, and what was left of them.
    last: (Headers, Headers),
}

/// How many different lists of headers are remembered.
const HEADERS_MAX: usize = 4096;

impl Framing {
    fn without(&mut self, response: Response) -> Response {
        if !response.headers.are_shared_with(&self.last.0) {
            let mut left = response.headers.clone();
            for name in ["connection", "content-length", "keep-alive", "transfer-encoding"] {
                left.remove(name);
            }
            if let Some(known) = self.known.get(&left) {
                left = known.clone();
            } else if self.known.len() < HEADERS_MAX {
                self.known.insert(left.clone());
            }
            self.last = (response.headers, left);
        }
        Response { headers: self.last.1.clone(), ..response }
    }
}

/// The state in which an answer shows a thing. A list shows itself by its bytes.
fn shown_state(entry: &Entry, thing: ThingId) -> Option<u64> {
    if entry.about.listing.is_some() {
        let body = entry.response.as_ref().map(|response| response.body.bytes());
        return Some(hash(&(entry.row, body)));
    }
    entry.about.shows.iter().find(|show| show.thing == thing).map(|show| show.state)
}

/// Whether two answers in a row show one run in the same state under the same history.
fn is_same_poll(earlier: &Entry, later: &Entry) -> bool {
    let ([one], [other]) = (&*earlier.about.shows, &*later.about.shows) else { return false };
    let is_poll = |entry: &Entry| entry.about.listing.is_none() && !entry.is_write;
    is_poll(earlier)
        && is_poll(later)
        && one.ended.is_some()
        && (one.thing, one.state) == (other.thing, other.state)
        && earlier.needs.iter().zip(&later.needs).all(|(one, other)| one.ways == other.ways)
}
