//! `jobdeck cassette show`.

use super::{committed, run, said};
use crate::deck::project;

#[test]
fn a_recording_is_shown_as_a_table() {
    let (table, _) = said(&run(&project(), &["show", &committed("quickstart.json")]), 0);
    insta::assert_snapshot!(table, @"
    SEQ  SECONDS  METHOD  TARGET                                        STATUS   MS  ANSWER
      1    0.000  POST    /api/2.0/jobs/create                          200     0.5  job 1
      2    0.001  POST    /api/2.0/jobs/run-now                         200     0.3  run 1000001
      3    0.001  GET     /api/2.0/jobs/runs/get?run_id=1000001         200     0.3  PENDING
      4    0.103  GET     /api/2.0/jobs/runs/get?run_id=1000001         200     0.3  PENDING
      5    0.204  GET     /api/2.0/jobs/runs/get?run_id=1000001         200     0.4  RUNNING
      6    0.305  GET     /api/2.0/jobs/runs/get?run_id=1000001         200     0.5  RUNNING
      7    0.406  GET     /api/2.0/jobs/runs/get?run_id=1000001         200     0.6  RUNNING
      8    0.508  GET     /api/2.0/jobs/runs/get?run_id=1000001         200     0.4  RUNNING
      9    0.609  GET     /api/2.0/jobs/runs/get?run_id=1000001         200     0.4  RUNNING
     10    0.711  GET     /api/2.0/jobs/runs/get?run_id=1000001         200     0.3  TERMINATING SUCCESS
     11    0.812  GET     /api/2.0/jobs/runs/get?run_id=1000001         200     0.3  TERMINATING SUCCESS
     12    0.913  GET     /api/2.0/jobs/runs/get?run_id=1000001         200     0.6  TERMINATED SUCCESS
     13    0.914  GET     /api/2.0/jobs/runs/get-output?run_id=1000001  200     0.3  TERMINATED SUCCESS
     14    0.915  POST    /api/2.0/jobs/delete                          200     0.2
     15    0.915  GET     /api/2.0/jobs/get?job_id=1                    400     0.2  INVALID_PARAMETER_VALUE: Job 1 does not exist.
    ");
}

#[test]
fn exchanges_are_shown_by_their_numbers() {
    let quickstart = committed("quickstart.json");
    let (text, _) = said(&run(&project(), &["show", &quickstart, "2", "1"]), 0);
    let exchanges: Vec<serde_json::Value> =
        serde_json::Deserializer::from_str(&text).into_iter().collect::<Result<_, _>>().unwrap();
    let seqs: Vec<_> = exchanges.iter().map(|exchange| &exchange["seq"]).collect();
    assert_eq!(seqs, [2, 1]);
    let (nothing, told) = said(&run(&project(), &["show", &quickstart, "1", "99"]), 2);
    assert_eq!(nothing, "");
    assert!(told.contains("exchange 99") && told.contains("from 1 to "), "{told}");
}

#[test]
fn what_is_no_cassette_cannot_be_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), "{").unwrap();
    for name in ["x.json", "absent.json", "."] {
        said(&run(folder.path(), &["show", name]), 3);
    }
}
