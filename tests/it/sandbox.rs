//! The page beside the workspace, in a browser that a test drives.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    panic::{AssertUnwindSafe, catch_unwind},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{clients::installed::required, deck::Deck, http};

/// How long a browser may take for something before it counts as stuck.
const STUCK: Duration = Duration::from_secs(60);

/// A browser with one window.
struct Browser {
    driver: Child,
    /// Where the driver takes what the window is to do.
    port: u16,
    /// The path of the window there.
    session: String,
}

impl Browser {
    /// Opens one; none, said aloud, where none is to be had.
    fn open() -> Option<Self> {
        let mut driver = Command::new("chromedriver");
        driver.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let started = driver.spawn().map_err(|error| error.to_string());
        let mut driver = required("chromedriver", started)?;
        let told = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = told.into_iter().find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let mut browser = Self { driver, port: port.expect("a port"), session: String::new() };
        let options = json!({"args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync"
        ]});
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}});
        let session = browser.ask("POST", "/session", &wanted)["sessionId"].clone();
        browser.session = format!("/session/{}", session.as_str().unwrap());
        Some(browser)
    }

    fn tell(&self, what: &str, how: &Value) -> Value {
        self.ask("POST", &format!("{}{what}", self.session), how)
    }

    /// Asks the driver, which keeps connections open whatever it is told.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(STUCK)).unwrap();
        let body = body.to_string();
        let (port, length) = (self.port, body.len());
        write!(stream, "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-length: {length}\r\n\r\n{body}")
            .unwrap();
        let mut answer = BufReader::new(stream);
        let heads = answer.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty());
        let heads: Vec<_> = heads.map(|line| line.to_ascii_lowercase()).collect();
        let length = heads.iter().find_map(|line| line.strip_prefix("content-length:")).unwrap();
        let mut body = vec![0; length.trim().parse().unwrap()];
        answer.read_exact(&mut body).unwrap();
        let told: Value = serde_json::from_slice(&body).unwrap();
        assert!(heads[0].contains(" 200 "), "{path}: {told}");
        told["value"].clone()
    }

    /// What a script on the page gives.
    fn run(&self, script: &str) -> Value {
        self.tell("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits until a text stands on the page.
    fn wait_for(&self, text: &str) {
        let script = "
            const [text, done] = arguments;
            const look = () => document.body.innerText.includes(text) && done();
            new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
            look();";
        self.tell("/execute/async", &json!({"script": script, "args": [text]}));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A driver that is killed leaves its browser behind.
        let _ = catch_unwind(AssertUnwindSafe(|| self.ask("DELETE", &self.session, &json!({}))));
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

#[test]
fn a_browser_follows_a_run_and_lets_time_pass() {
    let Some(browser) = Browser::open() else { return };
    let deck = Deck::start(["serve", "--clock", "manual", "--admin", "127.0.0.1:0"]);
    let admin = deck.admin();
    let hostile =
        "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">";
    let job = json!({
        "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}, "name": hostile
    });
    http::call(&deck.url, "POST", "/api/2.0/jobs/create", &job.to_string());
    http::call(&deck.url, "POST", "/api/2.0/jobs/run-now", r#"{"job_id":1}"#);
    browser.tell("/url", &json!({"url": admin}));
    browser.wait_for("PENDING 0 ms");
    browser.run("window.untouched = true");
    // Time passes elsewhere, and the page tells it by itself.
    http::call(&admin, "POST", "/advance", r#"{"ms":300}"#);
    browser.wait_for("PENDING 200 ms, RUNNING 100 ms");
    browser.run("document.querySelector('[data-ms=\"3600000\"]').click()");
    browser.wait_for("TERMINATED SUCCESS");
    let bars = "return document.querySelectorAll('svg rect').length";
    assert_eq!(browser.run(bars), 4);
    assert_eq!(browser.run("return window.untouched"), true, "it was loaded anew");
    assert_eq!(browser.run("return document.title"), "jobdeck serve");
    deck.stop();
    browser.wait_for("The workspace did not answer");
}

#[test]
fn no_other_page_moves_the_clock() {
    let deck = Deck::start(["serve", "--clock", "manual", "--admin", "127.0.0.1:0"]);
    let admin = deck.admin();
    let advance = |origin: &str| {
        let origin = format!("origin: {origin}\r\n");
        http::send(&admin, "POST", "/advance", &origin, r#"{"ms":1}"#).unwrap().0
    };
    assert_eq!(advance(&admin), 200);
    assert_eq!(advance("http://127.0.0.1:1"), 403);
    assert_eq!(advance("null"), 403);
    // The workspace itself gives no page.
    let origin = format!("origin: {}\r\n", deck.url);
    assert_eq!(http::send(&deck.url, "GET", "/", &origin, "").unwrap().0, 403);
}
