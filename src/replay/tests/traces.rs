//! Traces: what was recorded, and what another client than the recorded one sees.

use super::*;

const TWO_RUNS: &[Line] = &[
    (0, 1, "run-now 1 a", "11"),
    (2, 3, "run-now 1 b", "12"),
    (4, 5, "get 11", "PENDING"),
    (6, 7, "get 12", "PENDING"),
    (8, 9, "get 11", "RUNNING"),
    (10, 11, "get 12", "RUNNING"),
    (12, 13, "cancel 11", "{}"),
    (14, 15, "get 11", "TERMINATING"),
    (16, 17, "get 11", "TERMINATED"),
    (18, 19, "get 12", "TERMINATED"),
];

#[test]
fn runs_move_apart_from_each_other_in_any_rhythm() {
    check(
        TWO_RUNS,
        0,
        "run-now 1 a -> 11
         run-now 1 b -> 12
         get 11 -> PENDING
         get 11 -> RUNNING
         get 11 -> RUNNING
         get 11 -> RUNNING
         get 12 -> PENDING
         get 12 -> RUNNING
         get 12 -> TERMINATED
         get 12 -> TERMINATED
         cancel 11 -> {}
         get 11 -> TERMINATING
         get 11 -> TERMINATED
         get 11 -> TERMINATED
         get 12 -> TERMINATED",
    );
}

#[test]
fn the_second_run_may_be_started_first() {
    check(
        TWO_RUNS,
        0,
        "run-now 1 b -> 12
         get 12 -> PENDING
         get 12 -> RUNNING
         get 12 -> TERMINATED
         run-now 1 a -> 11
         get 11 -> PENDING",
    );
}

#[test]
fn a_run_does_not_change_its_job() {
    check(
        &[
            (0, 1, "create 1", "1"),
            (2, 3, "job 1", "s1"),
            (4, 5, "run-now 1", "11"),
            (6, 7, "get 11", "TERMINATED"),
        ],
        0,
        "create 1 -> 1
         run-now 1 -> 11
         job 1 -> s1
         get 11 -> TERMINATED
         job 1 -> s1",
    );
}

#[test]
fn cancel_of_an_ended_run_changes_nothing() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (2, 3, "get 11", "RUNNING"),
            (4, 5, "get 11", "TERMINATED"),
            (6, 7, "cancel 11", "{}"),
        ],
        0,
        "run-now 1 -> 11
         get 11 -> RUNNING
         get 11 -> TERMINATED
         cancel 11 -> {}
         get 11 -> TERMINATED
         cancel 11 -> {}",
    );
}

#[test]
fn all_questions_about_a_run_move_together() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (2, 3, "get 11", "PENDING"),
            (4, 5, "output 11", "RUNNING"),
            (6, 7, "get 11", "RUNNING"),
            (8, 9, "output 11", "TERMINATED"),
            (10, 11, "get 11", "TERMINATED"),
        ],
        0,
        "run-now 1 -> 11
         output 11 -> RUNNING
         output 11 -> TERMINATED
         get 11 -> TERMINATED
         output 11 -> TERMINATED",
    );
}

#[test]
fn one_test_of_a_suite_runs_alone() {
    check(
        &[
            (0, 1, "create 1", "1"),
            (2, 3, "create 2", "2"),
            (4, 5, "jobs", "1 2"),
            (6, 7, "run-now 2", "12"),
            (8, 9, "get 12", "TERMINATED"),
        ],
        1,
        "create 2 -> 2
         jobs -> 1 2
         run-now 2 -> 12
         get 12 -> TERMINATED",
    );
}

const SUITE_WITH_A_CANCEL: &[Line] = &[
    (0, 1, "create 1", "1"),
    (2, 3, "create 2", "2"),
    (4, 5, "run-now 1", "11"),
    (6, 7, "get 11", "RUNNING"),
    (8, 9, "cancel 11", "{}"),
    (10, 11, "get 11", "TERMINATED"),
    (12, 13, "run-now 2", "12"),
    (14, 15, "all", "12:PENDING 11:TERMINATED"),
];

#[test]
fn a_list_that_comes_close_does_not_show_ones_own_run_after_a_write_to_come() {
    check(
        SUITE_WITH_A_CANCEL,
        0,
        "create 1 -> 1
         run-now 1 -> 11
         get 11 -> RUNNING
         all -> MISS gap
         get 11 -> RUNNING
         cancel 11 -> {}
         get 11 -> TERMINATED",
    );
}

#[test]
fn a_list_that_comes_close_shows_ones_own_run_after_the_writes_that_were_given() {
    check(
        SUITE_WITH_A_CANCEL,
        1,
        "create 1 -> 1
         run-now 1 -> 11
         get 11 -> RUNNING
         cancel 11 -> {}
         all -> 12:PENDING 11:TERMINATED
         get 11 -> TERMINATED",
    );
}

#[test]
fn a_list_that_comes_close_does_not_show_ones_own_job_after_an_update_to_come() {
    check(
        &[
            (0, 1, "create 1", "1"),
            (2, 3, "update 1 x", "{}"),
            (4, 5, "create 2", "2"),
            (6, 7, "jobs", "1 2"),
        ],
        0,
        "create 1 -> 1
         jobs -> MISS gap",
    );
}

const GROWING_LIST: &[Line] =
    &[(0, 1, "create 1", "1"), (2, 3, "jobs", "1"), (4, 5, "create 2", "2"), (6, 7, "jobs", "1 2")];

#[test]
fn a_list_never_lacks_what_was_made() {
    check(
        GROWING_LIST,
        1,
        "create 2 -> 2
         jobs -> 1 2
         create 1 -> 1
         jobs -> 1 2",
    );
}

#[test]
fn lists_grow_as_recorded() {
    check(
        GROWING_LIST,
        1,
        "jobs -> 1
         create 1 -> 1
         jobs -> 1
         jobs -> 1
         create 2 -> 2
         jobs -> 1 2",
    );
}

const DELETED: &[Line] = &[
    (0, 1, "create 1", "1"),
    (2, 3, "run-now 1", "11"),
    (4, 5, "get 11", "RUNNING"),
    (6, 7, "delete 1", "{}"),
    (8, 9, "get 11", "!400"),
];

#[test]
fn a_delete_removes_the_runs() {
    check(
        DELETED,
        0,
        "create 1 -> 1
         run-now 1 -> 11
         get 11 -> RUNNING
         get 11 -> RUNNING
         delete 1 -> {}
         get 11 -> !400
         get 11 -> !400
         delete 1 -> {}",
    );
}

#[test]
fn without_the_delete_the_run_stays() {
    check(
        DELETED,
        0,
        "create 1 -> 1
         run-now 1 -> 11
         get 11 -> RUNNING
         get 11 -> RUNNING
         get 11 -> RUNNING",
    );
}

#[test]
fn a_delete_removes_a_run_that_was_removed_before_it_in_the_recording_alone() {
    let lines: &[Line] = &[
        (0, 1, "create 1", "1"),
        (2, 3, "run-now 1 token=t", "11"),
        (4, 5, "get 11", "TERMINATED"),
        (6, 7, "delete-run 11", "{}"),
        (8, 9, "get 11", "!400"),
        (10, 11, "delete 1", "{}"),
    ];
    let started = "create 1 -> 1\n run-now 1 token=t -> 11\n get 11 -> TERMINATED\n";
    let without = "delete 1 -> {}\n get 11 -> MISS gap\n run-now 1 token=t -> MISS exhausted";
    check(lines, 0, &format!("{started}{without}"));
    let with = "delete-run 11 -> {}\n delete 1 -> {}\n get 11 -> !400";
    check(lines, 0, &format!("{started}{with}"));
}

const RETRIED: &[Line] = &[
    (0, 1, "run-now 1 token=t", "!503"),
    (2, 3, "run-now 1 token=t", "11"),
    (4, 5, "get 11", "TERMINATED"),
];

#[test]
fn after_a_failure_nothing_is_assumed() {
    check(
        RETRIED,
        0,
        "run-now 1 token=t -> !503
         run-now 1 token=t -> 11
         get 11 -> TERMINATED
         run-now 1 token=t -> 11",
    );
    let skip = Options { transients: Transients::Skip, ..Options::default() };
    check_with(RETRIED, skip, 0, "run-now 1 token=t -> 11\n get 11 -> TERMINATED");
}

#[test]
fn a_refusal_that_no_longer_holds_is_passed_over() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (2, 3, "delete-run 11", "!400"),
            (4, 5, "cancel 11", "{}"),
            (6, 7, "get 11", "TERMINATED"),
            (8, 9, "delete-run 11", "{}"),
        ],
        0,
        "run-now 1 -> 11
         cancel 11 -> {}
         get 11 -> TERMINATED
         delete-run 11 -> {}",
    );
}

#[test]
fn an_overlapping_read_that_shows_the_effect_came_after_the_write() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (50, 51, "get 11", "RUNNING"),
            (100, 140, "get 11", "TERMINATING"),
            (101, 110, "cancel 11", "{}"),
            (150, 151, "get 11", "TERMINATED"),
        ],
        0,
        "run-now 1 -> 11
         get 11 -> RUNNING
         get 11 -> RUNNING
         get 11 -> RUNNING
         cancel 11 -> {}
         get 11 -> TERMINATING
         get 11 -> TERMINATED",
    );
}

#[test]
fn an_overlapping_read_that_shows_no_effect_may_have_come_before() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (50, 51, "get 11", "RUNNING"),
            (100, 140, "get 11", "RUNNING"),
            (101, 110, "cancel 11", "{}"),
            (150, 151, "get 11", "TERMINATED"),
        ],
        0,
        "run-now 1 -> 11
         get 11 -> RUNNING
         get 11 -> RUNNING
         get 11 -> RUNNING
         cancel 11 -> {}
         get 11 -> TERMINATED
         get 11 -> TERMINATED",
    );
}

#[test]
fn tests_that_reset_a_shared_job_run_in_any_order() {
    check(
        &[
            (0, 1, "reset 1 a", "{}"),
            (2, 3, "run-now 1 a", "11"),
            (4, 5, "get 11", "TERMINATED"),
            (6, 7, "job 1", "sa"),
            (8, 9, "reset 1 b", "{}"),
            (10, 11, "run-now 1 b", "12"),
            (12, 13, "get 12", "TERMINATED"),
            (14, 15, "job 1", "sb"),
        ],
        0,
        "reset 1 b -> {}
         run-now 1 b -> 12
         get 12 -> TERMINATED
         job 1 -> sb
         reset 1 a -> {}
         run-now 1 a -> 11
         get 11 -> TERMINATED
         job 1 -> sa",
    );
}

const UPDATED: &[Line] =
    &[(0, 1, "create 1", "1"), (2, 3, "job 1", "s"), (4, 5, "update 1 u", "{}")];

#[test]
fn no_answer_from_before_a_replayed_write() {
    check(
        UPDATED,
        0,
        "create 1 -> 1
         update 1 u -> {}
         job 1 -> MISS gap",
    );
}

#[test]
fn a_list_moves_with_the_runs_in_it() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (2, 3, "runs 1", "11:PENDING"),
            (4, 5, "get 11", "PENDING"),
            (6, 7, "get 11", "TERMINATED"),
            (8, 9, "runs 1", "11:TERMINATED"),
        ],
        0,
        "run-now 1 -> 11
         get 11 -> PENDING
         get 11 -> TERMINATED
         runs 1 -> 11:TERMINATED
         runs 1 -> 11:TERMINATED",
    );
}

#[test]
fn overlapping_updates_come_in_any_order() {
    check(
        &[
            (0, 1, "create 1", "1"),
            (10, 14, "update 1 x", "{}"),
            (11, 15, "update 1 y", "{}"),
            (20, 21, "job 1", "xy"),
        ],
        0,
        "create 1 -> 1
         update 1 y -> {}
         update 1 x -> {}
         job 1 -> xy",
    );
}

#[test]
fn an_overlapping_list_that_shows_the_effect_came_after_the_write() {
    check(
        &[(0, 1, "create 1", "1"), (10, 30, "jobs", "1 2"), (12, 20, "create 2", "2")],
        1,
        "create 1 -> 1
         jobs -> 1 2
         create 2 -> 2
         jobs -> 1 2",
    );
}

const OVERLAPPED: &[Line] = &[
    (0, 1, "create 1", "1"),
    (5, 6, "job 1", "old"),
    (10, 30, "job 1", "old"),
    (12, 20, "reset 1 new", "{}"),
    (40, 41, "job 1", "new"),
];

#[test]
fn what_showed_no_effect_is_not_given_after_the_write() {
    check(OVERLAPPED, 0, "create 1 -> 1\n reset 1 new -> {}\n job 1 -> new");
    check(OVERLAPPED, 0, "create 1 -> 1\n job 1 -> old\n job 1 -> old\n job 1 -> old");
}

#[test]
fn what_showed_no_effect_is_given_after_the_write_rather_than_nothing() {
    check(
        &OVERLAPPED[..4],
        0,
        "create 1 -> 1
         reset 1 new -> {}
         job 1 -> old",
    );
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (2, 3, "get 11", "RUNNING"),
            (4, 9, "get 11", "RUNNING"),
            (5, 6, "cancel 11", "{}"),
        ],
        0,
        "run-now 1 -> 11
         cancel 11 -> {}
         get 11 -> RUNNING
         get 11 -> RUNNING",
    );
}
