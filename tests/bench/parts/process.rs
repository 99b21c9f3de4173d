//! Processes that run while a benchmark does, each on one core, and the CPU time that they take.

use std::{
    error::Error,
    fs,
    process::{Child, Command, ExitStatus},
};

use rustix::process::{Pid, Signal, kill_process};

/// A process that ends with its value, also when the benchmark panics.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Box<dyn Error>> {
        let child = command.spawn().map_err(|cause| format!("{command:?}: {cause}"))?;
        Ok(Self(child))
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// The child, whose pipes may be taken.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// The CPU time that its threads have taken so far, in nanoseconds (`sched(7)`).
    pub(crate) fn cpu_ns(&self) -> Result<u64, Box<dyn Error>> {
        let mut sum = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.id()))? {
            let schedstat = fs::read_to_string(task?.path().join("schedstat"))?;
            sum += schedstat.split(' ').next().unwrap_or_default().parse::<u64>()?;
        }
        Ok(sum)
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<ExitStatus, Box<dyn Error>> {
        let id = Pid::from_raw(i32::try_from(self.id())?).ok_or("a process without a number")?;
        kill_process(id, Signal::TERM)?;
        Ok(self.0.wait()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A command that stays on one core.
pub(crate) fn on_core(core: u8, program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &core.to_string(), program]);
    command
}

/// Why nothing can be measured with these programs here, if so.
pub(crate) fn hindrance(programs: &[&str]) -> Option<String> {
    let missing: Vec<_> = programs.iter().copied().filter(|name| !is_there(name)).collect();
    if !missing.is_empty() {
        return Some(format!("{} not installed", missing.join(", ")));
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (cores < 2).then(|| "it takes two cores".to_owned())
}

/// Whether a program can be run.
fn is_there(program: &str) -> bool {
    let found = |folder: std::path::PathBuf| folder.join(program).is_file();
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(found))
}
