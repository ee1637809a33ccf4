//! Reports about what was refused, kept for a while for those who hold a token.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::judge::{Rulebook, hex};
use crate::model::Report;
use crate::render::{Format, Look, render};

/// Reports in a folder.
#[derive(Debug)]
pub(super) struct Reports {
    folder: PathBuf,
}

/// As many are kept.
const MOST: usize = 500;
/// And as many bytes of them.
const BYTES: u64 = 256 << 20;

impl Reports {
    pub(super) fn open(state: &Path) -> io::Result<Self> {
        let folder = state.join("reports");
        super::state::folder(&folder)?;
        Ok(Self { folder })
    }

    /// Keeps a report, and says what it is called from now on.
    pub(super) fn keep(&self, report: &Report, book: &Rulebook) -> io::Result<String> {
        let mut random = [0; 16];
        SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("there is no randomness"))?;
        let id = hex(&random);
        for (format, ending) in [(Format::Json, "json"), (Format::Html, "html")] {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            super::state::private(&mut options);
            let mut text = Vec::new();
            render(report, book, format, Look::default(), &mut text)?;
            options.open(self.folder.join(format!("{id}.{ending}")))?.write_all(&text)?;
        }
        self.forget()?;
        Ok(id)
    }

    /// A report, as a page or for programs; none where there is none.
    pub(super) fn read(&self, id: &str, page: bool) -> Option<Vec<u8>> {
        let plain = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let file = self.folder.join(format!("{id}.{}", if page { "html" } else { "json" }));
        std::fs::read(file).ok().filter(|_| plain)
    }

    /// Takes the oldest away where there are too many.
    fn forget(&self) -> io::Result<()> {
        let mut all: Vec<(SystemTime, PathBuf, u64)> = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let meta = entry.metadata()?;
            all.push((meta.modified()?, entry.path(), meta.len()));
        }
        all.sort();
        let (mut count, mut bytes) = (all.len(), all.iter().map(|(.., len)| len).sum::<u64>());
        let gone = all.into_iter().take_while(|(.., len)| {
            let many = count > MOST * 2 || bytes > BYTES;
            count -= 1;
            bytes -= len;
            many
        });
        for (_, path, _) in gone {
            // Another thread may have taken it away already.
            let _ = std::fs::remove_file(path);
        }
        Ok(())
    }
}
