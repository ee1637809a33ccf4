//! An answer → the bytes of it, piece by piece as they are taken.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::{Response, StatusCode};
use tokio::io::AsyncRead as _;
use tokio::sync::OwnedSemaphorePermit;

use super::reply::{Out, Reply};

pub(super) fn response(reply: Reply) -> Response<Sending> {
    let mut response = Response::builder().status(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::FORBIDDEN));
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    response = response.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
    let body = match reply.body {
        Out::Bytes(bytes) => Sending::Bytes(Some(bytes.into())),
        Out::File(file, len, room) => {
            Sending::File { file: tokio::fs::File::from_std(file), left: len, piece: vec![0; 64 << 10], _room: room }
        }
    };
    response.body(body).unwrap_or_else(|_| Response::new(Sending::Bytes(None)))
}

/// The body of an answer.
pub(super) enum Sending {
    Bytes(Option<Bytes>),
    File { file: tokio::fs::File, left: u64, piece: Vec<u8>, _room: Option<OwnedSemaphorePermit> },
}

impl Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut *self {
            Self::Bytes(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::File { left: 0, .. } => Poll::Ready(None),
            Self::File { file, left, piece, .. } => {
                let mut buffer = tokio::io::ReadBuf::new(piece);
                ready!(Pin::new(file).poll_read(context, &mut buffer))?;
                let bytes = Bytes::copy_from_slice(buffer.filled());
                if bytes.is_empty() {
                    return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
                }
                *left = left.saturating_sub(bytes.len() as u64);
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Self::Bytes(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            Self::File { left, .. } => *left,
        })
    }
}
