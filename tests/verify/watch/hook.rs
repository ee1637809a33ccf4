//! A webhook on loopback that keeps what it was sent, and goes wrong where a test wants it to.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// What it does once all of a request came.
#[derive(Clone, PartialEq, Eq)]
pub enum Manner {
    /// Answers with this status, and with words that nobody is to repeat.
    Status(u16),
    /// Hangs up without a word.
    Cut,
    /// Says nothing until the other side hangs up.
    Hang,
    /// Sends its caller elsewhere.
    Redirect(String),
    /// Sends a byte now and then, for ever.
    Drip,
}

/// What it was sent.
#[derive(Debug, Clone)]
pub struct Post {
    pub head: String,
    pub body: Value,
    /// Whether it was answered as taken.
    pub taken: bool,
}

struct Shared {
    manner: Mutex<Manner>,
    posts: Mutex<Vec<Post>>,
    came: Mutex<Sender<()>>,
}

pub struct Hook {
    shared: Arc<Shared>,
    came: Receiver<()>,
    pub url: String,
}

impl Hook {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}/hook?key=never-shown", listener.local_addr().unwrap());
        let (send, came) = channel();
        let (manner, posts) = (Mutex::new(Manner::Status(204)), Mutex::default());
        let shared = Arc::new(Shared { manner, posts, came: Mutex::new(send) });
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let own = Arc::clone(&own);
                std::thread::spawn(move || own.serve(stream));
            }
        });
        Self { shared, came, url }
    }

    pub fn set(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    pub fn posts(&self) -> Vec<Post> {
        self.shared.posts.lock().unwrap().clone()
    }

    /// Waits until something came.
    #[track_caller]
    pub fn await_post(&self) {
        self.came.recv_timeout(Duration::from_secs(30)).expect("nothing came");
    }

    /// The names of the reports that it took.
    pub fn names(&self) -> BTreeSet<String> {
        let taken = self.posts().into_iter().filter(|post| post.taken);
        taken.map(|post| post.body["id"].as_str().unwrap().to_owned()).collect()
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or_default() == 0 {
                return;
            }
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap();
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let manner = self.manner.lock().unwrap().clone();
        let taken = matches!(manner, Manner::Status(200..=299));
        let body = serde_json::from_slice(&body).expect("a report is JSON");
        self.posts.lock().unwrap().push(Post { head, body, taken });
        let _ = self.came.lock().unwrap().send(());
        let answer = match &manner {
            Manner::Status(204) => "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned(),
            Manner::Status(status) => {
                format!("HTTP/1.1 {status} Any\r\ncontent-length: 14\r\nconnection: close\r\n\r\nsay-it-not-one")
            }
            Manner::Redirect(to) => format!("HTTP/1.1 307 Go\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"),
            Manner::Cut => return,
            Manner::Hang => return drop(reader.read_to_end(&mut Vec::new())),
            Manner::Drip => {
                while stream.write_all(b"H").is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                }
                return;
            }
        };
        let _ = stream.write_all(answer.as_bytes());
    }
}
