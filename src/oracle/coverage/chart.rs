//! Everything of the contract that a history could show, as the tables have it.

use std::{collections::BTreeMap, sync::LazyLock};

use super::Kind;
use crate::contract::{Choice, Endpoint, Field, Shape, Structure, rules};

/// What can become of a request to a server that is well.
pub(super) const OUTCOMES: [&str; 3] = ["carried out", "refused (4xx)", "denied (401, 403)"];

/// The words that are told by themselves: where a run stands, and what became of it.
const STATES: [&str; 2] = ["RunLifeCycleState", "RunResultState"];

/// All of it.
pub(super) struct Chart {
    /// In the order in which they are told.
    pub(super) groups: Vec<Group>,
    /// The group of endpoints, whose points are in the order of [`Endpoint::ALL`].
    pub(super) endpoints: usize,
    /// The fields of each request, and of each answer, in the same order.
    pub(super) requests: Vec<Fields>,
    pub(super) answers: Vec<Fields>,
    /// The group of what became of the requests to each endpoint.
    pub(super) outcomes: Vec<usize>,
    /// Where each rule is counted.
    pub(super) rules: BTreeMap<&'static str, Place>,
}

/// Points that are told together.
pub(super) struct Group {
    pub(super) kind: Kind,
    pub(super) of: &'static str,
    pub(super) points: Vec<Point>,
}

/// One thing that can be seen.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) name: String,
    /// The point without which it cannot be seen, by its number in the group.
    pub(super) parent: Option<usize>,
}

/// Where a point is counted: its group, and its number there.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) group: usize,
    pub(super) number: usize,
}

/// The documented fields of an object.
pub(super) type Fields = Vec<(&'static str, Node)>;

/// A field, with what can be seen within it. Entries of a list count as the list itself.
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) fields: Fields,
    pub(super) words: Option<Words>,
}

/// The words that a value may be, with the group that counts them.
pub(super) struct Words {
    pub(super) words: &'static [&'static str],
    pub(super) group: usize,
}

/// The chart of the contract.
pub(super) fn chart() -> &'static Chart {
    static CHART: LazyLock<Chart> = LazyLock::new(draw);
    &CHART
}

fn draw() -> Chart {
    let mut drawing = Drawing { groups: Vec::new() };
    let endpoints = drawing.group(Kind::Endpoint, "");
    for endpoint in Endpoint::ALL {
        drawing.point(endpoints, endpoint.signature().name.to_owned(), None);
    }
    let outcomes = Endpoint::ALL.map(|endpoint| {
        let group = drawing.group(Kind::Outcome, endpoint.signature().name);
        for outcome in OUTCOMES {
            drawing.point(group, outcome.to_owned(), None);
        }
        group
    });
    let sent = Side { fields: Kind::Sent, words: Kind::WordSent };
    let requests = Endpoint::ALL.map(|endpoint| {
        let signature = endpoint.signature();
        drawing.body(sent, signature.name, signature.request)
    });
    let shown = Side { fields: Kind::Shown, words: Kind::WordShown };
    let answers = Endpoint::ALL.map(|endpoint| {
        let signature = endpoint.signature();
        drawing.body(shown, signature.name, signature.response)
    });
    let rules = rules::all().map(|rule| {
        let (area, name) = rule.id.split_once('/').unwrap_or((rule.id, ""));
        let group = drawing.group(Kind::Rule, area);
        (rule.id, drawing.point(group, name.to_owned(), None))
    });
    let rules = rules.collect();
    Chart {
        groups: drawing.groups,
        endpoints,
        requests: requests.into(),
        answers: answers.into(),
        outcomes: outcomes.into(),
        rules,
    }
}

/// One of the two sides of an exchange, with what its fields and words count as.
#[derive(Clone, Copy)]
struct Side {
    fields: Kind,
    words: Kind,
}

struct Drawing {
    groups: Vec<Group>,
}

impl Drawing {
    /// The group of this name, which is made if it is not there.
    fn group(&mut self, kind: Kind, of: &'static str) -> usize {
        let known = self.groups.iter().position(|group| group.kind == kind && group.of == of);
        known.unwrap_or_else(|| {
            self.groups.push(Group { kind, of, points: Vec::new() });
            self.groups.len() - 1
        })
    }

    fn point(&mut self, group: usize, name: String, parent: Option<usize>) -> Place {
        let points = &mut self.groups[group].points;
        points.push(Point { name, parent });
        Place { group, number: points.len() - 1 }
    }

    /// The fields of a request, or of an answer.
    fn body(&mut self, side: Side, of: &'static str, structure: &'static Structure) -> Fields {
        let group = self.group(side.fields, of);
        self.fields(side, structure, group, None)
    }

    fn fields(
        &mut self,
        side: Side,
        structure: &'static Structure,
        group: usize,
        parent: Option<usize>,
    ) -> Fields {
        let before = parent.map(|parent| format!("{}.", self.groups[group].points[parent].name));
        let before = before.unwrap_or_default();
        let documented = structure.fields.iter().filter(|field| field.is_documented());
        let drawn = documented.map(|field: &'static Field| {
            let place = self.point(group, format!("{before}{}", field.name), parent);
            let inner = field.shape.structure();
            let fields = inner.map(|inner| self.fields(side, inner, group, Some(place.number)));
            let words = choice(&field.shape).map(|choice| self.words(side, choice));
            (field.name, Node { place, fields: fields.unwrap_or_default(), words })
        });
        drawn.collect()
    }

    fn words(&mut self, side: Side, choice: &'static Choice) -> Words {
        let kind = if STATES.contains(&choice.name) { Kind::State } else { side.words };
        let group = self.group(kind, choice.name);
        if self.groups[group].points.is_empty() {
            for word in choice.words {
                self.point(group, (*word).to_owned(), None);
            }
        }
        Words { words: choice.words, group }
    }
}

fn choice(shape: &'static Shape) -> Option<&'static Choice> {
    match shape {
        Shape::Choice(choice) => Some(choice),
        Shape::List(inner) => choice(inner),
        _ => None,
    }
}
