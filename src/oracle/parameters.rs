//! The parameters that a notebook sees: its own defaults, over them those of the job, over them those of the
//! run (document, lines 1142 to 1146).

use serde_json::{Map, Value};

use super::{Facts, Tally, cut, facts::Run, history::Entry, tally::Proof};
use crate::json::Pointer;

const MERGED: &str = "run-now/lifecycle/notebook-params-merge";
const BASE: &str = "run-now/lifecycle/base-params-used";
const DEFAULT: &str = "run-now/lifecycle/notebook-widget-default";

pub(super) const RULES: [&str; 3] = [MERGED, BASE, DEFAULT];

/// Judges what a notebook returned that returns its parameters as JSON.
pub(super) fn judge(
    facts: &Facts<'_>,
    run: &Run<'_>,
    defaults: &Map<String, Value>,
    evidence: &[&Entry],
    returned: Option<&str>,
    tally: &mut Tally,
) {
    let seen: Map<String, Value> =
        returned.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let task = facts.asked_of(run, "notebook_task");
    let base = task.and_then(|task| task.get("base_parameters")?.as_object());
    let given = run.started().and_then(Entry::arguments);
    let given = given.and_then(|arguments| arguments.get("notebook_params")?.as_object());
    let value = |parameters: Option<&Map<String, Value>>, name: &str| {
        parameters.and_then(|parameters| parameters.get(name).cloned())
    };
    let none = Map::new();
    let names = [Some(defaults), base, given].into_iter().flatten().flat_map(Map::keys);
    for name in names {
        let (own, of_job) = (value(given, name), value(base, name));
        let (rule, expected) = match (own, of_job) {
            (Some(own), _) => (MERGED, own),
            // A parameter of the job that stays beside those of the run shows the merge as well.
            (None, Some(of_job)) if !given.unwrap_or(&none).is_empty() => (MERGED, of_job),
            (None, Some(of_job)) => (BASE, of_job),
            (None, None) => match defaults.get(name) {
                Some(default) => (DEFAULT, default.clone()),
                None => continue,
            },
        };
        let shown = seen.get(name);
        tally.judge(rule, shown == Some(&expected), || {
            Proof::new(evidence)
                .at(Pointer::root().join("notebook_output").join("result").join(name))
                .expected(cut(&expected.to_string()))
                .got(shown.map_or("nothing".to_owned(), |shown| cut(&shown.to_string())))
        });
    }
}
