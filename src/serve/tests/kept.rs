//! A workspace that is kept in a file goes on as if it had never been away.

use std::path::Path;

use proptest::prelude::*;

use super::{
    laws::{self, Step},
    *,
};
use crate::{
    admin::Desk as _,
    error::{Error, Kind},
    serve::Kept,
};

fn options() -> Options {
    Options { clock: Clock::Manual, ..Options::default() }
}

fn ask(kept: &mut Kept, endpoint: Endpoint, arguments: Value) -> Value {
    body(&kept.answer(&request(endpoint, &arguments), 0).response)
}

#[track_caller]
fn refused(path: &Path, options: Options) -> Error {
    Kept::open(path, options).err().expect("the file is refused")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_restart_changes_nothing(
        steps in laws::steps(), restarts in prop::collection::vec(any::<bool>(), 60)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let limits = Limits { concurrent_runs: 4, saved_jobs: 4, ..Limits::default() };
        let options = Options { limits, ..options() };
        let mut plain = Workspace::new(options.clone());
        let mut kept = Some(Kept::open(&path, options.clone()).unwrap());
        for (step, restart) in steps.iter().zip(restarts) {
            if restart {
                drop(kept.take());
            }
            let kept = kept.get_or_insert_with(|| Kept::open(&path, options.clone()).unwrap());
            if let Step::Pass(ms) = step {
                plain.advance(*ms).unwrap();
                kept.advance(*ms).unwrap();
            } else {
                let request = laws::request_of(step, Ids::Small).unwrap();
                let (expected, told) = (plain.answer(&request, 0), kept.answer(&request, 0));
                prop_assert_eq!(expected.response, told.response);
            }
            prop_assert_eq!(kept.status(0), plain.status());
        }
    }
}

#[test]
fn the_time_of_a_manual_clock_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let mut kept = Kept::open(&path, options()).unwrap();
    kept.advance(5000).unwrap();
    let before = kept.status(0);
    drop(kept);
    assert_eq!(Kept::open(&path, options()).unwrap().status(0), before);
}

#[test]
fn what_is_due_while_it_is_away_happens_at_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let real = || Options { clock: Clock::Real, ..options() };
    let hourly = json!({"quartz_cron_expression": "0 0 * * * ?", "timezone_id": "UTC"});
    let job = json!({
        "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}, "schedule": hourly
    });
    let mut kept = Kept::open(&path, real()).unwrap();
    kept.answer(&request(Create, &job), 0);
    drop(kept);
    let later_us = 2 * 60 * 60 * 1_000_000;
    let mut kept = Kept::open(&path, real()).unwrap();
    let runs = body(&kept.answer(&request(RunsList, &json!({})), later_us).response);
    let starts = |run: usize| runs["runs"][run]["start_time"].as_u64().unwrap();
    assert_eq!([starts(0), starts(1)], [7_200_000, 3_600_000]);
}

#[test]
fn a_reset_is_kept_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let mut kept = Kept::open(&path, options()).unwrap();
    let job = json!({"existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}});
    assert_eq!(ask(&mut kept, Create, job.clone()), json!({"job_id": 1}));
    kept.reset().unwrap();
    drop(kept);
    let mut kept = Kept::open(&path, options()).unwrap();
    assert_eq!(ask(&mut kept, List, json!({})), json!({}));
    assert_eq!(ask(&mut kept, Create, job), json!({"job_id": 1}));
}

#[test]
fn ids_stay_what_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let large = |seed| Options { ids: Ids::Large { seed }, ..options() };
    drop(Kept::open(&path, large(7)).unwrap());
    for other in [large(8), options()] {
        let error = refused(&path, other);
        assert_eq!(error.kind(), Kind::Usage);
        assert_eq!(error.next_step(), Some("serve it with --ids large --seed 7"));
    }
    Kept::open(&path, large(7)).unwrap();
}
