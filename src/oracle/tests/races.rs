//! Reads and writes at the same time: what no order of them explains is found, and nothing else.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::proofs::{Row, broken, check, check_own};

const WHOLE: &str = "x/concurrency/reset-atomic";
const ONE_ORDER: &str = "x/concurrency/reset-last-writer";
const OWN_WRITE: &str = "get/consistency/sees-own-write";

/// Settings in which two fields say by which write they were set.
fn settings(name: usize, timeout: usize) -> Value {
    json!({
        "name": format!("own-{name}"), "timeout_seconds": 100 + timeout, "max_concurrent_runs": 0,
        "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/a"},
    })
}

fn create(at: u64, end: u64) -> Row {
    (at, end, "POST create", settings(0, 0), 200, json!({"job_id": 3}))
}

fn reset(at: u64, end: u64, number: usize, status: u16) -> Row {
    let asked = json!({"job_id": 3, "new_settings": settings(number, number)});
    (at, end, "POST reset", asked, status, json!({}))
}

fn update(at: u64, end: u64, number: usize) -> Row {
    let new = json!({"name": format!("own-{number}"), "timeout_seconds": 100 + number});
    (at, end, "POST update", json!({"job_id": 3, "new_settings": new}), 200, json!({}))
}

/// A get that shows the name of one write and the timeout of another.
fn mixed(at: u64, end: u64, name: usize, timeout: usize) -> Row {
    let job = json!({
        "job_id": 3, "created_time": 1_700_000_000_000_i64, "settings": settings(name, timeout),
    });
    (at, end, "GET get?job_id=3", Value::Null, 200, job)
}

fn get(at: u64, end: u64, number: usize) -> Row {
    mixed(at, end, number, number)
}

/// What is broken, but for what two reads one after the other break by themselves.
#[track_caller]
fn check_raced(rows: &[Row], expected: &[&str]) {
    let mut found = broken(rows, true);
    found.retain(|rule| *rule != "get/consistency/repeatable");
    assert_eq!(found, expected);
}

#[test]
fn what_a_read_shows_amid_resets_is_what_one_of_them_wrote() {
    let amid = |read| [create(1, 2), reset(10, 40, 1, 200), reset(15, 45, 2, 200), read];
    for number in [0, 1, 2] {
        check_own(&amid(get(20, 30, number)), &[]);
    }
    check_own(&amid(mixed(20, 30, 1, 2)), &[WHOLE]);
    check_own(&amid(mixed(50, 60, 2, 1)), &[WHOLE]);
    // Somebody else may have a hand in it.
    check(&amid(mixed(20, 30, 1, 2)), &[]);
    // What nobody wrote is put together from nothing.
    check_own(&amid(mixed(20, 30, 1, 7)), &[]);
    // An answer that was lost leaves the write open.
    let lost = [create(1, 2), reset(10, 12, 1, 0), reset(15, 45, 2, 200), mixed(50, 60, 1, 2)];
    check_own(&lost, &[WHOLE]);
}

#[test]
fn reads_after_resets_agree_on_the_last_one() {
    let after = |reads: &[Row]| {
        [&[create(1, 2), reset(10, 40, 1, 200), reset(15, 45, 2, 200)][..], reads].concat()
    };
    check_raced(&after(&[get(50, 60, 1), get(70, 80, 1)]), &[]);
    check_raced(&after(&[get(50, 60, 2), get(70, 80, 2)]), &[]);
    check_raced(&after(&[get(50, 60, 1), get(70, 80, 2)]), &[ONE_ORDER]);
    // Reads that overlap may be in either order, but not where both come after all resets.
    check_raced(&after(&[get(42, 75, 2), get(43, 80, 1)]), &[]);
    check_raced(&after(&[get(50, 75, 2), get(52, 80, 1)]), &[ONE_ORDER]);
    check_raced(&after(&[get(50, 60, 0)]), &[ONE_ORDER]);
    // A reset that came after all others were answered wins.
    let third = [reset(50, 60, 3, 200), get(70, 80, 1)];
    check_raced(&after(&third), &["reset/consistency/get-equals-new", ONE_ORDER]);
    // Of one whose answer was lost nobody knows, until a read shows it.
    let lost = |reads: &[Row]| {
        [&[create(1, 2), reset(10, 20, 1, 0), reset(15, 45, 2, 200)][..], reads].concat()
    };
    check_raced(&lost(&[get(50, 60, 2), get(70, 80, 1), get(90, 95, 1)]), &[]);
    check_raced(&lost(&[get(50, 60, 2), get(70, 80, 1), get(90, 95, 2)]), &[ONE_ORDER]);
}

#[test]
fn a_setting_is_as_one_of_several_updates_left_it() {
    let after = |read| [create(1, 2), update(10, 40, 1), update(15, 45, 2), read];
    check_own(&after(get(50, 60, 1)), &[]);
    // Nothing says that an update is carried out at one moment.
    check_own(&after(mixed(50, 60, 1, 2)), &[]);
    check_own(&after(mixed(50, 60, 2, 0)), &[OWN_WRITE]);
    check_own(&after(get(42, 60, 0)), &[OWN_WRITE]);
    check_own(&after(get(20, 30, 0)), &[]);
}

/// One write or read: from when to when, and which write it is or shows.
#[derive(Clone, Copy, Debug)]
struct Step {
    at: u64,
    end: u64,
    write: bool,
    number: usize,
}

/// Whether some order of the steps that keeps to the times explains what the reads show.
fn is_explained(open: &[Step], value: usize) -> bool {
    open.is_empty()
        || open.iter().enumerate().any(|(index, next)| {
            let may_be_next = open.iter().all(|other| other.end >= next.at);
            let fits = next.write || next.number == value;
            let rest = [&open[..index], &open[index + 1..]].concat();
            may_be_next && fits && is_explained(&rest, next.number)
        })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let span = (10..60_u64, 0..25_u64);
    let reads = prop::collection::vec((span.clone(), 0..4_usize), 1..5);
    (prop::collection::vec(span, 3), reads).prop_map(|(writes, reads)| {
        let step =
            |write, number, (at, took): (u64, u64)| Step { at, end: at + took, write, number };
        let writes = (1..).zip(writes).map(|(number, span)| step(true, number, span));
        let reads = reads.into_iter().map(|(span, number)| step(false, number, span));
        let mut all: Vec<_> = writes.chain(reads).collect();
        all.sort_by_key(|step| step.at);
        all
    })
}

proptest! {
    #[test]
    fn resets_are_judged_as_trying_every_order_would(steps in steps()) {
        let row = |Step { at, end, write, number }: &Step| {
            if *write { reset(*at, *end, *number, 200) } else { get(*at, *end, *number) }
        };
        let rows: Vec<Row> = [create(1, 2)].into_iter().chain(steps.iter().map(row)).collect();
        let found = broken(&rows, true);
        let writes: Vec<_> = steps.iter().filter(|step| step.write).collect();
        let beside = |one: &Step, other: &Step| one.at <= other.end && other.at <= one.end;
        let contended = writes.iter().any(|write| {
            steps.iter().any(|other| {
                !(other.write && other.number == write.number) && beside(write, other)
            })
        });
        // What is one after the other is judged by others.
        prop_assert_eq!(found.contains(&ONE_ORDER), contended && !is_explained(&steps, 0), "{:?}", found);
        prop_assert!(!found.contains(&WHOLE), "{:?}", found);
    }
}

fn delete_run(at: u64, end: u64) -> Row {
    (at, end, "POST runs/delete", json!({"run_id": 7}), 200, json!({}))
}

fn get_run(at: u64, end: u64, status: u16) -> Row {
    let body = match status {
        200 => json!({
            "run_id": 7, "job_id": 3, "number_in_job": 1, "start_time": 1_700_000_000_000_i64,
            "state": {"life_cycle_state": "SKIPPED", "state_message": "",},
        }),
        _ => json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "no"}),
    };
    (at, end, "GET runs/get?run_id=7", Value::Null, status, body)
}

#[test]
fn a_run_that_is_deleted_amid_reads_is_not_found_again() {
    const GONE: &str = "x/concurrency/runs-delete-vs-get";
    let rows = |reads: &[Row]| {
        let mut rows = [&[delete_run(20, 50)], reads].concat();
        rows.sort_by_key(|row| row.0);
        rows
    };
    check(&rows(&[get_run(22, 30, 200), get_run(35, 60, 200), get_run(70, 80, 400)]), &[]);
    check(&rows(&[get_run(22, 30, 400), get_run(28, 40, 200)]), &[]);
    check(&rows(&[get_run(22, 30, 400), get_run(35, 40, 200)]), &[GONE]);
    // It was not there yet, or was already gone: nothing is known of the time before the delete.
    check(&rows(&[get_run(1, 5, 400), get_run(22, 30, 200)]), &[]);
    let found = broken(&rows(&[get_run(22, 30, 200), get_run(60, 70, 200)]), false);
    assert!(found.contains(&GONE), "{found:?}");
}

fn list(at: u64, end: u64, ids: &[i64]) -> Row {
    let jobs: Vec<_> = ids
        .iter()
        .map(|id| {
            json!({"job_id": id, "created_time": 1_700_000_000_000_i64, "settings": settings(0, 0)})
        })
        .collect();
    (at, end, "GET list", Value::Null, 200, json!({"jobs": jobs}))
}

#[test]
fn a_list_amid_writes_holds_what_was_there_and_stays() {
    const AMID: &str = "x/concurrency/list-during-writes";
    const ALL: &str = "list/consistency/contains-all-created";
    let other = (30, 60, "POST create", settings(1, 1), 200, json!({"job_id": 4}));
    let delete = |at| (at, 70, "POST delete", json!({"job_id": 3}), 200, json!({}));
    check_own(&[create(1, 2), other.clone(), list(40, 50, &[3])], &[]);
    check_own(&[create(1, 2), other.clone(), list(40, 50, &[3, 4])], &[]);
    check_own(&[create(1, 2), other.clone(), list(40, 50, &[4])], &[ALL, AMID]);
    check_own(&[create(1, 2), other.clone(), list(40, 50, &[4]), delete(45)], &[]);
    check_own(&[create(1, 2), other, list(40, 50, &[4]), delete(55)], &[ALL, AMID]);
    // Where nothing comes or goes, that is no matter of the time.
    check_own(&[create(1, 2), list(40, 50, &[])], &[ALL]);
}
