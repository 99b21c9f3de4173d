//! One end of a connection: a socket in clear, or whatever lies around one.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// What every HTTP/2 connection begins with (RFC 9113 §3.4).
const HTTP_2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes in both directions.
pub(super) trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// One end of a connection.
pub(super) struct Stream {
    /// What was read already, and comes first.
    begun: Bytes,
    way: Way,
}

enum Way {
    /// In clear, which is most frequent: nothing is called indirectly.
    Plain(TcpStream),
    /// TLS, or a tunnel through a proxy, or one in the other.
    Wrapped(Box<dyn Transport>),
}

impl Stream {
    /// A socket in clear.
    pub(super) fn plain(socket: TcpStream) -> Self {
        // Without it small messages would only be slower.
        let _ = socket.set_nodelay(true);
        Self { begun: Bytes::new(), way: Way::Plain(socket) }
    }

    /// What lies around a socket.
    pub(super) fn wrapped(transport: impl Transport + 'static) -> Self {
        Self { begun: Bytes::new(), way: Way::Wrapped(Box::new(transport)) }
    }

    /// Reads as much as tells whether the peer speaks HTTP/2, and whether it does. Nothing is lost of it.
    pub(super) async fn begin(mut self) -> io::Result<(Self, bool)> {
        let mut begun = Vec::with_capacity(HTTP_2_PREFACE.len());
        while begun.len() < HTTP_2_PREFACE.len() && HTTP_2_PREFACE.starts_with(&begun) {
            let room = (HTTP_2_PREFACE.len() - begun.len()) as u64;
            if (&mut self).take(room).read_buf(&mut begun).await? == 0 {
                break;
            }
        }
        let is_http2 = begun == HTTP_2_PREFACE;
        Ok((Self { begun: begun.into(), ..self }, is_http2))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { begun, way } = self.get_mut();
        if !begun.is_empty() {
            let length = begun.len().min(buf.remaining());
            buf.put_slice(&begun[..length]);
            begun.advance(length);
            return Poll::Ready(Ok(()));
        }
        match way {
            Way::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Way::Wrapped(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().way {
            Way::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Way::Wrapped(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().way {
            Way::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Way::Wrapped(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().way {
            Way::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Way::Wrapped(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().way {
            Way::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Way::Wrapped(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.way {
            Way::Plain(stream) => stream.is_write_vectored(),
            Way::Wrapped(stream) => stream.is_write_vectored(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, duplex};

    use super::*;

    /// What comes in these pieces is told from HTTP/2 by its first bytes, and read whole all the same.
    #[track_caller]
    fn check(pieces: &[&[u8]], is_http2: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let (mut peer, own) = duplex(1);
            let sent = pieces.concat();
            let writing = tokio::spawn(async move { peer.write_all(&sent).await });
            let (mut stream, told) = Stream::wrapped(own).begin().await.expect("bytes");
            let mut read = Vec::new();
            stream.read_to_end(&mut read).await.expect("all bytes");
            writing.await.expect("no panic").expect("written");
            assert_eq!((told, read), (is_http2, pieces.concat()));
        });
    }

    #[test]
    fn the_first_bytes_tell_the_version_and_are_read_again() {
        check(&[HTTP_2_PREFACE], true);
        check(&[HTTP_2_PREFACE, b"\0\0\0\x04\0\0\0\0\0"], true);
        check(&[b"GET / HTTP/1.1\r\n\r\n"], false);
        check(&[b"PRI * HTTP/1.1\r\n\r\n", b"more"], false);
        check(&[b"PRI"], false);
        check(&[b""], false);
    }
}
