//! `jobs/list` and `jobs/get`.

use super::{
    Kind::{Consistency, Error, Schema},
    Need::Cluster,
    Passive::{Always, Never},
    Rule,
    Safety::{Compute, OwnObjects, ReadOnly},
    Scope::Only,
    line, lines, must, should,
};
use crate::contract::Endpoint::{Delete, Get, List, Reset, RunsSubmit, Update};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "list/schema/response",
        lines: &[lines(149, 152)],
        statement: "`jobs/list` answers with an array `jobs` of Job objects; the real service \
            leaves the key out when there are none.",
        test: "Look at the answer, with and without jobs.",
        ..must(Schema, Only(&[List]), ReadOnly, Always)
    },
    Rule {
        id: "list/consistency/contains-all-created",
        lines: &[line(114)],
        statement: "One call of `jobs/list` shows every job of the workspace, for it has no pages.",
        test: "Create 25 jobs and find all their ids in one answer.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[List]), OwnObjects, Never)
    },
    Rule {
        id: "list/consistency/equals-get",
        lines: &[line(152), lines(227, 233)],
        statement: "A job looks the same in `jobs/list` as in `jobs/get`.",
        test: "Read the job, list, read it again; if the two reads agree, the entry between them \
            does too.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[List, Get]), OwnObjects, Always)
    },
    Rule {
        id: "list/consistency/excludes-deleted",
        lines: &[line(158)],
        statement: "A job is missing from every `jobs/list` that is asked for after its delete was \
            answered.",
        test: "Delete a job and list at once.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[List, Delete]), OwnObjects, Always)
    },
    Rule {
        id: "list/consistency/no-duplicates",
        lines: &[line(114)],
        statement: "No job should stand in a `jobs/list` answer more than once.",
        test: "Count the ids of each answer.",
        ..should(Consistency, Only(&[List]), ReadOnly, Always)
    },
    Rule {
        id: "list/consistency/excludes-one-time-runs",
        lines: &[line(410)],
        statement: "A submitted run should not show up as a job.",
        test: "Compare the ids in `jobs/list` before and after a submit.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[List, RunsSubmit]), Compute, Never)
    },
    Rule {
        id: "get/schema/response",
        lines: &[lines(227, 233)],
        statement: "`jobs/get` answers with `job_id`, `settings` and `created_time`, and with the \
            creator's and the acting user's names where it knows them.",
        test: "Look at the answer for a job that exists.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Get]), ReadOnly, Always)
    },
    Rule {
        id: "get/schema/job-id-required",
        lines: &[line(225)],
        statement: "`jobs/get` without `job_id` is refused.",
        test: "Call it without parameters.",
        ..must(Schema, Only(&[Get]), ReadOnly, Never)
    },
    Rule {
        id: "get/error/non-integer",
        lines: &[line(225)],
        statement: "`jobs/get` should refuse a `job_id` that is no 64-bit integer.",
        test: "Try a word, a fraction and 2^63.",
        ..should(Error, Only(&[Get]), ReadOnly, Never)
    },
    Rule {
        id: "get/error/unknown-job",
        lines: &[line(180)],
        statement: "`jobs/get` should refuse the id of a job that never existed; the real service \
            does so with 400 and `INVALID_PARAMETER_VALUE`.",
        test: "Read an id that was never issued and expect a 4xx.",
        sources: &["databricks-sdk-py databricks/sdk/errors/overrides.py"],
        ..should(Error, Only(&[Get]), ReadOnly, Always)
    },
    Rule {
        id: "get/consistency/repeatable",
        lines: &[line(180)],
        statement: "Reading a job should not change it.",
        test: "Read it two times with no write between and compare.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[Get]), ReadOnly, Always)
    },
    Rule {
        id: "get/consistency/sees-own-write",
        lines: &[line(239), line(288)],
        statement: "A read that follows an answered reset or update should show the settings just \
            written.",
        test: "Write and read at once; a profile may allow a delay.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[Get, Reset, Update]), OwnObjects, Always)
    },
    Rule {
        id: "get/schema/creator-absent-not-null",
        lines: &[line(231), line(961)],
        statement: "The creator's name is left out once that user is gone; where the field is \
            there, it is a text of at least one character.",
        test: "Look at the field in every job that turns up.",
        ..must(Schema, Only(&[Get]), ReadOnly, Always)
    },
];
