//! A rule as people read it: one line in a list, one page for itself.

use std::fmt;

use super::{CONTRADICTIONS, Contradiction, Lines, Rule, Scope, section};

/// The longest line of a page.
const WIDTH: usize = 88;

/// The column at which the facts of a page start.
const COLUMN: usize = 11;

/// The line of a rule in a list: level, id and statement.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8}  {:<53}  {}", self.level.name(), self.id, self.statement)
    }
}

impl Rule {
    /// The page of a rule: all that is known about it, as text of several lines that ends with one.
    pub fn explain(&self) -> String {
        let mut page = vec![self.id.to_owned()];
        page.push(format!("{}: {}", self.level.name(), self.level.about()));
        page.push(String::new());
        page.extend(wrap(self.statement, WIDTH));
        page.push(String::new());
        page.extend(fact("kind", &[self.kind.name().to_owned()]));
        page.extend(fact("document", &places(self.lines)));
        page.extend(fact("endpoints", &calls(self.scope)));
        page.extend(fact("shown by", &[self.test.to_owned()]));
        let needs: Vec<String> = self.needs.iter().map(|need| need.about().to_owned()).collect();
        page.extend(fact("needs", &needs));
        page.extend(fact("safety", &[self.safety.about().to_owned()]));
        page.extend(fact("traffic", &[self.passive.about().to_owned()]));
        let sources: Vec<String> = self.sources.iter().copied().map(str::to_owned).collect();
        page.extend(fact("seen in", &sources));
        for Contradiction { lines, problem, decision } in self.contradictions() {
            page.push(String::new());
            page.push(format!("The document is not clear here ({}):", join(lines)));
            page.extend(wrap(problem, WIDTH));
            page.extend(wrap(&format!("Decided: {decision}"), WIDTH));
        }
        page.push(String::new());
        page.join("\n")
    }

    /// The places where the document is at odds with itself about this rule.
    pub fn contradictions(&self) -> impl Iterator<Item = &'static Contradiction> {
        CONTRADICTIONS.iter().filter(|contradiction| {
            self.lines
                .iter()
                .any(|here| contradiction.lines.iter().any(|there| here.overlap(*there)))
        })
    }
}

/// The lines of one fact, with its name before the first. A fact without entries has no lines.
fn fact(name: &str, entries: &[String]) -> Vec<String> {
    entries
        .iter()
        .flat_map(|entry| wrap(entry, WIDTH - COLUMN))
        .enumerate()
        .map(|(row, text)| format!("{:<COLUMN$}{text}", if row == 0 { name } else { "" }))
        .collect()
}

/// The places in the document, one entry for each section.
fn places(lines: &[Lines]) -> Vec<String> {
    let mut places: Vec<(&str, Vec<Lines>)> = Vec::new();
    for here in lines {
        let name = section(here.first).unwrap_or("outside the document");
        match places.iter_mut().find(|(known, _)| *known == name) {
            Some((_, lines)) => lines.push(*here),
            None => places.push((name, vec![*here])),
        }
    }
    places.into_iter().map(|(name, lines)| format!("{name}, {}", join(&lines))).collect()
}

/// `line 86` or `lines 86, 97-103`.
fn join(lines: &[Lines]) -> String {
    let one = matches!(lines, [Lines { first, last }] if first == last);
    let texts: Vec<String> = lines.iter().map(Lines::to_string).collect();
    format!("{} {}", if one { "line" } else { "lines" }, texts.join(", "))
}

/// How the endpoints are called, one entry for each.
fn calls(scope: Scope) -> Vec<String> {
    match scope {
        Scope::All => vec!["all".to_owned()],
        Scope::Elsewhere => vec!["any other path under /api/2.0/jobs/".to_owned()],
        Scope::Only(endpoints) => endpoints
            .iter()
            .map(|endpoint| endpoint.signature())
            .map(|signature| format!("{:<4} /api/2.0/{}", signature.method, signature.path))
            .collect(),
    }
}

/// A text in lines of at most this many characters, broken between words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut room = 0;
    for word in text.split(' ') {
        let chars = word.chars().count();
        match lines.last_mut() {
            Some(line) if chars < room => {
                line.push(' ');
                line.push_str(word);
                room -= chars + 1;
            }
            _ => {
                lines.push(word.to_owned());
                room = width.saturating_sub(chars);
            }
        }
    }
    lines
}
