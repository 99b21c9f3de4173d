//! `jobs/update`.

use super::{
    Kind::{Consistency, Error, Idempotency, Lifecycle, Schema},
    Need::{Cluster, Executor, NewCluster, SlowTask},
    Passive::{Always, Never},
    Rule,
    Safety::{Compute, OwnObjects},
    Scope::Only,
    line, lines, must, observed, should,
};
use crate::contract::Endpoint::{Get, RunsGet, Update};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "update/schema/job-id-required",
        lines: &[line(317)],
        statement: "`jobs/update` without `job_id` is refused.",
        test: "Leave the field out and expect a 4xx.",
        ..must(Schema, Only(&[Update]), OwnObjects, Never)
    },
    Rule {
        id: "update/schema/fields-to-remove-optional",
        lines: &[line(327)],
        statement: "`jobs/update` works without `fields_to_remove`.",
        test: "Send new settings alone.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Update]), OwnObjects, Never)
    },
    Rule {
        id: "update/consistency/unnamed-fields-kept",
        lines: &[line(288)],
        statement: "An update leaves every setting alone that it does not name.",
        test: "Update one field after the other and compare all others.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[Update, Get]), OwnObjects, Always)
    },
    Rule {
        id: "update/consistency/struct-replaced-not-merged",
        lines: &[lines(320, 321)],
        statement: "An update replaces a nested object as a whole: what the new one leaves out is \
            gone.",
        test: "Update schedule, e-mail lists or cluster with fewer fields than before and look for \
            the missing ones.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[Update, Get]), OwnObjects, Never)
    },
    Rule {
        id: "update/consistency/keyless-array",
        lines: &[line(320)],
        statement: "Whether an update of an array without keys, such as `libraries`, replaces or \
            extends it is open for the real service.",
        test: "Update a list that has entries and note what is there afterwards.",
        needs: &[Cluster],
        ..observed(Consistency, Only(&[Update, Get]), OwnObjects, Never)
    },
    Rule {
        id: "update/consistency/fields-to-remove",
        lines: &[lines(324, 325)],
        statement: "The top-level settings that `fields_to_remove` lists are gone afterwards, or \
            back at their defaults.",
        test: "Remove each removable setting and read the job.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[Update, Get]), OwnObjects, Always)
    },
    Rule {
        id: "update/consistency/removed-name-default",
        lines: &[line(324), line(86)],
        statement: "Removing a setting that has a default should bring that default back.",
        test: "Remove the name and the limit of concurrent runs; they read `Untitled` and 1.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[Update, Get]), OwnObjects, Never)
    },
    Rule {
        id: "update/error/remove-nested",
        lines: &[line(324)],
        statement: "An update does not remove a field inside another: such an entry of \
            `fields_to_remove` is refused or without effect.",
        test: "Try paths into the schedule, written with a dot and with a slash, and read the job.",
        needs: &[Cluster],
        ..must(Error, Only(&[Update, Get]), OwnObjects, Never)
    },
    Rule {
        id: "update/consistency/remove-unknown",
        lines: &[line(324)],
        statement: "Removing a setting that does not exist should be refused or without effect, \
            never a 5xx.",
        test: "List a made-up name and read the job.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[Update]), OwnObjects, Never)
    },
    Rule {
        id: "update/error/remove-required",
        lines: &[line(324), line(67)],
        statement: "An update that would leave a job without its only task or cluster should be \
            refused and change nothing.",
        test: "Remove the task, then the cluster, and read the job.",
        needs: &[Cluster],
        ..should(Error, Only(&[Update, Get]), OwnObjects, Never)
    },
    Rule {
        id: "update/consistency/remove-and-set-same",
        lines: &[line(318), line(324)],
        statement: "Which of the two wins when an update sets and removes one field at once is \
            open for the real service.",
        test: "Do both with one field and note the result.",
        needs: &[Cluster],
        ..observed(Consistency, Only(&[Update]), OwnObjects, Never)
    },
    Rule {
        id: "update/consistency/documented-example",
        lines: &[lines(291, 306)],
        statement: "The document's update works: it puts a job on an existing cluster, sets its \
            e-mail lists and removes its libraries in one call.",
        test: "Send it to a job that has a new cluster and libraries, and read the job; a new \
            cluster that stays beside the other is only a warning.",
        needs: &[Cluster, NewCluster],
        ..must(Consistency, Only(&[Update, Get]), OwnObjects, Never)
    },
    Rule {
        id: "update/consistency/noop",
        lines: &[lines(317, 327)],
        statement: "An update that names nothing to change should succeed and change nothing.",
        test: "Send the id alone and compare the job before and after.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[Update, Get]), OwnObjects, Never)
    },
    Rule {
        id: "update/idempotency/twice",
        lines: &[line(318)],
        statement: "Sending the same update again should change nothing more.",
        test: "Update two times and compare what a get shows after each.",
        needs: &[Cluster],
        ..should(Idempotency, Only(&[Update]), OwnObjects, Never)
    },
    Rule {
        id: "update/error/unknown-job",
        lines: &[line(317)],
        statement: "Updating a job that does not exist should be refused.",
        test: "Use an id that was never issued and expect a 4xx.",
        ..should(Error, Only(&[Update]), OwnObjects, Never)
    },
    Rule {
        id: "update/error/invalid-has-no-effect",
        lines: &[line(318)],
        statement: "An update with one invalid field should be refused whole, its valid fields \
            included.",
        test: "Send a valid and an invalid field together and read the job.",
        needs: &[Cluster],
        ..should(Error, Only(&[Update, Get]), OwnObjects, Always)
    },
    Rule {
        id: "update/lifecycle/timeout-applies-to-active",
        lines: &[line(323)],
        statement: "A `timeout_seconds` that an update sets holds for runs that are active at that \
            moment.",
        test: "Update the job of a slow run to a timeout of one second; the run ends TIMEDOUT.",
        needs: &[Cluster, SlowTask, Executor],
        ..must(Lifecycle, Only(&[Update, RunsGet]), Compute, Never)
    },
    Rule {
        id: "update/lifecycle/other-fields-future-only",
        lines: &[line(323)],
        statement: "Apart from the timeout, an update changes nothing about runs that exist \
            already.",
        test: "Compare cluster, task and name of a run before and after.",
        needs: &[Cluster],
        ..must(Lifecycle, Only(&[Update, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "update/consistency/identity-kept",
        lines: &[lines(232, 233)],
        statement: "An update should keep the job's id and creation time.",
        test: "Compare them before and after.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[Update]), OwnObjects, Always)
    },
];
