#![no_main]

#[allow(dead_code, reason = "each target takes one law")]
#[path = "../laws.rs"]
mod laws;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| laws::har_import(bytes));
