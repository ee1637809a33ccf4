//! Lines on stdin and stdout → messages, until stdin ends and all is answered, or stdout is gone.

use std::collections::HashSet;
use std::io;

use rmcp::RoleServer;
use rmcp::model::{ClientNotification, JsonRpcMessage, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{Stdin, Stdout};
use tokio::sync::watch;

/// The longest line that is read; a longer one is skipped.
const LONGEST: usize = 8 << 20;

/// What reads and writes the lines.
pub(super) struct Wire {
    lines: AsyncRwTransport<RoleServer, Stdin, Stdout>,
    line: watch::Sender<Line>,
    ended: bool,
}

/// How the line is.
#[derive(Default)]
pub(super) struct Line {
    /// What was asked and is not answered.
    open: HashSet<RequestId>,
    /// An answer could not be written.
    pub(super) broken: bool,
}

impl Wire {
    pub(super) fn on_stdio() -> Self {
        let (stdin, stdout) = rmcp::transport::stdio();
        let lines = AsyncRwTransport::new_server(stdin, stdout).with_max_line_length(LONGEST);
        Self { lines, line: watch::Sender::default(), ended: false }
    }

    /// How the line is, also once the wire is gone.
    pub(super) fn line(&self) -> watch::Receiver<Line> {
        self.line.subscribe()
    }

    /// Whether the server is to see this: a request, or that one is called off which is not answered yet.
    ///
    /// The rest means nothing to it, and until its client has chosen a generation it would end over any of it.
    fn takes(&self, message: &RxJsonRpcMessage<RoleServer>) -> bool {
        let mut takes = false;
        self.line.send_modify(|line| {
            takes = match message {
                JsonRpcMessage::Request(request) => {
                    line.open.insert(request.id.clone());
                    true
                }
                JsonRpcMessage::Notification(told) => match &told.notification {
                    // What was called off gets no answer.
                    ClientNotification::CancelledNotification(called_off) => {
                        called_off.params.request_id.as_ref().is_some_and(|id| line.open.remove(id))
                    }
                    _ => false,
                },
                JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => false,
            };
        });
        takes
    }
}

impl Transport<RoleServer> for Wire {
    type Error = io::Error;

    fn send(&mut self, item: TxJsonRpcMessage<RoleServer>) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let id = match &item {
            JsonRpcMessage::Response(response) => Some(response.id.clone()),
            JsonRpcMessage::Error(error) => error.id.clone(),
            JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => None,
        };
        let line = self.line.clone();
        let sending = self.lines.send(item);
        async move {
            let sent = sending.await;
            line.send_modify(|line| {
                line.broken |= sent.is_err();
                if let Some(id) = &id {
                    line.open.remove(id);
                }
            });
            sent
        }
    }

    /// The next message. It may be dropped and asked for again at any time: all it knows is in `self`.
    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        let mut line = self.line();
        loop {
            let ended = self.ended;
            tokio::select! {
                _ = line.wait_for(|line| line.broken || ended && line.open.is_empty()) => return None,
                message = self.lines.receive(), if !ended => match message {
                    Some(message) if self.takes(&message) => return Some(message),
                    Some(_) => {}
                    None => self.ended = true,
                },
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.lines.close().await
    }
}
