//! The laws that fuzzing looks for counterexamples of, held for every committed seed.

use std::fs;

use crate::deck::{files, project};

#[expect(unreachable_pub, reason = "the fuzz targets share it")]
#[path = "../../fuzz/laws.rs"]
mod laws;

#[track_caller]
fn check(target: &str, law: fn(&[u8])) {
    let seeds = files(&project().join("fuzz/corpus").join(target));
    assert!(!seeds.is_empty());
    for seed in seeds {
        law(&fs::read(seed).unwrap());
    }
}

#[test]
fn seeds_of_cassette_load() {
    check("cassette_load", laws::cassette_load);
    for cassette in files(&project().join("cassettes")) {
        laws::cassette_load(&fs::read(cassette).unwrap());
    }
}

#[test]
fn seeds_of_har_import() {
    check("har_import", laws::har_import);
}

#[test]
fn seeds_of_request_match() {
    check("request_match", laws::request_match);
}

#[test]
fn seeds_of_validate() {
    check("validate", laws::validate);
}
