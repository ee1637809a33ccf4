//! Takes connections, a bounded number at a time, and ends them all when the registry is dropped.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use super::Shared;
use super::serve::serve;
use super::wire::Wire;

/// How many connections are served at a time; others wait to be taken.
const MOST: usize = 32;

/// The thread that takes connections.
pub struct Listening {
    shared: Arc<Shared>,
    port: u16,
    thread: Option<JoinHandle<Vec<Connection>>>,
}

struct Connection {
    stream: TcpStream,
    thread: JoinHandle<()>,
}

impl Listening {
    pub fn start(listener: TcpListener, shared: &Arc<Shared>) -> Self {
        let port = listener.local_addr().unwrap().port();
        let own = Arc::clone(shared);
        let thread = std::thread::spawn(move || take(&listener, &own));
        Self { shared: Arc::clone(shared), port, thread: Some(thread) }
    }
}

/// The connections that may still be open when the registry stops.
fn take(listener: &TcpListener, shared: &Arc<Shared>) -> Vec<Connection> {
    let mut open: Vec<Connection> = Vec::new();
    for stream in listener.incoming() {
        let busy = shared.busy.lock().unwrap();
        let mut busy = shared.freed.wait_while(busy, |busy| *busy >= MOST && !*shared.stopped.lock().unwrap()).unwrap();
        if *shared.stopped.lock().unwrap() {
            return open;
        }
        // One that is gone before it was taken is nobody's fault.
        let Some((stream, copy)) = stream.ok().and_then(|stream| Some((stream.try_clone().ok()?, stream))) else {
            continue;
        };
        *busy += 1;
        drop(busy);
        open.retain(|connection| !connection.thread.is_finished());
        let own = Arc::clone(shared);
        let thread = std::thread::spawn(move || {
            let _slot = Slot(Arc::clone(&own));
            serve(Wire::new(copy, own));
        });
        open.push(Connection { stream, thread });
    }
    open
}

/// A connection that is counted until it ends, whatever ends it.
struct Slot(Arc<Shared>);

impl Drop for Slot {
    fn drop(&mut self) {
        *self.0.busy.lock().unwrap() -= 1;
        self.0.freed.notify_all();
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        *self.shared.stopped.lock().unwrap() = true;
        self.shared.stopping.notify_all();
        self.shared.holds.end();
        // Taken together, so that whoever waits for a slot has either seen the flag or is woken by this.
        drop(self.shared.busy.lock().unwrap());
        self.shared.freed.notify_all();
        // The one that wakes whoever takes connections.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let open = self.thread.take().and_then(|thread| thread.join().ok());
        let mut well = open.is_some();
        for Connection { stream, thread } in open.into_iter().flatten() {
            let _ = stream.shutdown(Shutdown::Both);
            well &= thread.join().is_ok();
        }
        assert!(well || std::thread::panicking(), "a thread of the registry panicked");
    }
}
