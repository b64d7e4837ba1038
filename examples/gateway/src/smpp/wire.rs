//! The two directions of a connection.

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio_util::codec::{FramedRead, LengthDelimitedCodec};

use super::frames::{self, Header};

/// The time in which a client has to read what it is sent.
const WRITE_WITHIN: Duration = Duration::from_secs(30);

/// Something that came from a client.
#[derive(Debug)]
pub(super) enum Received {
    Frame(Header, BytesMut),
    /// A length that is too short or too long: nothing after it can be read.
    Broken,
    /// The connection has ended.
    End,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Wire<S> {
    frames: FramedRead<ReadHalf<S>, LengthDelimitedCodec>,
    writer: WriteHalf<S>,
    /// The PDUs that are written next.
    pub(super) out: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self { frames: FramedRead::new(reader, frames::codec()), writer, out: Vec::new() }
    }

    /// The next frame. The future can be dropped without a loss.
    pub(super) async fn next(&mut self) -> Received {
        match self.frames.next().await {
            None => Received::End,
            Some(Ok(frame)) => match Header::of(&frame) {
                Some(header) => Received::Frame(header, frame),
                None => Received::Broken,
            },
            Some(Err(error)) if error.kind() == io::ErrorKind::InvalidData => Received::Broken,
            Some(Err(_)) => Received::End,
        }
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// Fails when the connection has ended, or the client does not read.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let write = async {
            self.writer.write_all(&self.out).await?;
            self.writer.flush().await
        };
        tokio::time::timeout(WRITE_WITHIN, write).await??;
        self.out.clear();
        Ok(())
    }
}
