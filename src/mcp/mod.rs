//! Model Context Protocol on stdin and stdout → the work of the desk.

mod desk;
mod input;
mod reply;
mod server;
mod shown;
mod tools;
mod wire;

use std::io;
use std::sync::Arc;

use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use tokio::runtime::Builder;

pub use desk::{Audited, Desk, Finding, Folder, Package, Published, Recovered, Status, Verified};
pub use shown::Shown;

use server::Server;
use wire::Wire;

/// Answers what an agent asks until it closes stdin, and what it has asked by then as well.
///
/// stdout belongs to the protocol alone: the desk prints nothing there, and no child of it inherits it.
///
/// # Errors
/// If no runtime can be had, if the opening is refused, or if an answer could not be written.
pub fn serve(desk: Arc<dyn Desk>) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(converse(desk));
    // A read of stdin can't be called off, and what still reads for the agent has nobody left to tell.
    runtime.shutdown_background();
    ended
}

async fn converse(desk: Arc<dyn Desk>) -> io::Result<()> {
    let server = Server::new(desk);
    let publishing = server.publishing();
    let wire = Wire::on_stdio();
    let line = wire.line();
    let ended = match server.serve(wire).await {
        Ok(running) => running.waiting().await.map(drop).map_err(io::Error::other),
        Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        Err(error) => Err(io::Error::other(error)),
    };
    // A release that has begun is seen through, whoever has left.
    drop(publishing.acquire().await);
    if line.borrow().broken { Err(io::Error::from(io::ErrorKind::BrokenPipe)) } else { ended }
}
