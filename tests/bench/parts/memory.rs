//! What the kernel knows of the memory of a process.

use std::{error::Error, fs};

/// The most memory that a process had in use, in mebibytes.
pub(crate) fn peak_mib(process: u32) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    Ok(line.split_whitespace().nth(1).unwrap_or("0").parse::<u64>()? / 1024)
}
