//! Plain sockets and a tap for the tests: what is written is what goes over the wire.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use jobdeck::{
    exchange::Exchange,
    net::{Proxy, ProxyOptions, Tap},
};

/// After so long a test fails instead of hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One end of a connection.
pub(crate) struct Peer(BufReader<TcpStream>);

/// A message as it came.
#[derive(Debug)]
pub(crate) struct Message {
    /// The first line.
    pub(crate) start: String,
    /// The header lines, in lower case.
    pub(crate) headers: Vec<String>,
    /// The body with its transfer coding removed.
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// The status of a response.
    pub(crate) fn status(&self) -> u16 {
        self.start.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status")
    }

    /// The value of a header field.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}: ");
        self.headers.iter().find_map(|line| line.strip_prefix(&prefix))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }
}

impl Peer {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::new(TcpStream::connect(address).expect("a connection"))
    }

    fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Self(BufReader::new(stream))
    }

    /// The stream once more, to send while this one reads.
    pub(crate) fn stream(&self) -> TcpStream {
        self.0.get_ref().try_clone().expect("a connection")
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.send_bytes(text.as_bytes());
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).expect("written");
    }

    /// The next message whole, or nothing if the connection ended before it.
    pub(crate) fn message(&mut self) -> Option<Message> {
        let mut message = self.head()?;
        self.read_body(&mut message);
        Some(message)
    }

    /// The answer to a HEAD request.
    pub(crate) fn bodiless(&mut self) -> Option<Message> {
        self.head()
    }

    /// The head of the next message, its body not read.
    pub(crate) fn head(&mut self) -> Option<Message> {
        let start = self.line()?;
        let headers = std::iter::from_fn(|| self.line().filter(|line| !line.is_empty()))
            .map(|line| match line.split_once(':') {
                Some((name, value)) => format!("{}:{value}", name.to_lowercase()),
                None => line,
            })
            .collect();
        Some(Message { start, headers, body: Vec::new() })
    }

    fn read_body(&mut self, message: &mut Message) {
        if message.header("transfer-encoding").is_some() {
            while let Some(piece) = self.chunk() {
                message.body.extend(piece);
            }
        } else if let Some(length) = message.header("content-length") {
            let length = length.parse().expect("a length");
            message.body = self.bytes(length);
        }
    }

    /// The next chunk of a chunked body, or nothing at its end.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = usize::from_str_radix(&self.line().expect("a chunk"), 16).expect("a chunk size");
        let piece = self.bytes(size);
        self.line();
        (size > 0).then_some(piece)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).expect("so many bytes");
        bytes
    }

    /// So many bytes, or fewer if the connection ends before.
    pub(crate) fn some(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = (&mut self.0).take(length as u64).read_to_end(&mut bytes);
        bytes
    }

    /// All that still comes, up to the end of the connection, whole or broken.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = self.0.read_to_end(&mut bytes);
        bytes
    }

    /// Whether the connection has ended without another byte.
    pub(crate) fn is_over(&mut self) -> bool {
        match self.0.fill_buf() {
            Ok(bytes) => bytes.is_empty(),
            Err(cause) => cause.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
        }
    }
}

/// An upstream that serves every connection by a script on a thread of its own. The script gets the
/// number of the connection, from 1.
pub(crate) fn upstream(script: impl Fn(usize, Peer) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let script = Arc::new(script);
    thread::spawn(move || {
        for (number, stream) in (1..).zip(listener.incoming().map_while(Result::ok)) {
            let script = Arc::clone(&script);
            thread::spawn(move || script(number, Peer::new(stream)));
        }
    });
    address
}

/// An upstream that answers every request with these bytes, and the requests that it got.
pub(crate) fn answering(answer: &'static str) -> (SocketAddr, Arc<Mutex<Vec<Message>>>) {
    let got = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&got);
    let address = upstream(move |_, mut peer| {
        while let Some(request) = peer.message() {
            seen.lock().expect("requests").push(request);
            peer.send(answer);
        }
    });
    (address, got)
}

/// Keeps what a proxy tells.
#[derive(Default)]
pub(crate) struct Tape(Mutex<Vec<Exchange>>);

impl Tap for Tape {
    fn finished(&self, exchange: Exchange) -> bool {
        self.0.lock().expect("exchanges").push(exchange);
        true
    }
}

/// A proxy in front of an upstream, and its tape.
pub(crate) struct Deck {
    pub(crate) proxy: Proxy,
    tape: Arc<Tape>,
}

impl Deck {
    pub(crate) fn start(upstream: SocketAddr) -> Self {
        Self::with(ProxyOptions::new(format!("http://{upstream}")))
    }

    pub(crate) fn with(options: ProxyOptions) -> Self {
        let tape = Arc::<Tape>::default();
        let listen =
            Some(options.listen.unwrap_or_else(|| "127.0.0.1:0".parse().expect("an address")));
        let proxy =
            Proxy::start(ProxyOptions { listen, ..options }, tape.clone()).expect("a proxy");
        Self { proxy, tape }
    }

    pub(crate) fn client(&self) -> Peer {
        Peer::connect(self.proxy.address())
    }

    /// Stops the proxy and returns what it told, by order of arrival.
    pub(crate) fn stop(self) -> Vec<Exchange> {
        self.proxy.stop();
        let mut exchanges = std::mem::take(&mut *self.tape.0.lock().expect("exchanges"));
        exchanges.sort_by_key(|exchange| exchange.seq);
        exchanges
    }

    /// The one exchange that it told.
    pub(crate) fn stop_with_one(self) -> Exchange {
        let mut exchanges = self.stop();
        assert_eq!(exchanges.len(), 1, "{exchanges:?}");
        exchanges.remove(0)
    }
}
