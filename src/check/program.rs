//! What a check does, step by step, in a form that can be kept, cut down and done again.
//!
//! A step names what earlier steps gave by `${STEP/POINTER}` in place of an id, and what makes its names
//! unlike all others by `${own}`: so the same program runs on another target, or a second time on the same.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value};

use crate::{
    contract::{Endpoint, rules},
    oracle::{Entry, Expect, Mark},
};

/// Steps in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// The steps.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What later steps call it.
    pub id: u32,
    /// What is done.
    #[serde(flatten)]
    pub act: Act,
}

/// What is done in a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// A request, and the wait for its answer.
    Call(Form),
    /// Requests at the same time. Later steps call their answers `STEP.0`, `STEP.1` …
    Together(Vec<Form>),
    /// A request whose answer is not waited for.
    Abandon(Form),
    /// runs/get again and again.
    Poll(Poll),
    /// Time passes.
    WaitMs(u64),
}

/// runs/get again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Poll {
    /// The run.
    pub run_id: Value,
    /// Until when.
    pub until: Until,
    /// For how long at most, in milliseconds; then once more.
    pub within_ms: u64,
}

/// What a poll waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// The run is no longer waiting for its cluster.
    Begun,
    /// The run has ended.
    Ended,
}

/// A request before it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// What is asked.
    #[serde(flatten)]
    pub ask: Ask,
    /// With which credential.
    #[serde(default, skip_serializing_if = "Credential::is_own")]
    pub credential: Credential,
    /// What it is to show.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "write_mark",
        deserialize_with = "read_mark"
    )]
    pub mark: Option<Mark>,
}

/// What a request asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// An endpoint with arguments.
    Endpoint {
        /// The endpoint.
        #[serde(serialize_with = "write_endpoint", deserialize_with = "read_endpoint")]
        name: Endpoint,
        /// Its arguments.
        arguments: Map<String, Value>,
        /// How they are written.
        #[serde(default, skip_serializing_if = "Writing::is_plain")]
        writing: Writing,
    },
    /// Something that is no call of an endpoint.
    Raw {
        /// The method.
        method: String,
        /// Path and query.
        target: String,
        /// The body.
        body: String,
    },
}

/// How the arguments of an endpoint are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writing {
    /// As documented: a query for a GET, JSON for a POST.
    #[default]
    Plain,
    /// JSON under the content type that curl gives to data.
    AsForm,
    /// Under another method than the endpoint has, with the arguments where that method has them.
    Method(String),
    /// JSON with so many spaces behind it.
    Padded(usize),
}

impl Writing {
    fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

/// With which credential a request comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    /// The one of the profile.
    #[default]
    Own,
    /// None.
    None,
    /// One that nobody was ever given.
    Wrong,
}

impl Credential {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over like this")]
    fn is_own(&self) -> bool {
        *self == Self::Own
    }
}

#[expect(clippy::ref_option, reason = "serde hands it over like this")]
fn write_mark<S: Serializer>(mark: &Option<Mark>, to: S) -> Result<S::Ok, S::Error> {
    let shown = mark.map(|Mark { rule, expect }| (rule, expect.name()));
    shown.serialize(to)
}

fn read_mark<'d, D: Deserializer<'d>>(from: D) -> Result<Option<Mark>, D::Error> {
    let Some((rule, word)) = Option::<(String, String)>::deserialize(from)? else {
        return Ok(None);
    };
    let rule = rules::find(&rule).ok_or_else(|| D::Error::custom(format!("no rule `{rule}`")))?;
    let expect = Expect::ALL.into_iter().find(|expect| expect.name() == word);
    let expect = expect.ok_or_else(|| D::Error::custom(format!("nothing is to be `{word}`")))?;
    Ok(Some(Mark { rule: rule.id, expect }))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over like this")]
fn write_endpoint<S: Serializer>(endpoint: &Endpoint, to: S) -> Result<S::Ok, S::Error> {
    endpoint.signature().name.serialize(to)
}

fn read_endpoint<'d, D: Deserializer<'d>>(from: D) -> Result<Endpoint, D::Error> {
    let name = String::deserialize(from)?;
    Endpoint::from_name(&name).ok_or_else(|| D::Error::custom(format!("no endpoint `{name}`")))
}

impl Form {
    /// A call of an endpoint as documented.
    pub fn new(endpoint: Endpoint, arguments: Map<String, Value>) -> Self {
        let ask = Ask::Endpoint { name: endpoint, arguments, writing: Writing::Plain };
        Self { ask, credential: Credential::Own, mark: None }
    }

    /// The same for a rule that its answer is to show.
    #[must_use]
    pub fn marked(mut self, rule: &'static str, expect: Expect) -> Self {
        self.mark = Some(Mark { rule, expect });
        self
    }

    /// The same with another credential.
    #[must_use]
    pub fn with(mut self, credential: Credential) -> Self {
        self.credential = credential;
        self
    }

    /// The same written in another way.
    #[must_use]
    pub fn written(mut self, new: Writing) -> Self {
        if let Ask::Endpoint { writing, .. } = &mut self.ask {
            *writing = new;
        }
        self
    }

    /// The endpoint that it calls by its own method.
    pub fn endpoint(&self) -> Option<Endpoint> {
        match &self.ask {
            Ask::Endpoint { name, writing, .. } if !matches!(writing, Writing::Method(_)) => {
                Some(*name)
            }
            _ => None,
        }
    }

    /// Every value in it, with the name of its field, for what stands for something else there.
    fn edit(&mut self, edit: &mut impl FnMut(&str, &mut Value)) {
        match &mut self.ask {
            Ask::Endpoint { arguments, .. } => {
                for (name, value) in arguments.iter_mut() {
                    edit_within(name, value, edit);
                }
            }
            Ask::Raw { target, body, .. } => {
                for text in [target, body] {
                    let mut value = Value::from(std::mem::take(text));
                    edit(RAW, &mut value);
                    *text = match value {
                        Value::String(text) => text,
                        other => other.to_string(),
                    };
                }
            }
        }
    }
}

/// What stands in the place of the name of a field for what has none.
const RAW: &str = "";

/// Whether a field of this name holds an id, or a broken one.
fn is_id(name: &str) -> bool {
    ["job_id", "run_id"].contains(&name)
}

fn edit_within(name: &str, value: &mut Value, edit: &mut impl FnMut(&str, &mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| edit_within(name, item, edit)),
        Value::Object(map) => map.iter_mut().for_each(|(inner, value)| {
            edit_within(if is_id(name) { name } else { inner }, value, edit);
        }),
        _ => edit(name, value),
    }
}

impl Act {
    /// Changes each plain value, of which the name of the field is told.
    pub(super) fn edit(&mut self, edit: &mut impl FnMut(&str, &mut Value)) {
        match self {
            Self::Call(form) | Self::Abandon(form) => form.edit(edit),
            Self::Together(forms) => forms.iter_mut().for_each(|form| form.edit(edit)),
            Self::Poll(poll) => edit("run_id", &mut poll.run_id),
            Self::WaitMs(_) => {}
        }
    }
}

/// What was done, with the exchanges that it came to.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub(super) case: u32,
    pub(super) act: Act,
    pub(super) entries: Vec<usize>,
}

impl Program {
    /// Whether nothing in it depends on what comes first by chance.
    pub(super) fn is_certain(&self) -> bool {
        !self.steps.iter().any(|step| matches!(step.act, Act::Together(_) | Act::Abandon(_)))
    }

    /// What was done as a program. `own` is what the names of a case start with.
    pub(super) fn of<'h>(
        done: impl Iterator<Item = &'h Done>,
        entries: &'h [Entry],
        own: impl Fn(u32) -> String,
    ) -> Self {
        let mut names: BTreeMap<i64, String> = BTreeMap::new();
        let mut cases: Vec<(u32, String)> = Vec::new();
        let mut steps = Vec::new();
        for (id, Done { case, act, entries: of_act }) in (1..).zip(done) {
            if !cases.iter().any(|(known, _)| known == case) {
                cases.push((*case, own(*case)));
            }
            let mut act = act.clone();
            act.edit(&mut |name, value| symbolic(name, value, &names, &cases));
            let together = matches!(act, Act::Together(_));
            for (index, entry) in of_act.iter().filter_map(|at| entries.get(*at)).enumerate() {
                let label = if together { format!("{id}.{index}") } else { id.to_string() };
                note_ids(entry, &label, &mut names);
            }
            steps.push(Step { id, act });
        }
        Self { steps }
    }

    /// The same without a step, and without all that need what it gives.
    #[must_use]
    pub(super) fn without(&self, index: usize) -> Self {
        let mut gone: BTreeSet<u32> = BTreeSet::new();
        let mut steps = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            if at == index || step.needs().iter().any(|id| gone.contains(id)) {
                gone.insert(step.id);
            } else {
                steps.push(step.clone());
            }
        }
        Self { steps }
    }

    /// The same with its steps numbered from 1 without a gap.
    #[must_use]
    pub(super) fn renumbered(&self) -> Self {
        let numbers: BTreeMap<u32, u32> = self.steps.iter().map(|step| step.id).zip(1..).collect();
        let renamed = |text: &str| {
            let mut parts = text.split("${");
            let mut new = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let digits =
                    part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                let number = part[..digits].parse().ok().and_then(|id: u32| numbers.get(&id));
                new.push_str("${");
                match number {
                    Some(number) => {
                        new.push_str(&number.to_string());
                        new.push_str(&part[digits..]);
                    }
                    None => new.push_str(part),
                }
            }
            new
        };
        let steps = self.steps.iter().zip(1..).map(|(step, id)| {
            let mut act = step.act.clone();
            act.edit(&mut |_, value| {
                if let Some(text) = value.as_str().filter(|text| text.contains("${")) {
                    *value = renamed(text).into();
                }
            });
            Step { id, act }
        });
        Self { steps: steps.collect() }
    }
}

impl Step {
    /// The steps whose answers it names.
    fn needs(&self) -> BTreeSet<u32> {
        let mut needs = BTreeSet::new();
        let mut act = self.act.clone();
        act.edit(&mut |_, value| {
            if let Some(text) = value.as_str() {
                needs.extend(
                    references(text)
                        .filter_map(|(label, _)| label.split('.').next()?.parse::<u32>().ok()),
                );
            }
        });
        needs
    }
}

/// The references in a text, as the label of a step and a pointer.
fn references(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("${").skip(1).filter_map(|rest| {
        let inner = rest.split_once('}')?.0;
        let (label, pointer) = inner.split_at_checked(inner.find('/')?)?;
        Some((label, pointer))
    })
}

/// Puts names in the place of ids, and of what makes a text unlike all others. A number that only happens to
/// be the same as an id is left as it is: some servers count from 1.
fn symbolic(
    field: &str,
    value: &mut Value,
    names: &BTreeMap<i64, String>,
    cases: &[(u32, String)],
) {
    match value {
        Value::Number(number) if is_id(field) => {
            if let Some(name) = number.as_i64().and_then(|id| names.get(&id)) {
                *value = format!("${{{name}}}").into();
            }
        }
        Value::String(text) => {
            for (index, (_, own)) in cases.iter().enumerate() {
                let stands =
                    if index == 0 { "${own}".to_owned() } else { format!("${{own}}{index}") };
                *text = text.replace(own, &stands);
            }
            if !is_id(field) && field != RAW {
                return;
            }
            // A broken id is made from a true one: `1000001.5`.
            for (id, name) in names {
                let digits = id.to_string();
                if digits.len() > 4 || *text == digits || *text == format!("{digits}.5") {
                    *text = text.replace(&digits, &format!("${{{name}}}"));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {}
    }
}

/// The ids that an answer gives.
fn note_ids(entry: &Entry, label: &str, names: &mut BTreeMap<i64, String>) {
    let Some(body) = entry.done() else { return };
    let mut note = |pointer: String| {
        if let Some(id) = body.pointer(&pointer).and_then(Value::as_i64) {
            names.entry(id).or_insert_with(|| format!("{label}{pointer}"));
        }
    };
    match entry.endpoint() {
        Some(Endpoint::RunNow | Endpoint::RunsSubmit) => note("/run_id".to_owned()),
        Some(Endpoint::Create | Endpoint::RunsGet) => note("/job_id".to_owned()),
        Some(Endpoint::RunsList) => {
            let count = body.get("runs").and_then(Value::as_array).map_or(0, Vec::len);
            (0..count).for_each(|index| note(format!("/runs/{index}/run_id")));
        }
        _ => {}
    }
}

/// What a running program knows.
#[derive(Default)]
pub(super) struct Answers(BTreeMap<String, Value>);

impl Answers {
    pub(super) fn note(&mut self, label: String, body: Value) {
        self.0.insert(label, body);
    }

    /// The act with everything in its place; none if what it names is not there.
    pub(super) fn resolve(&self, act: &Act, own: &str) -> Option<Act> {
        let mut act = act.clone();
        let mut complete = true;
        act.edit(&mut |_, value| {
            let Some(text) = value.as_str().map(str::to_owned) else { return };
            let mut resolved = text.replace("${own}", own);
            for (label, pointer) in references(&text) {
                let Some(found) = self.0.get(label).and_then(|body| body.pointer(pointer)) else {
                    complete = false;
                    return;
                };
                let whole = format!("${{{label}{pointer}}}");
                if text == whole {
                    *value = found.clone();
                    return;
                }
                resolved = resolved.replace(&whole, &found.to_string());
            }
            *value = resolved.into();
        });
        complete.then_some(act)
    }
}

/// The method of a form that is written under another one.
pub(super) fn method(name: &str) -> Method {
    name.parse().unwrap_or(Method::GET)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(endpoint: Endpoint, arguments: Value) -> Form {
        Form::new(endpoint, serde_json::from_value(arguments).unwrap())
    }

    fn program() -> Program {
        let call = |id, endpoint, arguments| Step { id, act: Act::Call(form(endpoint, arguments)) };
        let poll = Poll { run_id: json!("${2/run_id}"), until: Until::Ended, within_ms: 5 };
        Program {
            steps: vec![
                call(1, Endpoint::Create, json!({"name": "${own}-a"})),
                call(2, Endpoint::RunNow, json!({"job_id": "${1/job_id}"})),
                Step { id: 3, act: Act::Poll(poll) },
                call(4, Endpoint::Get, json!({"job_id": "${1/job_id}"})),
                Step { id: 5, act: Act::WaitMs(7) },
            ],
        }
    }

    #[test]
    fn a_program_reads_back_from_its_text() {
        let mut program = program();
        if let Act::Call(form) = &mut program.steps[3].act {
            form.mark = Some(Mark { rule: "get/schema/response", expect: Expect::Done });
            form.credential = Credential::Wrong;
        }
        let text = serde_json::to_string_pretty(&program).unwrap();
        assert_eq!(serde_json::from_str::<Program>(&text).unwrap(), program, "{text}");
        let unknown = text.replace("get/schema/response", "get/schema/nope");
        assert!(serde_json::from_str::<Program>(&unknown).is_err());
    }

    #[test]
    fn a_number_that_happens_to_be_an_id_stays() {
        let names = BTreeMap::from([(1, "1/job_id".to_owned())]);
        let mut act = Act::Call(form(
            Endpoint::Reset,
            json!({"job_id": 1, "new_settings": {"max_concurrent_runs": 1, "name": "1"}}),
        ));
        act.edit(&mut |name, value| symbolic(name, value, &names, &[]));
        let expected = json!({
            "job_id": "${1/job_id}", "new_settings": {"max_concurrent_runs": 1, "name": "1"},
        });
        assert_eq!(act, Act::Call(form(Endpoint::Reset, expected)));
    }

    #[test]
    fn without_a_step_go_those_that_need_it() {
        let left = |index| -> Vec<u32> {
            program().without(index).steps.iter().map(|step| step.id).collect()
        };
        assert_eq!(left(0), [5]);
        assert_eq!(left(1), [1, 4, 5]);
        assert_eq!(left(2), [1, 2, 4, 5]);
    }

    #[test]
    fn steps_are_numbered_anew_and_so_are_those_they_need() {
        let mut program = program();
        program.steps.retain(|step| step.id != 3);
        for step in &mut program.steps {
            step.id *= 10;
        }
        let text = serde_json::to_string(&program).unwrap();
        let gaps: Program =
            serde_json::from_str(&text.replace("${1/", "${10/").replace("${2/", "${20/")).unwrap();
        let text = serde_json::to_string(&gaps.renumbered()).unwrap();
        assert_eq!(gaps.renumbered().steps.len(), 4);
        assert!(text.contains("${1/job_id}") && !text.contains("${10/"), "{text}");
    }

    #[test]
    fn what_was_given_takes_the_place_of_its_name() {
        let mut answers = Answers::default();
        let act = Act::Call(form(
            Endpoint::RunNow,
            json!({"job_id": "${1/job_id}", "jar_params": ["${1/job_id}.5", "${own}-x"]}),
        ));
        assert_eq!(answers.resolve(&act, "me"), None);
        answers.note("1".to_owned(), json!({"job_id": 8_765_432_109_876_543_210_i64 as u64}));
        let resolved = answers.resolve(&act, "me").unwrap();
        let expected = json!({
            "job_id": 8_765_432_109_876_543_210_u64,
            "jar_params": ["8765432109876543210.5", "me-x"],
        });
        assert_eq!(resolved, Act::Call(form(Endpoint::RunNow, expected)));
    }
}
