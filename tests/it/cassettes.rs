//! The cassettes that come with the project: sound, told about, and good for a replay.

use std::{collections::BTreeSet, fs};

use jobdeck::{
    cassette::{self, Cassette},
    exchange::{Handler as _, Outcome},
    replay::{Options, Replayer, Verdict},
};

use crate::deck::{files, jobdeck, output, project};

fn committed() -> Vec<std::path::PathBuf> {
    let all = files(&project().join("cassettes"));
    all.into_iter().filter(|path| path.extension().is_some_and(|end| end == "json")).collect()
}

#[test]
fn each_is_sound_and_has_its_line_of_purpose() {
    let purposes = fs::read_to_string(project().join("cassettes/README.md")).unwrap();
    let told: BTreeSet<_> = purposes
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(name, _)| name.to_owned())
        .collect();
    let there: BTreeSet<_> =
        committed().iter().map(|p| p.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(there, told);
    for path in committed() {
        let verified = cassette::verify(&path).unwrap();
        assert!(verified.residues.is_empty(), "{}: {:?}", path.display(), verified.residues);
    }
    let verify = output(jobdeck(["cassette", "verify"]).args(committed()));
    assert_eq!(verify.status.code(), Some(0), "{verify:?}");
}

#[test]
fn each_is_laid_out_as_the_tool_writes_it() {
    for path in committed() {
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(Cassette::load(&path).unwrap().to_text(), text, "{}", path.display());
    }
}

#[test]
fn each_replays_in_its_own_order_byte_for_byte() {
    for path in committed() {
        let cassette = Cassette::load(&path).unwrap();
        let mut replayer = Replayer::new(cassette.clone(), Options::default());
        for exchange in cassette.exchanges.iter().filter(|e| e.outcome == Outcome::Complete) {
            let reply = replayer.answer(&exchange.request, exchange.at_us);
            let recorded = exchange.response.as_ref().unwrap();
            assert_eq!(
                (reply.response.status, reply.response.body.bytes()),
                (recorded.status, recorded.body.bytes()),
                "{} exchange {}",
                path.display(),
                exchange.seq
            );
        }
        assert!(
            replayer.receipt().verdict(true) == Verdict::Clean,
            "{}: {}",
            path.display(),
            replayer.receipt()
        );
    }
}

#[test]
fn one_that_was_cut_or_edited_is_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(project().join("cassettes/quickstart.json")).unwrap();
    let edited = text.replacen("nightly", "Nightly", 1);
    let middle = text.len() / 2;
    for (name, text) in [("edited", &*edited), ("cut", &text[..middle]), ("tail", &text[middle..])]
    {
        let path = folder.path().join(format!("{name}.json"));
        fs::write(&path, text).unwrap();
        let verify = output(jobdeck(["cassette", "verify"]).arg(&path));
        let said = String::from_utf8_lossy(&verify.stderr);
        assert_eq!(verify.status.code(), Some(3), "{name}: {said}");
        assert!(said.contains("line "), "{name}: {said}");
    }
    // An edit is welcome once it is accepted.
    let path = folder.path().join("edited.json");
    let reseal = output(jobdeck(["cassette", "verify", "--reseal"]).arg(&path));
    assert_eq!(reseal.status.code(), Some(0), "{reseal:?}");
    assert_eq!(output(jobdeck(["cassette", "verify"]).arg(&path)).status.code(), Some(0));
}
