//! nginx with configurations of our own: as the upstream that answers, and as the proxy to be compared with.

use std::{
    error::Error,
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    time::{Duration, Instant},
};

use super::{
    answer::body,
    process::{Process, on_core},
};

/// How long one may take to listen.
const START: Duration = Duration::from_secs(10);

/// A running nginx of one process.
pub(crate) struct Nginx {
    pub(crate) process: Process,
    pub(crate) url: String,
}

impl Nginx {
    /// One that answers every question for a run, each in its own words.
    pub(crate) fn upstream(folder: &Path, core: u8) -> Result<Self, Box<dyn Error>> {
        let answer = body("17", "$arg_run_id");
        let location = format!(
            "default_type application/json;
             add_header x-databricks-org-id 1234567890123456;
             return 200 '{answer}';"
        );
        Self::start(&folder.join("upstream"), core, "", &location)
    }

    /// One that answers every request in the same few words.
    pub(crate) fn terse(folder: &Path, core: u8, answer: &str) -> Result<Self, Box<dyn Error>> {
        let location = format!("default_type application/json; return 200 '{answer}';");
        Self::start(&folder.join("terse"), core, "", &location)
    }

    /// One that passes everything on.
    pub(crate) fn proxy(folder: &Path, core: u8, upstream: &str) -> Result<Self, Box<dyn Error>> {
        let address = upstream.trim_start_matches("http://");
        let connections = format!(
            "upstream workspace {{
                 server {address};
                 keepalive 64;
                 keepalive_requests 1000000000;
             }}"
        );
        let location = "proxy_pass http://workspace;
             proxy_http_version 1.1;
             proxy_set_header Connection '';";
        Self::start(&folder.join("proxy"), core, &connections, location)
    }

    fn start(
        folder: &Path,
        core: u8,
        connections: &str,
        location: &str,
    ) -> Result<Self, Box<dyn Error>> {
        fs::create_dir_all(folder)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let configuration = format!(
            "daemon off;
             master_process off;
             pid nginx.pid;
             error_log error.log;
             events {{}}
             http {{
                 access_log off;
                 client_body_temp_path temporary;
                 proxy_temp_path temporary;
                 fastcgi_temp_path temporary;
                 scgi_temp_path temporary;
                 uwsgi_temp_path temporary;
                 keepalive_requests 1000000000;
                 keepalive_timeout 1h;
                 {connections}
                 server {{
                     listen {address};
                     location / {{
                         {location}
                     }}
                 }}
             }}"
        );
        fs::write(folder.join("nginx.conf"), configuration)?;
        let mut command = on_core(core, "nginx");
        command.arg("-p").arg(folder).args(["-c", "nginx.conf", "-e", "error.log"]);
        let mut process = Process::start(&mut command)?;
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if process.child().try_wait()?.is_some() || started.elapsed() > START {
                let log = fs::read_to_string(folder.join("error.log")).unwrap_or_default();
                return Err(format!("nginx does not start: {log}").into());
            }
            std::thread::yield_now();
        }
        Ok(Self { process, url: format!("http://{address}") })
    }
}
