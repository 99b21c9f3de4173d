//! A rule as people read it: one line in a list, one page for itself.

use std::fmt;

use super::{CONTRADICTIONS, Contradiction, Lines, Rule, Scope, section};

/// The longest line of a page.
const WIDTH: usize = 88;

/// The column at which the facts of a page start.
const COLUMN: usize = 11;

/// The width of the ids in a list: that of the longest.
const ID_WIDTH: usize = 53;

/// The line of a rule in a list: level, id and statement.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8}  {:<ID_WIDTH$}  {}", self.level.name(), self.id, self.statement)
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
        page.extend(fact("source", &sources));
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
            .map(|signature| {
                format!("{:<4} /api/2.0/{}", signature.method.as_str(), signature.path)
            })
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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::contract::rules::{all, find, matching};

    #[track_caller]
    fn page(id: &str) -> String {
        find(id).map(Rule::explain).unwrap()
    }

    #[test]
    fn the_page_of_a_documented_rule() {
        assert_snapshot!(page("run-now/lifecycle/skipped-when-full"), @r"
        run-now/lifecycle/skipped-when-full
        must: the document states it

        A run that is started while as many are active as the job allows ends SKIPPED.

        kind       lifecycle
        document   Create, lines 97-103
                   Data structures, lines 1219, 1223
        endpoints  POST /api/2.0/jobs/run-now
                   GET  /api/2.0/jobs/runs/get
        shown by   Fill the limit with slow runs, start one more, and see that the others were
                   active before and after.
        needs      a cluster for runs, existing or new
                   a task that stays active
        safety     starts compute
        traffic    alone decides it where the case turns up

        The document is not clear here (lines 332, 1212, 1219):
        A run over the limit is refused with 429, or skipped, or queued.
        Decided: These are three limits: 429 for that of the workspace, SKIPPED for that of the
        job, QUEUED only where queueing was turned on.

        The document is not clear here (lines 1219, 1223):
        SKIPPED follows from the limit of concurrent runs in one place, from any earlier run
        that is active in another.
        Decided: The limit counts.
        ");
    }

    #[test]
    fn the_page_of_an_implied_rule() {
        assert_snapshot!(page("runs-list/pagination/limit-too-big"), @r"
        runs-list/pagination/limit-too-big
        should: the document implies it or leaves its outcome open

        `runs/list` should refuse a `limit` above 1000, or cut it down to what is allowed.

        kind       pagination
        document   Runs list, line 551
        endpoints  GET  /api/2.0/jobs/runs/list
        shown by   List with 1001; refusal and a shorter page both pass.
        safety     only reads
        traffic    alone never decides it; it takes requests made for the purpose
        source     databricks-cli#464

        The document is not clear here (line 551):
        A limit has to be below 1000, and 0 stands for the largest one: 999 or 1000?
        Decided: Both are let through; which one the real service takes is only observed.
        ");
    }

    #[test]
    fn the_page_of_an_observed_rule() {
        assert_snapshot!(page("http/error/unknown-endpoint-envelope"), @r"
        http/error/unknown-endpoint-envelope
        observed: only known from the real service; never fails a check

        The real service has been seen to answer an unknown path with the error code
        `ENDPOINT_NOT_FOUND`, on newer front ends with a lone `error` text about a bad target.

        kind       error
        endpoints  any other path under /api/2.0/jobs/
        shown by   Compare the body for a made-up path with these two shapes.
        safety     only reads
        traffic    alone decides it
        source     databricks-cli#383
                   airflow#60444
        ");
    }

    #[test]
    fn the_lines_of_a_list() {
        let list: Vec<String> =
            matching("runs-list/pagination/limit-*").map(Rule::to_string).collect();
        assert_snapshot!(list.join("\n"), @r"
        must      runs-list/pagination/limit-at-most                     A page of `runs/list` has no more runs than `limit` says.
        should    runs-list/pagination/limit-exact                       A page of `runs/list` should have as many runs as `limit` says, if there are enough.
        must      runs-list/pagination/limit-0-is-max                    A `limit` of 0 makes `runs/list` use the largest one allowed.
        should    runs-list/pagination/limit-negative                    `runs/list` should refuse a negative `limit`.
        should    runs-list/pagination/limit-too-big                     `runs/list` should refuse a `limit` above 1000, or cut it down to what is allowed.
        observed  runs-list/pagination/limit-1000-boundary               Whether the largest `limit` is 999 or 1000 is open for the real service.
        ");
    }

    #[test]
    fn ids_fit_into_their_column() {
        assert_eq!(all().map(|rule| rule.id.len()).max(), Some(ID_WIDTH));
    }

    #[test]
    fn no_page_is_wider_than_a_terminal() {
        for rule in all() {
            let page = rule.explain();
            assert!(page.ends_with('\n') && !page.ends_with("\n\n"), "{}", rule.id);
            for line in page.lines() {
                assert!(line.chars().count() <= WIDTH && line == line.trim_end(), "{line}");
            }
        }
    }

    #[test]
    fn wrapping_breaks_between_words_only() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("aa bb cc", 4), ["aa", "bb", "cc"]);
        assert_eq!(wrap("aaaaaaa b", 4), ["aaaaaaa", "b"]);
        assert_eq!(wrap("éé éé", 5), ["éé éé"]);
    }
}
