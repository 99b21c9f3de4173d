//! Where the document contradicts itself, leaves a gap or slips, and what is done about each place.

use super::{Lines, line, lines};

/// One such place.
#[derive(Debug)]
pub struct Contradiction {
    /// The lines of the document that are at odds.
    pub lines: &'static [Lines],
    /// What is wrong with them.
    pub problem: &'static str,
    /// The reading that the rules take.
    pub decision: &'static str,
}

/// All of them.
pub static CONTRADICTIONS: [Contradiction; 23] = [
    Contradiction {
        lines: &[lines(1209, 1211)],
        problem: "The list of allowed state transitions is announced and missing.",
        decision: "A run goes from PENDING over RUNNING and TERMINATING to TERMINATED, from \
            PENDING to SKIPPED, and from any state before the end to INTERNAL_ERROR. QUEUED before \
            PENDING is tolerated, and so is a step that nobody saw.",
    },
    Contradiction {
        lines: &[lines(92, 93), lines(1023, 1024)],
        problem: "The life-cycle state that makes a run unsuccessful has been lost from the text.",
        decision: "It is INTERNAL_ERROR, as the table of e-mail notifications says.",
    },
    Contradiction {
        lines: &[lines(972, 974), lines(1266, 1269)],
        problem: "The notifications spell results SUCCESSFUL and TIMED_OUT and count SKIPPED among \
            them; the table of results has SUCCESS and TIMEDOUT.",
        decision: "The table of results counts. SKIPPED is a state and never a result.",
    },
    Contradiction {
        lines: &[lines(1200, 1201)],
        problem: "What creates a WORKFLOW_RUN is missing, and a SUBMIT_RUN is ascribed to run-now.",
        decision: "A notebook workflow creates the first, a submit the second.",
    },
    Contradiction {
        lines: &[line(546)],
        problem: "The states of an active run do not include QUEUED.",
        decision: "A list of active runs may show queued ones.",
    },
    Contradiction {
        lines: &[line(551)],
        problem: "A limit has to be below 1000, and 0 stands for the largest one: 999 or 1000?",
        decision: "Both are let through; which one the real service takes is only observed.",
    },
    Contradiction {
        lines: &[line(523), line(535), line(632)],
        problem: "`end_time` is 0 for a run that has not ended, but the example of a RUNNING run \
            has one.",
        decision: "The text counts, not the example.",
    },
    Contradiction {
        lines: &[line(539), line(611), line(639), line(798)],
        problem: "`run_duration` is for runs of several tasks only, but the examples of single \
            tasks show it.",
        decision: "A single task should not show it; one that does is no failure.",
    },
    Contradiction {
        lines: &[line(751), line(1131)],
        problem: "The output is cut at 5 MB in one place, the exit value at 1 MB in another.",
        decision: "Both hold: at most 1 MB for the value, at most 5 MB for the answer.",
    },
    Contradiction {
        lines: &[line(812), line(1131)],
        problem: "Without an exit value `result` is either empty or absent.",
        decision: "Either will do.",
    },
    Contradiction {
        lines: &[line(332), line(1212), line(1219)],
        problem: "A run over the limit is refused with 429, or skipped, or queued.",
        decision: "These are three limits: 429 for that of the workspace, SKIPPED for that of the \
            job, QUEUED only where queueing was turned on.",
    },
    Contradiction {
        lines: &[line(1219), line(1223)],
        problem: "SKIPPED follows from the limit of concurrent runs in one place, from any earlier \
            run that is active in another.",
        decision: "The limit counts.",
    },
    Contradiction {
        lines: &[line(158)],
        problem: "Deleting a removed job does nothing, but a job that never existed is not \
            mentioned.",
        decision: "For the latter a refusal is as good as a success; only a 5xx is wrong.",
    },
    Contradiction {
        lines: &[line(372), line(838)],
        problem: "The ids that run-now and the delete of a run need are not marked as required.",
        decision: "A request without them should be refused.",
    },
    Contradiction {
        lines: &[line(320)],
        problem: "An update merges arrays by their keys, but `libraries` has no key.",
        decision: "Replacing and extending both pass; the real service is only observed.",
    },
    Contradiction {
        lines: &[line(1206)],
        problem: "The job id is INT32 in a run-job task and INT64 everywhere else.",
        decision: "INT64 is accepted.",
    },
    Contradiction {
        lines: &[line(386)],
        problem: "How far a token reaches is open: one job or all, both endpoints or one, other \
            bodies, runs that left with their job or with age.",
        decision: "The text is taken at its word: the whole workspace, whatever the body. What it \
            does not mention is only observed.",
    },
    Contradiction {
        lines: &[line(373), line(1227)],
        problem: "Of the kinds of parameters only one \"should\" be given; JAR and notebook \
            parameters \"cannot\" be given together.",
        decision: "The one pair must be refused, the other pairs should be.",
    },
    Contradiction {
        lines: &[line(1105)],
        problem: "Values of `spark_conf` are texts, but the example has a boolean and a number.",
        decision: "Any scalar is accepted.",
    },
    Contradiction {
        lines: &[line(94), line(1025)],
        problem: "The interval before a retry counts from the failed attempt's start in one \
            place and between attempts in another.",
        decision: "It is measured from start to start.",
    },
    Contradiction {
        lines: &[lines(776, 799), line(815)],
        problem: "The example of an output has a TERMINATED run without `end_time`, though the \
            metadata are said to be complete.",
        decision: "The text counts, not the example.",
    },
    Contradiction {
        lines: &[lines(467, 468)],
        problem: "A submit takes webhooks and settings of notifications, but no e-mail lists.",
        decision: "E-mail lists are never sent with a submit.",
    },
    Contradiction {
        lines: &[line(627)],
        problem: "A run shows its task \"if any\", as if a job could have none.",
        decision: "A job without a task should be refused; one that is accepted is no failure.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rules::{all, section};

    #[test]
    fn every_contradiction_is_shown_by_a_rule() {
        for contradiction in &CONTRADICTIONS {
            let shows = |shown: &Contradiction| std::ptr::eq(shown, contradiction);
            assert!(all().any(|rule| rule.contradictions().any(shows)), "{contradiction:?}");
        }
    }

    #[test]
    fn every_contradiction_has_its_place() {
        for contradiction in &CONTRADICTIONS {
            assert!(!contradiction.lines.is_empty(), "{contradiction:?}");
            for Lines { first, last } in contradiction.lines {
                assert!(first <= last && section(*last).is_some(), "{contradiction:?}");
            }
        }
    }
}
